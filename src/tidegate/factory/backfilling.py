"""Run a backfill by name, and tell the user how it ended."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tidegate.factory.console import open_for_command
from tidegate.factory.lakehouse import Lakehouse
from tidegate.factory.render import outcome_table, render, status_text, table
from tidegate.pipeline.backfill import plan_backfill, weigh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.factory.arguments import Arguments
    from tidegate.model.backfills import BackfillReport, SliceRows
    from tidegate.model.slices import Backfill


@dataclass(frozen=True)
class Told:
    """What a command prints, and how it ends.

    Attributes:
        text: For people, or one JSON document.
        exit_code: The exit code.
    """

    text: str
    exit_code: int = 0


def backfill_named(name: str, request: Backfill, arguments: Arguments, *, is_restarting: bool) -> Told:
    """Run a backfill and return its summary.

    Args:
        name: A job, or a dataset that only one layer has.
        request: The days, and how to cut them.
        arguments: Configuration and how to print.
        is_restarting: Whether to begin anew.
    """
    with open_for_command(arguments) as lakehouse:
        report = lakehouse.backfill(name, request, is_restarting=is_restarting)
    return Told(report.to_json() if arguments.is_json else render_backfill(report), report.exit_code)


def show_backfill(name: str, request: Backfill, arguments: Arguments, *, is_restarting: bool) -> Told:
    """Return the slices that a backfill would run, and the rows in each; nothing is written.

    Args:
        name: A job, or a dataset that only one layer has.
        request: The days, and how to cut them.
        arguments: Configuration and how to print.
        is_restarting: Whether it would begin anew.
    """
    with Lakehouse.open(arguments) as lakehouse:
        job = lakehouse.sliceable(name)
        plan = plan_backfill(job, request, lakehouse.context, is_restarting=is_restarting)
        slices = weigh(job, plan, lakehouse.context)
    if arguments.is_json:
        return Told(json.dumps({"job": job.name(), "scope": plan.scope, "slices": [asdict(part) for part in slices]}))
    return Told(render_slices(f"{job.name()}: {plan.scope}", slices))


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
    done = report.done_before + sum(not run.exit_code for run in report.runs)
    lines = [
        f"{report.job}: {status_text(report.status)} in {report.seconds['total']:.1f} s  ({report.scope})",
        f"  {done} of {report.slices} slices are published, {report.done_before} of them by earlier calls",
    ]
    if report.runs:
        lines += ["", *outcome_table([(run.interval or "", run) for run in report.runs], heading="slice")]
    if report.exit_code:
        lines += ["", str(report.runs[-1].error), "  the same command goes on with this slice"]
    return "\n".join(lines)


def render_slices(title: str, slices: Sequence[SliceRows]) -> str:
    """Return the slices of a backfill as a table."""
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
