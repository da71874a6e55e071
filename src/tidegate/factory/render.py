"""Reports as text for people: what became of the rows, which rules failed, how long it took."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.model.reports import Counts, PipelineReport, RunReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OUTCOMES = ("read", "published", "unchanged", "quarantined", "dropped", "deduplicated", "late", "deleted", "erased")

FAILURE_HEAD = ("table", "rule", "severity", "failed", "checked", "status")

_STATUS = {
    "succeeded": "ok",
    "nothing_new": "nothing new",
    "failed": "FAILED",
    "refused": "REFUSED",
    "skipped": "skipped",
    "partial": "IN PART",
}
_INDENT = "  "


def status_text(status: str) -> str:
    """Return a status in the words that people read."""
    return _STATUS.get(status, status)


def render_pipeline(report: PipelineReport) -> str:
    """Return the summary of a pipeline's run."""
    lines = [
        f"{report.pipeline}: {status_text(report.status)} in {report.seconds['total']:.1f} s  (run {report.run_id})",
        "",
    ]
    lines += _rows_table(report.jobs) if report.jobs else [_INDENT + "nothing was left to do"]
    lines += _resumed(report)
    lines += _rolled_back(report)
    return "\n".join([*lines, *_told(report.jobs)])


def render_job(report: RunReport) -> str:
    """Return the summary of a job's run."""
    lines = [
        f"{report.job}: {status_text(report.status)} in {report.seconds['total']:.1f} s  (run {report.run_id})",
        "",
    ]
    lines += _rows_table((report,))
    steps = {name: seconds for name, seconds in report.seconds.items() if name != "total"}
    lines += ["", _INDENT + "seconds: " + ", ".join(f"{name} {seconds:.2f}" for name, seconds in steps.items())]
    return "\n".join([*lines, *_told((report,))])


def _told(reports: Sequence[RunReport]) -> list[str]:
    """Return what is to be said of runs below their rows."""
    parts = (_failures, _scores, _set_aside, _waiting, _backlog, _upkeep, _errors)
    return [line for part in parts for line in part(reports)]


def render_runs(reports: Sequence[PipelineReport], *, root: str) -> str:
    """Return the summary of several runs of a pipeline: the rows of all runs together, and where the records are.

    Args:
        reports: Reports of the runs, oldest first.
        root: Root of the lake, which holds the records.
    """
    runs = [[report.run_id, status_text(report.status), f"{report.seconds['total']:.1f}"] for report in reports]
    lines = ["", "runs:", *table(["run", "status", "seconds"], runs, left=2)]
    together = [
        _together([run for report in reports for run in report.jobs if run.job == name]) for name in _jobs(reports)
    ]
    lines += ["", "rows of all runs together:", *_rows_table(together), *_failures(together)]
    lines += [line for report in reports for line in _errors(report.jobs)]
    lines += ["", f"reports:    {root}/_tidegate/runs", f"lineage:    {root}/_tidegate/events"]
    quarantines = sorted({run.output.quarantine for run in together if run.output and run.output.quarantine})
    lines += [f"quarantine: {root}/{name.replace('.', '/')}" for name in quarantines]
    return "\n".join(lines)


