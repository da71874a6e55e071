"""What a watch found is on the tables that it looked at, in the standard's own facets; its output is the numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.lineage.schemas import check_event

from tidegate.lineage.settings import LineageSettings
from tidegate.model.reports import RuleResult, RunReport
from tidegate.model.transfers import InputRead, OutputWritten
from tidegate.model.watching import CheckResult, Measure, WatchedTable, WatchReport

events = pytest.importorskip("tidegate.lineage.events")

RUN = "0199c000-0000-7000-8000-000000000002"
START, END = "2026-11-21T08:00:00+00:00", "2026-11-21T08:00:09+00:00"
MEASURES = (
    Measure("row_count", "", 200.0),
    Measure("null_share", "customer_id", 0.25),
    Measure("distinct_count", "customer_id", 12.0),
    Measure("null_share", "note", None),
    Measure("mean", "amount", 2.5),
)
CHECKS = (CheckResult("completeness", "customer_id", "warn", "warned", "25.00% nulls, allowed 1.00%"),)
RULE = RuleResult("silver.orders: completeness of customer_id", "warn", "table", 1, 1, "warned", "completeness")
REPORT = WatchReport(
    RUN,
    "watch",
    "succeeded",
    START,
    END,
    rules=(RULE,),
    inputs=(
        InputRead("silver.orders", "silver.orders", "whole", "delta", "/lake/silver/orders", version_to=7, rows=200),
    ),
    output=OutputWritten("gold.table_metrics", "delta", "/lake/gold/table_metrics", 3, 4, 5),
    watched=(WatchedTable("silver.orders", 7, MEASURES, CHECKS),),
)


def end_of(report: RunReport) -> dict[str, Any]:
    *_, end = events.EventBuilder(LineageSettings("/lake")).messages(report)
    check_event(end.text)
    event: dict[str, Any] = json.loads(end.text)
    return event


def test_numbers_and_checks_are_on_the_table_that_was_watched() -> None:
    event = end_of(REPORT)
    facets = event["inputs"][0]["inputFacets"]
    metrics = facets["dataQualityMetrics"]
    assert metrics["rowCount"] == 200
    assert {
        name: (one.get("nullCount"), one.get("distinctCount")) for name, one in metrics["columnMetrics"].items()
    } == {
        "customer_id": (50, 12),
        "note": (None, None),
    }
    (assertion,) = facets["dataQualityAssertions"]["assertions"]
    assert (assertion["assertion"], assertion["success"], assertion["column"]) == ("completeness", False, "customer_id")
    assert [test["status"] for test in event["run"]["facets"]["test"]["tests"]] == ["fail"]


def test_the_table_of_the_numbers_is_an_output_without_the_checks_of_others() -> None:
    (output,) = end_of(REPORT)["outputs"]
    assert output["name"].endswith("gold/table_metrics")
    assert "dataQualityAssertions" not in output["facets"]


def test_a_record_of_a_watch_is_read_as_the_record_of_a_run() -> None:
    read = RunReport.from_json(REPORT.to_json())
    assert (read.run_id, read.job, read.rules) == (REPORT.run_id, "watch", REPORT.rules)
    assert WatchReport.from_json(REPORT.to_json()) == REPORT
