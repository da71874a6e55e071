"""Quarantined rows as the batch that a replay takes through the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.schemas import spark_schema
from tidegate.errors import TableError
from tidegate.job.life import READABLE
from tidegate.job.publishing import KEPT
from tidegate.job.quarantine.actions import FIXED, HASH, REASONS, RUN, SET_ASIDE_AT
from tidegate.job.quarantine.changing import changed
from tidegate.job.quarantine.places import quarantine_of
from tidegate.job.quarantine.selection import selected
from tidegate.model.evolution import is_wider
from tidegate.sources.shape import PROBLEMS
from tidegate.tables.change_data import CHANGE
from tidegate.tables.columns import column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.job.quarantine.rows import Quarantine
    from tidegate.job.work import Work
    from tidegate.model.replays import Replay

ARRIVAL, SET_ASIDE, REASONS_BEFORE = "_aside_run_id", "_set_aside_at", "_reasons_before"


def incoming(quarantine: Quarantine, request: Replay, work: Work) -> DataFrame:
    """Return the rows that a replay takes: each as it arrived, with the values that fixes gave it.

    Returns:
        The contract's columns; those of tidegate's own that the table keeps; `_problems` where the job reads records:
        of what could not be read, all that no fix has set since; and what tells which row of the quarantine it is.

    Raises:
        SelectionError: The rows are asked for in words that mean nothing.
        TableError: A column of the contract has another type by now.
    """
    rows = selected(quarantine.waiting, request.selection, work.contract)
    if request.changes:
        rows = changed(rows, request.changes, work.contract).dropDuplicates([HASH])
    own = [name for name in _kept(work) if name in rows.columns]
    problems = [_problems().alias(PROBLEMS)] if any(check.rule.id == READABLE.id for check in work.gate.checks) else []
    return rows.select(
        *_contracted(rows, work),
        *map(column, own),
        *problems,
        HASH,
        F.col(RUN).alias(ARRIVAL),
        F.col(SET_ASIDE_AT).alias(SET_ASIDE),
        F.col(REASONS).alias(REASONS_BEFORE),
    )


def _contracted(rows: DataFrame, work: Work) -> list[Column]:
    """Return the contract's columns with their types; columns that came later are null.

    Raises:
        TableError: A column has another type by now.
    """
    schema, quarantine = spark_schema(work.contract), quarantine_of(work.contract.table)
    held = work.context.tables.store(quarantine).held(schema)
    found: list[Column] = []
    for field in schema.fields:
        wanted = field.dataType.simpleString()
        before = rows.schema[field.name].dataType.simpleString() if field.name in rows.columns else wanted
        if before not in (wanted, held[field.name].dataType.simpleString()) and not is_wider(before, wanted):
            raise TableError(
                f"{field.name} was {before} when rows were set aside, and the contract says {wanted} now",
                where=f"{quarantine}, contract {work.contract.location}",
                hint="such rows cannot be replayed; have them sent again",
            )
        value = column(field.name) if field.name in rows.columns else F.lit(None)
        found.append(value.cast(field.dataType).alias(field.name))
    return found


def _kept(work: Work) -> Sequence[str]:
    """Return the columns of tidegate's own that the table has, or that a first batch of it would bring."""
    table = work.job.output.name
    if work.plan.version is None:
        return (CHANGE, *(name for name in KEPT if name not in ("_batch_id", "_run_id", "_warnings")))
    names = work.context.tables.store(table).schema(table, work.plan.version).names
    return (CHANGE, *(name for name in KEPT if name in names and name != "_warnings"))


def _problems() -> Column:
    """Return what could not be read and no fix has set since: of a record as a whole, any fix has."""
    fixed = F.col(FIXED)
    told = F.filter(
        F.col(REASONS),
        lambda reason: (
            (reason["rule"] == READABLE.id)
            & (fixed.isNull() | (reason["column"].isNotNull() & ~F.array_contains(fixed, reason["column"])))
        ),
    )
    return F.transform(
        told, lambda reason: F.struct(reason["column"].alias("column"), reason["message"].alias("reason"))
    )
