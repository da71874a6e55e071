"""An alert says what happened, where and what to do, once, in one line, and without a data value."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from tidegate.alerts.message import compose
from tidegate.alerts.observer import Alerts, LogAlerts
from tidegate.alerts.port import Alert
from tidegate.model.events import RunRefused, RunStarted, StepStarted
from tidegate.model.late_rows import LateRows
from tidegate.model.maintenance import Maintenance
from tidegate.model.reports import Counts, PipelineReport, RuleResult, RunReport
from tidegate.model.rollbacks import RolledBack
from tidegate.model.transfers import OutputWritten
from tidegate.model.watching import CheckResult, WatchedTable, WatchReport

if TYPE_CHECKING:
    from tidegate.model.reports import RunStatus

WARNED = RuleResult("state_is_known", "warn", "row", 10, 2, "warned")
QUARANTINED = RuleResult("id_is_not_null", "error", "row", 10, 1, "warned")
COUNTED = RuleResult("name_is_long", "info", "row", 10, 3, "warned")
PASSED = RuleResult("ids_are_unique", "fatal", "table", 10, 0, "passed")
GOOD = RunReport("run", "silver.orders", "succeeded", "a", "b", output=OutputWritten("silver.orders"))
REFUSED = replace(
    GOOD,
    status="refused",
    rules=(replace(PASSED, failed=2, status="failed"), WARNED),
    error="the gate refused the batch\n  where: silver.orders\n  hint:  mend the data",
)
SKIPPED = replace(GOOD, run_id="other", job="gold.daily", status="skipped", error="not run")


class Kept:
    """A sink that keeps what it is sent."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []

    def send(self, alert: Alert) -> None:
        self.alerts.append(alert)


class Down:
    """A sink that cannot be reached."""

    def send(self, alert: Alert) -> None:
        raise ConnectionError(alert.title)


def sent(*reports: RunReport | PipelineReport) -> list[Alert]:
    sink = Kept()
    observer = Alerts((sink,))
    observer.started(RunStarted("run", "silver.orders", "a"))
    observer.step(StepStarted("run", "silver.orders", "plan"))
    for report in reports:
        if isinstance(report, PipelineReport):
            observer.pipeline_ended(report)
        else:
            observer.ended(report)
    return sink.alerts


@pytest.mark.parametrize("status", ["succeeded", "nothing_new", "skipped"])
def test_a_run_that_went_well_or_waits_for_another_is_silent(status: RunStatus) -> None:
    assert sent(replace(GOOD, status=status, rules=(PASSED, COUNTED))) == []


def test_a_refused_run_is_an_alert_with_its_rules_and_what_to_do() -> None:
    (alert,) = sent(REFUSED)
    assert alert == Alert(
        "fatal",
        "the gate refused the batch",
        "run",
        "silver.orders",
        "silver.orders",
        ("ids_are_unique",),
        "mend the data",
        "run_failed",
    )


def test_a_failed_run_is_an_error() -> None:
    (alert,) = sent(replace(GOOD, status="failed", error="Py4JJavaError in step stage", output=None))
    assert (alert.severity, alert.title, alert.table) == ("error", "Py4JJavaError in step stage", None)
    assert alert.advice


def test_rules_that_warned_are_one_alert_per_severity() -> None:
    second = replace(WARNED, id="city_is_known")
    warned, quarantined = sent(replace(GOOD, rules=(WARNED, QUARANTINED, second, COUNTED)))
    assert warned.rules == ("city_is_known", "state_is_known")
    assert warned.title == "published with warnings: state_is_known (2 of 10), city_is_known (2 of 10)"
    assert quarantined.rules == ("id_is_not_null",)
    assert quarantined.title == "rows were quarantined: id_is_not_null (1 of 10)"


def test_many_rules_make_no_endless_title() -> None:
    (alert,) = sent(replace(GOOD, rules=tuple(replace(WARNED, id=f"rule_{number}") for number in range(40))))
    assert alert.title.endswith(" and 35 more rules")
    assert len(alert.rules) == 40


def test_late_rows_that_were_kept_out_are_an_alert() -> None:
    (alert,) = sent(replace(GOOD, counts=Counts(read=3, late=3), late=LateRows("quarantine", 3)))
    assert alert.title == "3 rows beyond the late window were kept out (policy quarantine)"


def test_upkeep_that_failed_after_a_run_is_an_alert_and_any_other_is_none() -> None:
    error = "Spark could not write the table\n  where: silver.orders\n  hint:  run it again"
    (alert,) = sent(replace(GOOD, maintenance=Maintenance(error=error)))
    assert (alert.severity, alert.advice) == ("warn", "run it again")
    assert alert.title == "the run published, and the upkeep of its table failed: Spark could not write the table"
    assert sent(replace(GOOD, maintenance=Maintenance("of 9 files, 8 could go", is_compacted=True))) == []


