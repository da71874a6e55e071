"""Mend quarantined rows: other values are noted beside what arrived, which stays as it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import SelectionError, TableError
from tidegate.job.context import Observers, new_run_id
from tidegate.job.quarantine.actions import FIX, FIXED, HASH, SET_ASIDE_AT, fact
from tidegate.job.quarantine.changing import changed, misfits
from tidegate.job.quarantine.places import quarantine_of
from tidegate.job.quarantine.replay import check_replayable
from tidegate.job.quarantine.rows import LAST_SEEN, STATE, Quarantine
from tidegate.job.quarantine.selection import selected
from tidegate.job.runner import run_job
from tidegate.model.modes import late_window
from tidegate.model.replays import REPLAY, Replay, Selection
from tidegate.tables.columns import column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.model.reports import RunReport


@dataclass(frozen=True)
class Fixed:
    """What a fix did, or would do.

    Attributes:
        table: The table.
        matched: Rows that were asked for, those that are replayed left out.
        changed: Rows among them that got other values.
        would_pass: Rows among these that a replay would let in now; None where it could not be tried.
        why: Why it could not be tried; None where it was.
        is_dry_run: Whether nothing was written.
    """

    table: str
    matched: int
    changed: int
    would_pass: int | None
    why: str | None = None
    is_dry_run: bool = False


def fix(
    job: type[SparkJob],
    context: RunContext,
    selection: Selection,
    changes: Sequence[tuple[str, str]],
    *,
    is_dry_run: bool = False,
) -> Fixed:
    """Give columns of quarantined rows other values, and return how many rows changed and how many would pass now.

    Args:
        job: The job that writes the table.
        context: The context.
        selection: Which rows; those that are replayed are left out.
        changes: Columns and the expressions of their values, which all see the values as they were before.
        is_dry_run: Whether to write nothing.

    Raises:
        TableError: Nothing was ever set aside.
        SelectionError: There is no such column or rule, or an expression gives values that its column cannot take.
        ConcurrentWriteError: Somebody else mended rows at the same time; nothing was changed.
    """
    check_replayable(job)
    quarantine = Quarantine.of(context, job)
    table, contract = job.output.table, quarantine.contract
    if quarantine.version is None:
        raise nothing_set_aside(table, str(quarantine_of(job.output.name)))
    rows = selected(quarantine.rows.filter(F.col(STATE) != "replayed"), selection, contract)
    lost = misfits(rows, changes, contract)
    if lost:
        told = ", ".join(f"{name} in {count:,} rows" for name, count in lost.items())
        raise SelectionError(
            f"a value does not fit its column: {told}", where=f"--set, {table}", hint="such a value would become null"
        )
    others = changed(rows, changes, contract)
    count, matched = others.count(), rows.count()
    report = _tried(job, context, selection, changes)
    passing, why = _passing(job, report)
    if count and not is_dry_run:
        data = [column(name) for name in contract.column_names if name in others.columns]
        facts = others.select(*data, HASH, FIXED, F.col(LAST_SEEN).alias(SET_ASIDE_AT), fact(FIX))
        quarantine.actions.add([facts], new_run_id(), contract)
    return Fixed(table, matched, count, passing, why, is_dry_run)


def nothing_set_aside(table: str, where: str) -> TableError:
    """Return the error that a table has no quarantine."""
    return TableError(
        f"no row of {table} was ever set aside",
        where=where,
        hint="tidegate quarantine ls tells the tables that have some",
    )


def _tried(
    job: type[SparkJob], context: RunContext, selection: Selection, changes: Sequence[tuple[str, str]]
) -> RunReport:
    """Return the report of a replay of the rows with their new values, which writes nothing."""
    request = Replay(selection, tuple(changes), is_dry_run=True)
    return run_job(job(), replace(context, replay=request, scope=REPLAY, observers=Observers(), maintain=None))


def _passing(job: type[SparkJob], report: RunReport) -> tuple[int | None, str | None]:
    if report.status == "nothing_new":
        return 0, None
    if report.status != "succeeded":
        return None, report.error
    window, counts = late_window(job.output.mode), report.counts
    too_late = counts.late if window is not None and window.beyond == "quarantine" else 0
    return counts.read - counts.quarantined - too_late, None
