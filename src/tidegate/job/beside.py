"""The numbers that a batch is compared with and that only the run can find out: earlier runs, sources, other tables."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.histories import usual_rows
from tidegate.contracts.rules.compared_kinds import LAG, ROW_COUNT_HISTORY, ROW_COUNT_SOURCE
from tidegate.contracts.rules.others import other_table
from tidegate.errors import GateError
from tidegate.model.declarations import table_of
from tidegate.model.nearest import did_you_mean
from tidegate.tables.columns import column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.tallies import Number
    from tidegate.job.work import Work
    from tidegate.model.contracts import Rule


def numbers_beside(work: Work, frames: Mapping[str, DataFrame]) -> dict[str, Number | None]:
    """Return, per rule that compares the batch with a number from elsewhere, that number; None where there is none.

    Of a table that the job reads the rows count that this run took in; any other is read whole, and one column of it.
    At most one Spark job per rule.

    Args:
        work: The run.
        frames: Its inputs, by name.

    Raises:
        GateError: A rule names a table or column that is not there, or an input that the job does not read.
    """
    return {rule.id: _number(rule, work, frames) for rule in work.gate.compared}


def rows_before(work: Work) -> Mapping[str, tuple[int, ...]]:
    """Return the rows of earlier runs, per rule that asks for them, oldest first."""
    return work.plan.last.row_counts if work.plan.last else {}


def _number(rule: Rule, work: Work, frames: Mapping[str, DataFrame]) -> Number | None:
    if rule.kind == ROW_COUNT_HISTORY:
        return None if work.plan.is_rebuild else usual_rows(rule, rows_before(work).get(rule.id, ()))
    if rule.kind == ROW_COUNT_SOURCE:
        return _rows_read(rule, work, frames)
    rows = _other_rows(rule, work, frames)
    name = str(rule.listed("references")[0]) if rule.kind == LAG else rule.scalar("sum")
    if name is None:
        return rows.count()
    if name not in rows.columns:
        raise _refused(rule, work, f"{other_table(rule)} has no column {name}{did_you_mean(str(name), rows.columns)}")
    value = _newest(str(name)) if rule.kind == LAG else _sum(str(name), rows)
    ((found, values),) = rows.agg(value, F.count(column(str(name)))).collect()
    if found is None:
        return None if rule.kind == LAG else math.nan if values else 0
    return found if isinstance(found, int | float) else Fraction(str(found))


def _rows_read(rule: Rule, work: Work, frames: Mapping[str, DataFrame]) -> int:
    table = other_table(rule)
    reads = [read for read in work.plan.inputs if table_of(read.declared) == table]
    if not reads:
        known = [str(found) for read in work.plan.inputs if (found := table_of(read.declared))]
        told = f"the job does not read {table}{did_you_mean(str(table), known)}"
        raise _refused(rule, work, f"{told}; it reads {', '.join(known) or 'no table'}")
    return sum(frames[read.name].count() if read.rows is None else read.rows for read in reads)


def _other_rows(rule: Rule, work: Work, frames: Mapping[str, DataFrame]) -> DataFrame:
    table = other_table(rule)
    for read in work.plan.inputs:
        if table_of(read.declared) == table:
            return frames[read.name]
    store = work.context.tables.store(table)
    if store.version(table) is None:
        raise _refused(rule, work, f"{table} does not exist yet; run the job that writes it first")
    return store.read(table)


def _newest(name: str) -> Column:
    return F.unix_micros(F.max(column(name)).cast("timestamp"))


def _sum(name: str, rows: DataFrame) -> Column:
    is_floating = rows.schema[name].dataType.typeName() in {"float", "double"}
    return F.try_sum(column(name).cast("double" if is_floating else rows.schema[name].dataType))


def _refused(rule: Rule, work: Work, what: str) -> GateError:
    return GateError(
        f"rule {rule.id}: {what}",
        where=f"{work.job.output.table}, contract {work.contract.location}",
        hint="nothing was published; name a table and a column that are there",
    )
