"""What people read of a run."""

from __future__ import annotations

from dataclasses import replace

from tidegate.factory.render import render
from tidegate.model.reports import PipelineReport, RuleResult, RunReport
from tidegate.model.transfers import InputRead

ODD = RuleResult("odd", "warn", "row", 0, 0, "unchecked", "outlier", ("amount",), note="no baseline")
NULL = RuleResult("there", "warn", "row", 9, 2, "warned", "not_null", ("amount",))
AT = "2024-01-01T00:00:00+00:00"


def test_a_rule_that_was_not_checked_is_told_whatever_else_failed() -> None:
    for others in ((), (NULL,)):
        report = RunReport("r", "silver.orders", "succeeded", AT, AT, rules=(ODD, *others), seconds={"total": 1.0})
        told = render(report)
        assert "rules that were not checked:\n  silver.orders: odd (no baseline)" in told
        assert ("there" in told) is bool(others)
    checked = RunReport("r", "silver.orders", "succeeded", AT, AT, rules=(NULL,), seconds={"total": 1.0})
    assert "not checked" not in render(checked)


def test_what_is_left_of_a_topic_and_what_went_before_it_was_read_is_told() -> None:
    read = InputRead("orders", "shop/orders", "kafka", left=1_402, lost=7)
    told = render(RunReport("r", "bronze.orders", "succeeded", AT, AT, inputs=(read,), seconds={"total": 1.0}))
    assert "left for the next run:\n  bronze.orders: 1,402 offsets of shop/orders" in told
    assert "passed over:\n  bronze.orders: 7 offsets of shop/orders" in told
    all_read = RunReport("r", "bronze.orders", "succeeded", AT, AT, inputs=(InputRead("a", "b", "kafka"),))
    assert "offsets" not in render(replace(all_read, seconds={"total": 1.0}))


def test_a_pipeline_without_a_job_that_was_left_has_no_empty_table() -> None:
    told = render(PipelineReport("r", "shop", "nothing_new", AT, AT, seconds={"total": 0.0}))
    assert told == "shop: nothing new in 0.0 s  (run r)\n\n  nothing was left to do"
