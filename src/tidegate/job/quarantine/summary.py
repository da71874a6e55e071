"""What is in a quarantine: counts per rule, day and state, and single rows as people may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.personal import personal_columns
from tidegate.job.quarantine.actions import FIXED, HASH, REASONS, RUN, SET_ASIDE_AT, VERSION
from tidegate.job.quarantine.expiry import expired_so_far
from tidegate.job.quarantine.places import quarantine_of
from tidegate.job.quarantine.rows import (
    BATCH,
    FIRST_SEEN,
    LAST_SEEN,
    REPLAYED_BY,
    SCOPE,
    SEEN,
    STATE,
    Quarantine,
)
from tidegate.job.quarantine.selection import selected
from tidegate.model.replays import Selection
from tidegate.tables.columns import column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Row

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext

MASK = "***"
_TEXTS = ("_corrupt_record", "_rescued")
_OTHERS = frozenset({HASH, REASONS, VERSION, RUN, BATCH, SCOPE, SET_ASIDE_AT, STATE, REPLAYED_BY, FIXED})
_SEEN = frozenset({FIRST_SEEN, LAST_SEEN, SEEN})


@dataclass(frozen=True)
class Group:
    """Rows of a quarantine that have a rule, a day and a state in common.

    Attributes:
        rule: A rule that they failed; a row counts for each of its rules.
        day: The day (UTC, ISO 8601) on which they were set aside last.
        state: `open`, `fixed` or `replayed`.
        rows: How many.
    """

    rule: str
    day: str
    state: str
    rows: int


@dataclass(frozen=True)
class Summary:
    """What is in the quarantine of one table.

    Attributes:
        table: The table.
        quarantine: The table that holds the rows.
        rows: Rows, each counted once however often it was set aside.
        arrivals: How often rows were set aside.
        states: Rows per state; `expired` are those that were removed so far.
        groups: Rows per rule, day and state, sorted.
    """

    table: str
    quarantine: str
    rows: int
    arrivals: int
    states: Mapping[str, int]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Shown:
    """Rows of a quarantine as somebody may see them.

    Attributes:
        table: The table.
        quarantine: The table that holds them.
        masked: Columns whose values are masked.
        total: Rows that were asked for.
        rows: The first of them, the newest first: per row what it is (`values`), how it came (`origin`), and what is
            known of it (`row_hash`, `state`, `reasons` and so on).
    """

    table: str
    quarantine: str
    masked: tuple[str, ...]
    total: int
    rows: tuple[Mapping[str, object], ...]


def summarise(job: type[SparkJob], context: RunContext, rule: str | None = None) -> Summary:
    """Return what is in the quarantine of the table that a job writes.

    Args:
        job: The job.
        context: The context.
        rule: A rule; None for all.

    Raises:
        SelectionError: There is no such rule.
    """
    table, quarantine = job.output.table, str(quarantine_of(job.output.name))
    found = Quarantine.of(context, job)
    gone = sum(expired_so_far(context, job).values())
    expired = {"expired": gone} if gone else {}
    if found.version is None:
        return Summary(table, quarantine, 0, 0, expired, ())
    rows = selected(found.rows, Selection(rule=rule), found.contract)
    counted = rows.groupBy(STATE).agg(F.count(F.lit(1)), F.sum(SEEN)).collect()
    states = {state: (int(count), int(arrivals)) for state, count, arrivals in counted}
    told = rows.select(
        F.explode(F.array_distinct(F.col(REASONS)["rule"])).alias("rule"), F.to_date(LAST_SEEN).alias("day"), STATE
    )
    told = told.filter(F.col("rule") == rule) if rule else told
    groups = told.groupBy("rule", "day", STATE).count().collect()
    return Summary(
        table=table,
        quarantine=quarantine,
        rows=sum(count for count, _ in states.values()),
        arrivals=sum(arrivals for _, arrivals in states.values()),
        states={**{state: count for state, (count, _) in sorted(states.items())}, **expired},
        groups=tuple(sorted((Group(r, str(d), s, int(n)) for r, d, s, n in groups), key=_order)),
    )


def show(
    job: type[SparkJob], context: RunContext, selection: Selection, *, limit: int, is_unmasked: bool = False
) -> Shown:
    """Return rows of the quarantine of the table that a job writes, the newest first.

    Args:
        job: The job.
        context: The context.
        selection: Which rows.
        limit: How many at most.
        is_unmasked: Whether values of personal data are shown.

    Raises:
        SelectionError: There is no such rule or column, or the expression is none of the language of rules.
    """
    table, quarantine = job.output.table, str(quarantine_of(job.output.name))
    found = Quarantine.of(context, job)
    personal = () if is_unmasked else personal_columns(found.contract)
    if found.version is None:
        return Shown(table, quarantine, personal, 0, ())
    rows = selected(found.rows, selection, found.contract)
    masked = (*personal, *(name for name in _TEXTS if name in rows.columns)) if personal else ()
    hidden = {name: F.when(column(name).isNotNull(), F.lit(MASK)) for name in masked if name in rows.columns}
    total = rows.count()
    shown = rows.withColumns(hidden) if hidden else rows
    newest = shown.orderBy(F.col(LAST_SEEN).desc(), HASH).limit(limit).collect()
    names = [name for name in found.contract.column_names if name in rows.columns]
    return Shown(table, quarantine, masked, total, tuple(_shown(row, names) for row in newest))


def _shown(row: Row, names: Sequence[str]) -> Mapping[str, object]:
    values = row.asDict(recursive=True)
    origin = {name: value for name, value in values.items() if name not in {*names, *_OTHERS, *_SEEN}}
    return {
        "row_hash": values[HASH],
        "state": values[STATE],
        "values": {name: values[name] for name in names},
        "fixed": values[FIXED] or [],
        "reasons": [{**reason, "contract_version": values[VERSION]} for reason in values[REASONS] or []],
        "origin": {name.removeprefix("_"): value for name, value in origin.items() if value is not None},
        "run_id": values[RUN],
        "batch_id": values[BATCH],
        "first_seen_at": values[FIRST_SEEN],
        "last_seen_at": values[LAST_SEEN],
        "seen": values[SEEN],
        "replayed_by": values[REPLAYED_BY],
    }


def _order(group: Group) -> tuple[str, str, str]:
    return (group.rule, group.day, group.state)
