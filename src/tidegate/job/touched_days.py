"""The days that a run makes anew because something in them came, changed or went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.model.declarations import Affected
from tidegate.model.modes import ReplaceWindow
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from datetime import date

    from tidegate.job.context import RunContext
    from tidegate.job.plan import JobPlan
    from tidegate.model.modes import WriteMode


def touched_days(plan: JobPlan, mode: WriteMode, context: RunContext) -> frozenset[date]:
    """Return the days that a run makes anew, for a job that puts each in the place of what its table has of it.

    They are known where one input alone makes the job run, is read by groups, and has the table's day among their keys.
    For any other job there are none: what it writes says which days it replaces.

    Args:
        plan: What the run reads.
        mode: How it writes.
        context: The run's context.
    """
    driving = [read for read in plan.inputs if read.is_driving]
    if not isinstance(mode, ReplaceWindow) or plan.part is not None or len(driving) != 1:
        return frozenset()
    (read,), column = driving, mode.column
    declared = read.declared
    if not isinstance(declared, Affected) or column not in declared.keys or read.since is None or read.until is None:
        return frozenset()
    table = TableName.parse(declared.table)
    touched = context.tables.store(table).touched(table, (column,), read.since, read.until)
    days = touched.select(F.to_date(F.col(column))).distinct().collect()
    return frozenset(row[0] for row in days if row[0] is not None)
