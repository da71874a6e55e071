"""Run a backfill by name, and tell the user how it ended."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from tidegate.factory.backfills import backfill_job, fillable, sliceable
from tidegate.factory.console import open_for_command
from tidegate.factory.lakehouse import Lakehouse
from tidegate.factory.render import outcome_table, render, status_text, table
from tidegate.factory.stopping import terminable
from tidegate.pipeline.backfill import weigh
from tidegate.pipeline.independence import why_in_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.factory.arguments import Arguments
    from tidegate.factory.backfills import HowToFill
    from tidegate.job.base import SparkJob
    from tidegate.model.backfills import BackfillReport, PipelineBackfillReport, SliceRows
    from tidegate.model.slices import Backfill

# Without `--missing` there is always an interval.
_NOT_MISSING = "nothing is missing: each of these days was processed before"


@dataclass(frozen=True)
class Told:
    """What a command prints, and how it ends.

    Attributes:
        text: For people, or one JSON document.
        exit_code: The exit code.
    """

    text: str
    exit_code: int = 0


def backfill_named(name: str, request: Backfill, arguments: Arguments, how: HowToFill) -> Told:
    """Run a backfill and return its summary.

    Args:
        name: A job, a pipeline, or a dataset that only one layer has.
        request: The days, and how to cut them.
        arguments: Configuration and how to print.
        how: How to run it.
    """
    with open_for_command(arguments) as lakehouse, terminable() as stopped:
        how = replace(how, stopped=stopped)
        if name in lakehouse.registry.pipelines:
            whole = lakehouse.backfill_pipeline(name, request, how)
            return Told(whole.to_json() if arguments.is_json else render_backfills(whole), whole.exit_code)
        report = backfill_job(lakehouse, name, request, how)
    return Told(report.to_json() if arguments.is_json else render_backfill(report), report.exit_code)


def show_backfill(name: str, request: Backfill, arguments: Arguments, how: HowToFill) -> Told:
    """Return the slices that a backfill would run, and the rows in each; nothing is written.

    Args:
        name: A job, a pipeline, or a dataset that only one layer has.
        request: The days, and how to cut them.
        arguments: Configuration and how to print.
        how: How it would be run.
    """
    with Lakehouse.open(arguments) as lakehouse:
        if name in lakehouse.registry.pipelines:
            found = fillable(lakehouse, name, request, how)
            shown = [_shown(lakehouse, found.jobs[job], request, how) for job in found.graph.order]
            document: object = {
                "pipeline": name,
                "jobs": [one.document() for one in shown],
                "left_out": dict(found.left_out),
            }
            text = "\n\n".join([*(one.text() for one in shown), *_left_out(found.left_out)])
        else:
            one = _shown(lakehouse, sliceable(lakehouse, name), request, how)
            document, text = one.document(), one.text()
    return Told(json.dumps(document) if arguments.is_json else text)


@dataclass(frozen=True)
class _Shown:
    """The slices that a backfill of a job would run."""

    job: str
    scope: str
    slices: tuple[SliceRows, ...]
    in_order: str | None

    def document(self) -> dict[str, object]:
        slices = [asdict(part) for part in self.slices]
        return {"job": self.job, "scope": self.scope, "slices": slices, "in_order": self.in_order}

    def text(self) -> str:
        told = f"\n  {_one_by_one(self.in_order)}" if self.in_order else ""
        return render_slices(f"{self.job}: {self.scope}", self.slices) + told


def _shown(lakehouse: Lakehouse, job: type[SparkJob], request: Backfill, how: HowToFill) -> _Shown:
    plan = how.plan(job, request, lakehouse.context)
    slices = weigh(job, plan, lakehouse.context) if plan.slices else ()
    return _Shown(job.name(), plan.scope, slices, why_in_order(job, lakehouse.context))


def rebuild_named(name: str, arguments: Arguments) -> Told:
    """Make a job's table anew and return the summary.

    Args:
        name: A job, or a dataset that only one layer has.
        arguments: Configuration and how to print.
    """
    with open_for_command(arguments) as lakehouse:
        report = lakehouse.rebuild(name)
    return Told(report.to_json() if arguments.is_json else render(report), report.exit_code)


def render_backfill(report: BackfillReport) -> str:
    """Return the summary of a backfill: a line per slice that was run, and what is left."""
    published = (
        f"{report.published} of {report.slices} slices are published, {report.done_before} of them by earlier calls"
    )
    lines = [
        f"{report.job}: {status_text(report.status)} in {report.seconds['total']:.1f} s  ({report.scope})",
        f"  {published if report.slices else _NOT_MISSING}",
    ]
    if report.in_order and len(report.runs) > 1:
        lines.append(f"  {_one_by_one(report.in_order)}")
    if report.runs:
        lines += ["", *outcome_table([(run.interval or "", run) for run in report.runs], heading="slice")]
    if report.failed:
        lines += ["", str(report.failed.error), "  the same command goes on with this slice"]
    return "\n".join(lines)


def render_backfills(report: PipelineBackfillReport) -> str:
    """Return the summary of the backfill of a pipeline: that of each job, and what was left out."""
    parts = [f"{report.pipeline}: {status_text(report.status)} in {report.seconds['total']:.1f} s"]
    parts += [render_backfill(job) for job in report.jobs]
    parts += [f"not filled, as a job that they depend on did not succeed: {', '.join(report.skipped)}"] * bool(
        report.skipped
    )
    return "\n\n".join([*parts, *_left_out(report.left_out)])


def _left_out(why: Mapping[str, str]) -> list[str]:
    return ["\n".join(["left as they are:", *(f"  {job}: {reason}" for job, reason in why.items())])] if why else []


def _one_by_one(reason: str) -> str:
    return f"one slice after the other: {reason}"


def render_slices(title: str, slices: Sequence[SliceRows]) -> str:
    """Return the slices of a backfill as a table."""
    if not slices:
        return f"{title}\n\n  {_NOT_MISSING}"
    has_files = any(part.files is not None for part in slices)
    rows = [
        [
            str(part.number),
            part.interval,
            "published" if part.is_done else "waiting",
            *([f"{part.files or 0:,}"] if has_files else []),
            f"{part.rows:,}",
        ]
        for part in slices
    ]
    header = ["no", "slice", "state", *(["files"] if has_files else []), "rows"]
    waiting = sum(part.rows for part in slices if not part.is_done)
    return "\n".join([title, "", *table(header, rows, left=3), "", f"  {waiting:,} rows wait; nothing was written"])