def job_line(report: RunReport) -> str:
    """Return one line that says how a job's run ended."""
    counts = report.counts
    shown = [
        f"{getattr(counts, outcome):,} {outcome}"
        for outcome in OUTCOMES
        if outcome == "published" or (outcome != "read" and getattr(counts, outcome))
    ]
    rows = "" if report.status != "succeeded" else "  " + ", ".join(shown)
    return f"{report.job:<28} {status_text(report.status):<12}{report.seconds.get('total', 0.0):7.1f} s{rows}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> list[str]:
    """Return the lines of a text table; the first `left` columns are flush left, the others flush right."""
    cells = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[place]) for row in cells) for place in range(len(header))]
    lines = []
    for number, row in enumerate(cells):
        padded = [
            text.ljust(width) if place < left else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((_INDENT + "  ".join(padded)).rstrip())
        if number == 0:
            lines.append(_INDENT + "  ".join("-" * width for width in widths))
    return lines


def _rows_table(reports: Sequence[RunReport]) -> list[str]:
    return outcome_table([(report.job, report) for report in reports], heading="table")


def outcome_table(named: Sequence[tuple[str, RunReport]], *, heading: str) -> list[str]:
    """Return the lines of a text table of what became of the rows of runs, each with a name of its own.

    Args:
        named: The runs and their names.
        heading: What the names are.
    """
    return table(*outcome_cells(named, heading=heading), left=2)


def outcome_cells(named: Sequence[tuple[str, RunReport]], *, heading: str) -> tuple[list[str], list[list[str]]]:
    """Return the heading and the rows of a table of what became of the rows of runs.

    Args:
        named: The runs and their names.
        heading: What the names are.
    """
    counts = [report.counts for _, report in named]
    used = [name for name in OUTCOMES if name in ("read", "published") or any(_count(one, name) for one in counts)]
    rows = [
        [
            name,
            status_text(report.status),
            *(f"{_count(report.counts, outcome):,}" for outcome in used),
            _version(report),
            f"{report.seconds.get('total', 0.0):.1f}",
        ]
        for name, report in named
    ]
    return [heading, "status", *used, "version", "seconds"], rows


def _count(counts: Counts, name: str) -> int:
    return int(getattr(counts, name))


def _version(report: RunReport) -> str:
    if report.output is None or report.output.version_after is None:
        return "-"
    before, after = report.output.version_before, report.output.version_after
    return str(after) if before == after else f"{'-' if before is None else before} > {after}"


def failure_rows(reports: Sequence[RunReport]) -> list[list[str]]:
    """Return, for each rule that rows failed, and for late rows: table, rule, severity, failed, checked and status."""
    rows = [
        [report.job, rule.id, rule.severity, f"{rule.failed:,}", f"{rule.checked:,}", rule.status]
        for report in reports
        for rule in report.rules
        if rule.failed
    ]
    late = [
        [report.job, f"late ({report.late.policy})", "", f"{report.late.rows:,}", f"{report.counts.read:,}", "counted"]
        for report in reports
        if report.late and report.late.rows
    ]
    return [*rows, *late]


def _failures(reports: Sequence[RunReport]) -> list[str]:
    rows = failure_rows(reports)
    found = ["", "rules that rows failed:", *table(FAILURE_HEAD, rows, left=3)] if rows else []
    return [*_unchecked(reports), *found]


def _unchecked(reports: Sequence[RunReport]) -> list[str]:
    told = [
        f"{_INDENT}{report.job}: {rule.id} ({rule.note})"
        for report in reports
        for rule in report.rules
        if rule.status == "unchecked"
    ]
    return ["", "rules that were not checked:", *told] if told else []


def _set_aside(reports: Sequence[RunReport]) -> list[str]:
    tables = dict.fromkeys(run.output.table for run in reports if run.output and run.output.quarantine)
    shown = [f"{_INDENT}tidegate quarantine show {name}" for name in tables]
    return ["", "rows were set aside; look at them with", *shown] if shown else []


def _resumed(report: PipelineReport) -> list[str]:
    if report.resumes is None:
        return []
    before = f"; done before: {', '.join(report.done_before)}" if report.done_before else ""
    return ["", f"{_INDENT}goes on with run {report.resumes}, as of {report.logical_at}{before}"]


def _rolled_back(report: PipelineReport) -> list[str]:
    lines = ["", "rolled back:"] if report.rolled_back else []
    for one in report.rolled_back:
        if one.error is not None:
            lines.append(f"{_INDENT}{one.table} stays at version {one.version}: {one.error}")
        elif one.target is None:
            lines.append(f"{_INDENT}{one.table} is gone: the run had made it")
        else:
            lines.append(
                f"{_INDENT}{one.table} is as it was at version {one.target}; that is version {one.version_after}"
            )
    return lines


def _scores(reports: Sequence[RunReport]) -> list[str]:
    told = [f"{report.job} {report.score:.2%}" for report in reports if report.score is not None and report.score < 1]
    return ["", f"{_INDENT}score of the rules: {', '.join(told)}"] if told else []


def _waiting(reports: Sequence[RunReport]) -> list[str]:
    found = [f"{_INDENT}{report.job}: {one}" for report in reports for read in report.inputs for one in read.waiting]
    return ["", "deliveries that are not whole:", *found] if found else []


def _backlog(reports: Sequence[RunReport]) -> list[str]:
    """Return what the next runs will take of topics, and what none will take any more."""
    read = [(report.job, one) for report in reports for one in report.inputs]
    left = [f"{_INDENT}{job}: {one.left:,} offsets of {one.table}" for job, one in read if one.left]
    lost = [f"{_INDENT}{job}: {one.lost:,} offsets of {one.table}" for job, one in read if one.lost]
    return [
        *(["", "left for the next run:", *left] if left else []),
        *(["", "gone before they were read, and passed over:", *lost] if lost else []),
    ]


def _upkeep(reports: Sequence[RunReport]) -> list[str]:
    lines: list[str] = []
    for report in reports:
        if report.maintenance and report.maintenance.error:
            lines += ["", f"upkeep of {report.job} after the run: {report.maintenance.error}"]
        elif report.maintenance:
            done = report.maintenance
            lines += [
                "",
                f"upkeep of {report.job}: {done.files_before:,} files became {done.files_after:,}; {done.why}",
            ]
    return lines


def _errors(reports: Sequence[RunReport]) -> list[str]:
    lines: list[str] = []
    for report in reports:
        if report.error:
            lines += ["", f"{report.job}: {report.error}"]
    return lines


def render(report: PipelineReport | RunReport) -> str:
    """Return the summary of a run for people."""
    return render_pipeline(report) if isinstance(report, PipelineReport) else render_job(report)


def _jobs(reports: Sequence[PipelineReport]) -> list[str]:
    return list(dict.fromkeys(run.job for report in reports for run in report.jobs))


def _together(runs: Sequence[RunReport]) -> RunReport:
    """Return one report with the rows, rules and seconds of several runs of a job."""
    last = runs[-1]
    rules = {
        rule.id: replace(
            rule,
            checked=sum(other.checked for run in runs for other in run.rules if other.id == rule.id),
            failed=sum(other.failed for run in runs for other in run.rules if other.id == rule.id),
        )
        for run in runs
        for rule in run.rules
    }
    late = [run.late for run in runs if run.late]
    outputs = [run.output for run in runs if run.output]
    quarantine = next((output.quarantine for output in outputs if output.quarantine), None)
    return replace(
        last,
        status=next((run.status for run in runs if run.status == "succeeded"), last.status),
        counts=sum((run.counts for run in runs), Counts()),
        rules=tuple(rules.values()),
        seconds={"total": sum(run.seconds.get("total", 0.0) for run in runs)},
        late=replace(late[-1], rows=sum(part.rows for part in late)) if late else None,
        output=replace(outputs[-1], version_before=outputs[0].version_before, quarantine=quarantine)
        if outputs
        else None,
    )
