"""Which alerts a report gives rise to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.alerts.port import Alert
from tidegate.model.contracts import SEVERITIES
from tidegate.model.watching import WatchReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.alerts.port import AlertKind
    from tidegate.model.contracts import Severity
    from tidegate.model.events import RunRefused
    from tidegate.model.reports import PipelineReport, RuleResult, RunReport
    from tidegate.model.watching import CheckResult, WatchedTable

_SHOWN_RULES = 5


def run_alerts(report: RunReport) -> tuple[Alert, ...]:
    """Return the alerts of a job's run.

    A run that failed or was refused has one, for that. A run that succeeded has one per severity of the rules that
    warned, one for late rows that were kept out, and one for upkeep that failed; rules of severity `info` are only
    counted. A run that was skipped has none: what it was waiting for has its own. One that is tried again has none yet.
    A watch that came to its end has one
    per table whose checks did not all pass.
    """
    if report.status == "skipped" or report.is_retried:
        return ()
    if isinstance(report, WatchReport) and report.status != "failed":
        return tuple(_watched(report, table) for table in report.watched if any(map(_is_telling, table.broken)))
    if report.exit_code:
        return (_failure(report),)
    warned = tuple(_warned(report, severity) for severity in SEVERITIES if severity != "info")
    return tuple(alert for alert in (*warned, _late(report), _upkeep(report)) if alert is not None)


def pipeline_alerts(report: PipelineReport) -> tuple[Alert, ...]:
    """Return the alert of a pipeline's run that did not end well: which jobs, which were not even tried, what is left.

    What is left are tables that a rollback could not take back.
    """
    if not report.exit_code:
        return ()
    failed = [job.job for job in report.jobs if job.exit_code and job.status != "skipped"]
    skipped = [job.job for job in report.jobs if job.status == "skipped"]
    parts = [f"not done: {', '.join(failed)}"] if failed else []
    parts += [f"skipped: {', '.join(skipped)}"] if skipped else []
    stayed = [table.table for table in report.rolled_back if table.error]
    parts += [f"not taken back: {', '.join(stayed)}"] if stayed else []
    return (
        Alert(
            severity="error",
            title=f"pipeline {report.pipeline} ended {report.status}" + (f" ({'; '.join(parts)})" if parts else ""),
            run_id=report.run_id,
            job=report.pipeline,
            advice="mend what the jobs' own alerts say and run the pipeline again; what is done is not done twice",
            kind="pipeline_failed",
        ),
    )


def refusal_alert(refused: RunRefused) -> Alert:
    """Return the alert of a run that could not begin."""
    return Alert(
        severity="warn" if refused.is_busy else "error",
        title=f"{'pipeline' if refused.is_pipeline else 'job'} {refused.name} did not start: {refused.what}",
        run_id="",
        job=refused.name,
        advice=refused.advice or "mend it and run it again; nothing was read",
        kind="not_started",
    )


def _failure(report: RunReport) -> Alert:
    failed = [rule for rule in report.rules if rule.status == "failed"]
    severity: Severity = "fatal" if any(rule.severity == "fatal" for rule in failed) else "error"
    what, advice = _message(report.error or f"the run {report.status}")
    return _alert(report, severity, "run_failed", (what, advice), failed)


def _warned(report: RunReport, severity: Severity) -> Alert | None:
    rules = [rule for rule in report.rules if rule.status == "warned" and rule.severity == severity]
    if not rules:
        return None
    if severity == "warn":
        words = f"published with warnings: {_counted(rules)}", "look at the rows that carry the warning"
        return _alert(report, "warn", "rules_warned", words, rules)
    words = (
        f"rows were quarantined: {_counted(rules)}",
        "look at the quarantine table, mend the rows at their source",
    )
    return _alert(report, "warn", "rows_quarantined", words, rules)


def _late(report: RunReport) -> Alert | None:
    if not report.counts.late or (report.late and report.late.policy == "defer"):  # readers see those that wait
        return None
    policy = report.late.policy if report.late else "unknown"
    words = (
        f"{report.counts.late} rows beyond the late window were kept out (policy {policy})",
        "look at the ages in the run's report; widen the window if they are usual",
    )
    return _alert(report, "warn", "late_rows", words)


def _upkeep(report: RunReport) -> Alert | None:
    if report.maintenance is None or report.maintenance.error is None:
        return None
    what, advice = _message(report.maintenance.error)
    words = f"the run published, and the upkeep of its table failed: {what}", advice
    return _alert(report, "warn", "upkeep_failed", words)


def _is_telling(check: CheckResult) -> bool:
    return check.severity != "info"


def _watched(report: WatchReport, table: WatchedTable) -> Alert:
    broken = [check for check in table.broken if _is_telling(check)]
    shown = "; ".join(f"{check.name}: {check.found}" for check in broken[:_SHOWN_RULES])
    more = f"; and {len(broken) - _SHOWN_RULES} more" if len(broken) > _SHOWN_RULES else ""
    return Alert(
        severity=max((check.severity for check in broken), key=SEVERITIES.index),
        title=f"{len(broken)} of {len(table.checks)} checks did not pass: {shown}{more}",
        run_id=report.run_id,
        job=report.job,
        table=table.table,
        rules=tuple(sorted(check.name for check in broken)),
        advice="look at the table's trend: tidegate watch --html; its service levels are in its contract",
        kind="watch",
    )


def _alert(
    report: RunReport, severity: Severity, kind: AlertKind, words: tuple[str, str], rules: Sequence[RuleResult] = ()
) -> Alert:
    title, advice = words
    return Alert(
        severity=severity,
        title=title,
        run_id=report.run_id,
        job=report.job,
        table=_table(report),
        rules=tuple(sorted(rule.id for rule in rules)),
        advice=advice,
        kind=kind,
    )


def _counted(rules: Sequence[RuleResult]) -> str:
    shown = [f"{rule.id} ({rule.failed} of {rule.checked})" for rule in rules[:_SHOWN_RULES]]
    more = len(rules) - len(shown)
    return ", ".join(shown) + (f" and {more} more rules" if more else "")


def _message(error: str) -> tuple[str, str]:
    """Return the first part of an error's message, and its last part where it has one."""
    lines = error.splitlines()
    hints = [line.strip().removeprefix("hint:").strip() for line in lines[1:] if line.strip().startswith("hint:")]
    return lines[0], hints[-1] if hints else "see the run's report"


def _table(report: RunReport) -> str | None:
    return report.output.table if report.output else None
