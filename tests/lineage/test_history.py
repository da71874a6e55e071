"""Where a table comes from is read from the events alone."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.lineage.history import Edge, downstream, edges, read_events, upstream
from tidegate.lineage.observer import OpenLineageObserver
from tidegate.lineage.settings import LineageSettings
from tidegate.model.reports import RunReport
from tidegate.model.transfers import InputRead, OutputWritten

if TYPE_CHECKING:
    from pathlib import Path

BRONZE, SILVER, GOLD = (
    Edge(*names) for names in (("lines", "b", "bronze"), ("bronze", "s", "silver"), ("silver", "g", "gold"))
)
ASIDE = Edge("fx", "s", "silver")
KNOWN = (BRONZE, SILVER, GOLD, ASIDE)
NODES = st.sampled_from("abcdef")


def test_upstream_is_all_that_leads_to_a_table_and_downstream_all_that_comes_of_it() -> None:
    assert upstream(KNOWN, "silver") == {BRONZE, SILVER, ASIDE}
    assert upstream(KNOWN, "gold") == set(KNOWN)
    assert downstream(KNOWN, "bronze") == {SILVER, GOLD}
    assert downstream(KNOWN, "lines") == {BRONZE, SILVER, GOLD}
    assert upstream(KNOWN, "lines") == downstream(KNOWN, "gold") == frozenset()


@given(st.frozensets(st.builds(Edge, NODES, st.just("job"), NODES)), NODES, NODES)
def test_a_table_is_downstream_of_another_exactly_where_that_is_upstream_of_it(
    known: frozenset[Edge], one: str, other: str
) -> None:
    is_below = other in {edge.target for edge in downstream(known, one)}
    is_above = one in {edge.source for edge in upstream(known, other)}
    assert is_below == is_above


def report(number: int, job: str, source: str, target: str) -> RunReport:
    day = f"2026-11-{number:02d}T00:00:00+00:00"
    return RunReport(
        f"0199c000-0000-7000-8000-{number:012d}",
        job,
        "succeeded",
        day,
        day,
        inputs=(InputRead("in", source, "new", location=f"/lake/{source}", version_to=number),),
        output=OutputWritten(target, "delta", f"/lake/{target}", version_after=number),
    )


def emit(root: Path, *reports: RunReport) -> None:
    pytest.importorskip("openlineage.client")
    observer = OpenLineageObserver(LineageSettings(str(root)))
    for each in reports:
        observer.ended(each)
    observer.close()


def test_events_are_read_as_they_were_written(tmp_path: Path) -> None:
    emit(tmp_path, report(1, "job", "bronze.orders", "silver.orders"))
    start, end = read_events(str(tmp_path))
    assert (start.state, end.state, end.job) == ("START", "COMPLETE", "job")
    assert [(use.namespace, use.name, use.table, use.version) for use in (*end.inputs, *end.outputs)] == [
        ("file", "/lake/bronze.orders", "bronze.orders", "1"),
        ("file", "/lake/silver.orders", "silver.orders", "1"),
    ]


def test_edges_come_from_runs_that_completed(tmp_path: Path) -> None:
    good = report(1, "s", "bronze.orders", "silver.orders")
    bad = replace(report(2, "g", "silver.orders", "gold.orders"), status="failed")
    emit(tmp_path, good, bad, report(3, "self", "silver.orders", "silver.orders"))
    assert edges(read_events(str(tmp_path))) == {Edge("bronze.orders", "s", "silver.orders")}


def test_only_the_newest_days_are_read_where_that_is_asked(tmp_path: Path) -> None:
    emit(tmp_path, *(report(number, f"job{number}", "a", "b") for number in (1, 2, 3)))
    assert {event.job for event in read_events(str(tmp_path), days=2)} == {"job2", "job3"}
    assert len(list(read_events(str(tmp_path), days=9))) == 6


def test_a_lake_without_events_has_none(tmp_path: Path) -> None:
    assert list(read_events(str(tmp_path))) == []


def test_lines_that_are_no_events_are_left_out_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "_tidegate" / "events" / "date=2026-11-21"
    folder.mkdir(parents=True)
    (folder / "x.jsonl").write_bytes(b'{\n[]\n{"run": 3}\n\xff\n{"inputs": {"a": 1}}\n')
    with caplog.at_level(logging.WARNING, "tidegate.lineage"):
        assert list(read_events(str(tmp_path))) == []
    assert "5 lines of" in caplog.text
