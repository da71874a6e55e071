"""What leads to a column, and what comes of it, is what the newest runs have said; it is read from the events alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lineage.test_history import emit, report

from tidegate.lineage.graph import Graph, Link, Place, build_graph
from tidegate.lineage.history import LineageEvent, read_events
from tidegate.lineage.made_of import DatasetUse, MadeOf, Read, RunFacts, Write, run_facts, use_of
from tidegate.lineage.tracing import steps_of, trace
from tidegate.model.column_lineage import ColumnLineage, Derivation, Influence
from tidegate.model.transfers import OutputWritten, SchemaField

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.model.reports import RunReport

NAMES = st.sampled_from("abcd")
PLACES = st.builds(Place, NAMES, st.sampled_from(["", "x", "y"]))
LINKS = st.builds(Link, PLACES, PLACES, st.just("job"), st.just("run"))
LINEAGE = ColumnLineage(
    {
        "total": Derivation((Influence("in", "cents", "AGGREGATION"), Influence("in", "kind", "CONDITIONAL"))),
        "mail": Derivation((Influence("in", "mail", "TRANSFORMATION", is_masked=True),), ("a Python function",)),
        "made_up": Derivation(),
        "gone": Derivation(),
    },
    Derivation((Influence("in", "cents", "FILTER"), Influence("gold.other", "id", "JOIN"))),
)


def with_lineage(
    number: int,
    lineage: ColumnLineage,
    *,
    source: str = "silver.pay",
    target: str = "gold.pay",
    names: tuple[str, ...] = ("total", "mail", "made_up"),
) -> RunReport:
    columns = tuple(SchemaField(name, "string", is_personal=name == "mail") for name in names)
    made = report(number, "gold", source, target)
    assert made.output is not None
    return replace(made, output=replace(made.output, columns=columns, lineage=lineage))


def graph_of(root: Path, *reports: RunReport, until: str | None = None) -> Graph:
    emit(root, *reports)
    return build_graph(read_events(str(root)), until=until)


def test_events_keep_the_lineage_of_columns(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, with_lineage(1, LINEAGE))
    up = graph.next(Place("gold.pay", "total"), "upstream")
    assert [(str(link.source), link.ways, link.is_masked) for link in up] == [
        ("silver.pay.cents", ("AGGREGATION",), False),
        ("silver.pay.kind", ("CONDITIONAL",), False),
    ]
    assert [link.is_masked for link in graph.next(Place("gold.pay", "mail"), "upstream")] == [True]
    assert graph.personal == {Place("gold.pay", "mail")}
    assert graph.unknown == {Place("gold.pay", "mail"): "not known: a Python function"}
    assert {table: set(names) for table, names in graph.columns.items()} == {"gold.pay": {"total", "mail", "made_up"}}
    assert [(str(link.source), link.ways) for link in graph.deciding["gold.pay"]] == [
        ("silver.pay.cents", ("FILTER",)),
        ("gold.other.id", ("JOIN",)),
    ]
    assert graph.tables == ("gold.other", "gold.pay", "silver.pay")
    assert graph.has(Place("gold.pay", "made_up"))
    assert graph.has(Place("gold.other", "id"))
    assert not graph.has(Place("gold.pay", "gone"))


def test_what_decides_on_rows_bears_on_the_whole_table(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, with_lineage(1, LINEAGE))
    down = graph.next(Place("silver.pay", "cents"), "downstream")
    assert {str(link.target) for link in down} == {"gold.pay.total", "gold.pay"}


def test_only_tables_that_a_column_names_lead_to_a_table_whose_lineage_is_whole(tmp_path: Path) -> None:
    known = ColumnLineage({"total": Derivation((Influence("in", "cents", "IDENTITY"),))})
    made = with_lineage(1, known)
    more = replace(
        made, inputs=(*made.inputs, replace(made.inputs[0], name="also", table="silver.also", location="/a"))
    )
    assert graph_of(tmp_path, more).next(Place("gold.pay"), "upstream")[0].source == Place("silver.pay")
    unknown = replace(known, rows=Derivation(unknown=("the plan was not read in time",)))
    assert more.output is not None
    later = replace(more, run_id=f"{more.run_id[:-1]}9", output=replace(more.output, lineage=unknown))
    graph = graph_of(tmp_path, later)
    assert {str(link.source) for link in graph.next(Place("gold.pay"), "upstream")} == {"silver.pay", "silver.also"}
    assert graph.unknown[Place("gold.pay")] == "the plan was not read in time"


def test_the_newest_run_counts_and_as_of_a_run_what_was_then(tmp_path: Path) -> None:
    first = with_lineage(1, LINEAGE)
    second = with_lineage(2, ColumnLineage({"total": Derivation((Influence("in", "euros", "IDENTITY"),))}))
    failed = replace(with_lineage(3, LINEAGE), status="failed")
    emit(tmp_path, first, second, failed)
    place = Place("gold.pay", "total")
    now, then = (build_graph(read_events(str(tmp_path)), until=until) for until in (None, first.ended_at))
    assert {link.source.column for link in now.next(place, "upstream")} == {"euros"}
    assert {link.source.column for link in then.next(place, "upstream")} == {"cents", "kind"}


@given(st.frozensets(LINKS, max_size=8), PLACES, PLACES)
def test_a_place_is_downstream_of_another_where_that_is_upstream_of_it(
    links: frozenset[Link], one: Place, other: Place
) -> None:
    graph = Graph(links, {}, {}, frozenset(), {})
    down = {link.target for link in graph.reach(one, "downstream")}
    up = {link.source for link in graph.reach(other, "upstream")}
    assert (other in down) == (one in up)


def run(
    number: int, table: str, reads: tuple[Read, ...], *, state: str = "COMPLETE", batch: int | None = 1
) -> LineageEvent:
    facts = RunFacts(batch, "live", {"published": number}, reads, (Write(table, number - 1 or None, number),))
    return LineageEvent(f"run{number}", table, state, f"2026-11-{number:02d}", facts=facts)


READS = st.builds(
    Read, NAMES, st.sampled_from(["new", "whole"]), st.none() | st.integers(1, 5), st.none() | st.integers(1, 5)
)
RUNS = st.lists(st.builds(run, st.integers(1, 5), NAMES, st.lists(READS, max_size=2).map(tuple)), max_size=6)


@given(RUNS, st.tuples(NAMES, st.integers(1, 5)), st.tuples(NAMES, st.integers(1, 5)))
@settings(max_examples=200)
def test_rows_went_to_a_version_where_that_has_them_from_there(
    runs: list[LineageEvent], one: tuple[str, int], other: tuple[str, int]
) -> None:
    known = steps_of({(event.job, event.run_id): event for event in runs}.values())
    made = {(step.table, step.version) for step in known}
    down = {(step.table, step.version) for step in trace(known, [one], "downstream")}
    up = {(step.table, step.version) for step in trace(known, [other], "upstream")}
    if {one, other} <= made:
        assert (other in down) == (one in up)


def test_a_batch_is_followed_by_the_versions_that_runs_have_read() -> None:
    events = [
        run(1, "bronze", ()),
        run(2, "bronze", ()),
        run(3, "silver", (Read("bronze", "new", 0, 1),)),
        run(4, "silver", (Read("bronze", "new", 1, 2),)),
        run(5, "gold", (Read("silver", "whole", 3, 4), Read("fx", "files", None, None))),
        run(6, "gold", (Read("bronze", "new", None, 6),), state="FAIL"),
        LineageEvent("old", "silver", "COMPLETE", "2026"),
        replace(run(7, "same", ()), facts=RunFacts(writes=(Write("same", 7, 7),))),
    ]
    known = steps_of(events)
    assert [(step.table, step.version) for step in trace(known, [("bronze", 2)], "downstream")] == [
        ("bronze", 2),
        ("silver", 4),
        ("gold", 5),
    ]
    assert [step.version for step in trace(known, [("silver", 3)], "upstream")] == [1, 3]
    assert [step.version for step in trace(known, [("bronze", 1)], "downstream")] == [1, 3, 5]
    assert trace(known, [("bronze", 99), ("same", 7)], "upstream") == ()
    (gold,) = [step for step in known if step.table == "gold"]
    assert (gold.reads, gold.published) == (("silver 3 to 4", "fx files"), 5)
    assert next(step for step in known if step.version == 3).reads == ("bronze 0 to 1",)


def test_a_run_says_its_batch_and_the_versions_that_it_read_and_wrote(tmp_path: Path) -> None:
    emit(tmp_path, replace(report(4, "s", "bronze.a", "silver.a"), batch=7, scope="year"))
    start, end = read_events(str(tmp_path))
    assert start.facts is None
    assert end.facts is not None
    assert (end.facts.batch, end.facts.scope) == (7, "year")
    assert end.facts.reads == (Read("bronze.a", "new", None, 4),)
    assert end.facts.writes == (Write("silver.a", None, 4),)
    assert end.facts.counts["published"] == 0


@pytest.mark.parametrize("facet", [{}, {"reads": "x", "writes": [1], "counts": {"read": "x"}, "batch": "y"}])
def test_a_facet_that_is_written_otherwise_is_read_as_far_as_it_goes(facet: dict[str, object]) -> None:
    found = run_facts({"run": {"facets": {"tidegate_run": facet}}})  # type: ignore[dict-item]
    assert found is not None
    assert (found.batch, found.reads) == (None, ())
    use = use_of({"facets": {"columnLineage": {"fields": {"a": {"inputFields": [3]}}, "dataset": 1, "unknown": ["x"]}}})
    assert use.made_of is not None
    assert use.made_of.unknown == {"": "x"}
    assert use == DatasetUse("", "", "", made_of=MadeOf(use.made_of.columns, (), {"": "x"}))


def test_several_tables_of_one_job_lead_to_each_other(tmp_path: Path) -> None:
    made = report(1, "gold", "silver.a", "gold")
    lineage = ColumnLineage({"n": Derivation((Influence("gold.facts", "id", "AGGREGATION", is_masked=True),))})
    tables = (
        OutputWritten("gold.facts", "delta", "/lake/gold/facts", None, 1),
        OutputWritten("gold.days", "delta", "/lake/gold/days", None, 1, lineage=lineage),
    )
    graph = graph_of(tmp_path, replace(made, output=OutputWritten("gold", tables=tables)))
    assert [str(link.source) for link in graph.reach(Place("gold.days", "n"), "upstream")] == ["gold.facts.id"]
    assert [str(link.source) for link in graph.reach(Place("gold.days"), "upstream")] == ["gold.facts", "silver.a"]
