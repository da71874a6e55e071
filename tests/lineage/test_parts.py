"""Each table of a job of several is told as a run of its own, within the job's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.lineage.told import AIRFLOW, ANNOUNCED, REPORT, RUN, SETTINGS, at, events, made

from tidegate.lineage.event_files import EventFiles
from tidegate.lineage.history import read_events
from tidegate.lineage.settings import ParentRun
from tidegate.model.column_lineage import ColumnLineage, Derivation, Influence
from tidegate.model.transfers import InputRead, OutputWritten

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lineage.schemas import Json

    from tidegate.model.reports import RunReport, RunStatus


def folders(event: dict[str, Json], role: str) -> list[str]:
    """Return the last two folders of the datasets of an event."""
    datasets = at(event, role)
    assert isinstance(datasets, list)
    return ["/".join(str(at(dataset, "name")).rsplit("/", 2)[-2:]) for dataset in datasets]


def gold(status: RunStatus = "succeeded") -> RunReport:
    """Return the report of a job that makes two tables, the second one from the first, and leaves a third alone."""
    orders = Derivation((Influence("silver.orders", "order_id", "IDENTITY"),))
    facts = Derivation((Influence("gold.facts", "order_id", "AGGREGATION"),))
    tables = (
        OutputWritten("gold.facts", "delta", "/lake/gold/facts", 3, 4, 5, lineage=ColumnLineage({"order_id": orders})),
        OutputWritten("gold.days", "delta", "/lake/gold/days", None, 0, 1, lineage=ColumnLineage(rows=facts)),
        OutputWritten("gold.stale", "delta", "/lake/gold/stale", 7, 7),
    )
    reads = (
        InputRead("silver.orders", "silver.orders", "new", "delta", "/lake/silver/orders", 1, 2),
        InputRead("silver.products", "silver.products", "whole", "delta", "/lake/silver/products", None, 9),
    )
    output = OutputWritten("gold", "delta", "/lake/gold", tables=tables)
    return replace(REPORT, job="gold", status=status, inputs=reads, output=output, rules=())


def test_each_table_of_a_job_of_several_is_told_as_a_run_of_its_own_within_the_job() -> None:
    outer = ParentRun(run_id=AIRFLOW, namespace="airflow", job="nightly")
    announced = replace(ANNOUNCED, name="gold")
    _, *parts, end = made(announced, gold(), settings=replace(SETTINGS, parent=outer))
    ends = [part for part in parts if at(part, "eventType") == "COMPLETE"]
    assert [at(part, "eventType") for part in parts] == ["START", "COMPLETE"] * 2
    assert [at(part, "job", "name") for part in ends] == ["gold.facts", "gold.days"]
    assert {at(part, "job", "facets", "jobType", "jobType") for part in parts} == {"MODEL"}
    assert {at(part, "run", "facets", "parent", "run", "runId") for part in parts} == {RUN}
    assert {at(part, "run", "facets", "parent", "job", "name") for part in parts} == {"gold"}
    roots = {at(part, "run", "facets", "parent", "root", "run", "runId") for part in (*parts, end)}
    assert roots == {AIRFLOW}
    assert [folders(part, "inputs") for part in ends] == [["silver/orders"], ["gold/facts"]]
    assert [folders(part, "outputs") for part in ends] == [["gold/facts"], ["gold/days"]]
    assert at(ends[1], "outputs", 0, "facets", "lifecycleStateChange") is not None


def test_parts_are_the_same_whenever_they_are_told_and_none_is_told_of_a_run_that_failed() -> None:
    assert made(gold()) == made(gold())
    assert len(made(gold("failed"))) == len(made(gold("refused"))) == 2


def test_what_a_part_is_made_from_is_all_inputs_where_nobody_looked() -> None:
    blind = gold()
    assert blind.output is not None
    unknown = replace(blind.output, tables=tuple(replace(one, lineage=None) for one in blind.output.tables))
    _, _, end, *_ = made(replace(blind, output=unknown))
    assert folders(end, "inputs") == ["silver/orders", "silver/products"]


def test_whoever_reads_the_lake_is_told_of_the_whole_once(tmp_path: Path) -> None:
    files, builder = EventFiles(f"{tmp_path}"), events.EventBuilder(SETTINGS)
    for message in builder.messages(gold()):
        files.post(message)
    assert not files.flush()
    assert [(event.job, event.state) for event in read_events(f"{tmp_path}")] == [
        ("gold", "START"),
        ("gold", "COMPLETE"),
    ]
