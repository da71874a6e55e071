"""Rows of a staged batch settled among each other: those that share a key are ranked, and no others.

To rank rows is to sort them. A large batch that is added to a table has few keys that come twice, or none, so the keys
are counted first, and only rows that may share one are sorted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.marks.counting import suspected_in
from tidegate.job.context import new_run_id
from tidegate.job.publishing import stamped
from tidegate.model.modes import row_keys
from tidegate.tables.staging import StagedRows

if TYPE_CHECKING:
    from tidegate.job.plan import JobPlan
    from tidegate.job.work import Work
    from tidegate.model.modes import WriteMode

# From where on sorting a batch costs more than one more Spark job.
LARGE_ROWS = 250_000
LARGE_BYTES = 32 * 1024 * 1024


def is_settled_later(plan: JobPlan, mode: WriteMode, *, is_in_place: bool) -> bool:
    """Return whether a batch is to be settled after it was staged, not in the pass that stages it.

    Args:
        plan: What the run reads; its rows count, or its bytes where a log does not tell rows.
        mode: How the rows become part of the table. A merge has several versions of a row come on most days, and its
            source may be read more than once, so its rows are always ranked as they are staged.
        is_in_place: Whether the staged files become part of the table as they are, so that they must be settled.
    """
    if is_in_place or row_keys(mode) is not None:
        return False
    if plan.rows is not None:
        return plan.rows >= LARGE_ROWS
    return plan.bytes is not None and plan.bytes >= LARGE_BYTES


def settle(staged: StagedRows, work: Work) -> StagedRows:
    """Return staged rows, marked one by one, with what they are to each other and with their stamps.

    What was looked for is staged, too, so that it is found once.
    """
    gate, staging, waiting = work.gate, work.context.staging, [staged]

    def discard(is_handed_over: bool) -> None:  # noqa: FBT001 - as staging has it
        for rows in waiting:
            rows.discard(is_handed_over=is_handed_over)

    try:
        everything = F.lit(True)  # noqa: FBT003 - a literal, not a flag
        waiting.extend(staging.stage(words, new_run_id(), everything) for words in gate.suspects(staged.rows))
        found = [words.rows for words in waiting[1:]]
        rows = gate.settled(staged.rows, found, suspected_in(found))
    except BaseException:
        discard(is_handed_over=False)
        raise
    rows = stamped(rows, work)
    return StagedRows(rows, rows, rows, discard)