def test_a_watch_is_an_alert_per_table_whose_checks_did_not_all_pass_by_the_gravest_of_them() -> None:
    found = "2.00% nulls, allowed 1.00%"
    late = CheckResult("freshness", "updated_at", "error", "failed", "31.0 h old, allowed 26.0 h")
    checks = (
        CheckResult("completeness", "id", "warn", "warned", found),
        late,
        CheckResult("drift", "", "warn", "passed", "still"),
    )
    counted = CheckResult("drift", "", "info", "warned", "moved")
    tables = (
        WatchedTable("silver.orders", 1, checks=checks),
        WatchedTable("silver.fine", 1, checks=checks[2:]),
        WatchedTable("silver.counted", 1, checks=(counted,)),
    )
    report = WatchReport("run", "watch", "refused", "a", "b", error="2 checks", watched=tables)
    (alert,) = sent(report)
    assert (alert.severity, alert.table, alert.kind) == ("error", "silver.orders", "watch")
    assert alert.title == (
        f"2 of 3 checks did not pass: completeness of id: {found}; freshness of updated_at: 31.0 h old, allowed 26.0 h"
    )
    assert alert.rules == ("completeness of id", "freshness of updated_at")
    (failed,) = sent(replace(report, status="failed", error="no such table", watched=()))
    assert failed.kind == "run_failed"


def test_a_pipeline_tells_what_its_jobs_have_told_no_second_time() -> None:
    pipeline = PipelineReport("p", "retail", "partial", "a", "b", (GOOD, REFUSED, SKIPPED))
    job, whole = sent(REFUSED, REFUSED, pipeline)
    assert job.rules == ("ids_are_unique",)
    assert whole.title == "pipeline retail ended partial (not done: silver.orders; skipped: gold.daily)"


def test_a_pipeline_tells_what_its_jobs_could_not() -> None:
    assert len(sent(PipelineReport("p", "retail", "refused", "a", "b", (REFUSED,)))) == 2


def test_a_run_that_is_tried_again_is_told_when_it_is_the_last() -> None:
    assert sent(replace(REFUSED, is_retried=True)) == []


def test_a_pipeline_tells_which_tables_could_not_be_taken_back() -> None:
    tables = (RolledBack("silver.a", "silver.a", 3, 2, 4), RolledBack("silver.b", "silver.b", 3, 2, error="no answer"))
    (whole,) = sent(PipelineReport("p", "retail", "failed", "a", "b", rolled_back=tables))
    assert whole.title == "pipeline retail ended failed (not taken back: silver.b)"


def test_a_pipeline_that_went_well_is_silent() -> None:
    assert sent(PipelineReport("p", "retail", "succeeded", "a", "b", (GOOD,))) == []


def test_a_sink_that_is_down_is_logged_and_keeps_no_other_from_its_alert(caplog: pytest.LogCaptureFixture) -> None:
    sink = Kept()
    with caplog.at_level(logging.WARNING, "tidegate.alerts"):
        Alerts((Down(), sink)).ended(REFUSED)
    assert len(sink.alerts) == 1
    assert caplog.messages == ["an alert of run run cannot be sent: ConnectionError"]


def test_an_observer_that_is_closed_starts_afresh() -> None:
    sink = Kept()
    observer = Alerts((sink,))
    observer.ended(REFUSED)
    observer.close()
    observer.ended(REFUSED)
    assert len(sink.alerts) == 2


@pytest.mark.parametrize(
    ("report", "level"),
    [
        (replace(GOOD, rules=(WARNED,)), logging.WARNING),
        (replace(GOOD, status="failed", error="broken"), logging.ERROR),
        (REFUSED, logging.CRITICAL),
    ],
)
def test_the_log_has_the_level_of_the_severity(report: RunReport, level: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "tidegate.alerts"):
        LogAlerts().ended(report)
    assert [(record.name, record.levelno) for record in caplog.records] == [("tidegate.alerts", level)]


def test_the_log_says_in_one_line_what_happened_where_and_has_the_rest_as_fields(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG, "tidegate.alerts"):
        LogAlerts().ended(replace(REFUSED, job='a "b"\nc\u2028', run_id="r\nun", error="broken\nin two"))
    (record,) = caplog.records
    assert record.getMessage() == "silver.orders: broken"
    told = {name: vars(record)[name] for name in ("severity", "kind", "job", "table", "run_id", "rules", "advice")}
    assert told == {
        "severity": "fatal",
        "kind": "run_failed",
        "job": 'a \\"b\\"\\nc\\u2028',
        "table": "silver.orders",
        "run_id": "r\\nun",
        "rules": "ids_are_unique",
        "advice": "see the run's report",
    }


@pytest.mark.parametrize(("is_busy", "severity"), [(False, "error"), (True, "warn")])
def test_a_run_that_could_not_begin_is_an_alert_without_a_run(is_busy: bool, severity: str) -> None:
    sink = Kept()
    Alerts((sink,)).refused(
        RunRefused("shop", "silver.x has no contract", "write one", is_pipeline=True, is_busy=is_busy)
    )
    (alert,) = sink.alerts
    assert (alert.severity, alert.kind, alert.run_id, alert.advice) == (severity, "not_started", "", "write one")
    assert alert.title == "pipeline shop did not start: silver.x has no contract"
    message = compose(alert, "prod", datetime(2024, 1, 1, tzinfo=timezone.utc), "https://runs/{run_id}")
    assert message.run_link is None
    assert "job shop in prod, 2024-01-01T00:00:00+00:00" in message.lines
