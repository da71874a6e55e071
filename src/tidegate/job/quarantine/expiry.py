"""Remove quarantined rows that are older than anybody wants to keep them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import ConcurrentWriteError, SelectionError
from tidegate.job.context import new_run_id
from tidegate.job.quarantine.actions import HASH, SET_ASIDE_AT
from tidegate.job.quarantine.places import AS_IT_WAS, actions_of, quarantine_of
from tidegate.job.quarantine.rows import STATE, Quarantine
from tidegate.model.commits import Commit, Token
from tidegate.model.modes import ReplaceWindow
from tidegate.model.retention import Retention
from tidegate.tables.port import Batch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from pyspark.sql import DataFrame

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.model.contracts import Contract
    from tidegate.model.names import TableName

_DAY = "_day"


@dataclass(frozen=True)
class Expired:
    """What was removed of a quarantine, or would be.

    Attributes:
        table: The table whose rows were set aside.
        before: The first day (UTC, ISO 8601) that is kept.
        rows: Per state, the rows of which nothing is left.
        arrivals: How often rows had been set aside before that day; a row that came again since is still there.
        is_dry_run: Whether nothing was removed.
    """

    table: str
    before: str
    rows: Mapping[str, int]
    arrivals: int
    is_dry_run: bool = False


def retention_of(contract: Contract) -> Retention | None:
    """Return how long a contract lets quarantined rows be kept: its service level `retention`; None where it has none.

    A level whose element is `quarantine` comes before that of the table itself.

    Raises:
        ContractError: The level is no length of time.
    """
    levels = [level for level in contract.details.service_levels if level.property.lower() == "retention"]
    levels.sort(key=lambda level: level.element.lower() != "quarantine")
    return Retention.of(levels[0], contract) if levels else None


def expire(job: type[SparkJob], context: RunContext, older: Retention | None, *, is_dry_run: bool = False) -> Expired:
    """Remove what was set aside longer ago than wanted, whole days (UTC) at a time, and return what it was.

    The newest day is never touched, so runs that set rows aside at the same time are not met.

    Args:
        job: The job that writes the table.
        context: The context.
        older: How long rows are kept; None takes what the contract says.
        is_dry_run: Whether to remove nothing.

    Raises:
        SelectionError: Neither the caller nor the contract says how long.
        ConcurrentWriteError: Somebody else expired rows at the same time.
    """
    contract = context.contracts.get(job.output.name)
    kept = older or retention_of(contract)
    if kept is None:
        raise SelectionError(
            f"nothing says how long quarantined rows of {job.output.table} are kept",
            where=contract.location or job.output.table,
            hint="--older-than 30d, or a service level `retention` in the contract",
        )
    today = context.clock().date()
    before = min(kept.before(today), today)
    quarantine = Quarantine.of(context, job)
    rows, arrivals = _counted(quarantine, before)
    if arrivals and not is_dry_run:
        _remove_arrivals(quarantine, before, rows)
    if not is_dry_run and quarantine.actions.version is not None:
        _remove(context, actions_of(job.output.name), job, before, {})
    return Expired(job.output.table, before.isoformat(), rows, arrivals, is_dry_run)


def expired_so_far(context: RunContext, job: type[SparkJob]) -> Mapping[str, int]:
    """Return, per state that they were in, the rows that were ever removed. No Spark."""
    table = quarantine_of(job.output.name)
    store = context.tables.store(table)
    last = store.last_commit(table, _token(job, 0).application) if store.version(table) is not None else None
    return dict(last.watermarks) if last else {}


def _counted(quarantine: Quarantine, before: date) -> tuple[dict[str, int], int]:
    """Return the rows, per state, of which nothing will be left, and all arrivals that go."""
    if quarantine.version is None:
        return {}, 0
    arrivals = quarantine.arrivals  # before any column: it is what starts Spark
    is_old = F.to_date(SET_ASIDE_AT) < F.lit(before)
    of_row = arrivals.groupBy(HASH).agg(
        F.max_by(STATE, F.when(F.col(STATE) == "replayed", 0).otherwise(1)).alias(STATE),
        F.count_if(is_old).alias("_old"),
        F.count(F.lit(1)).alias("_all"),
    )
    found = of_row.groupBy(STATE).agg(F.count_if(F.col("_old") == F.col("_all")), F.sum("_old")).collect()
    return {state: int(gone) for state, gone, _ in found if gone}, sum(int(old) for _, _, old in found)


def _remove_arrivals(quarantine: Quarantine, before: date, rows: Mapping[str, int]) -> None:
    """Remove what was set aside, in one commit that knows how many rows ever went."""
    context, job = quarantine.context, quarantine.job
    so_far = expired_so_far(context, job)
    totals = {state: so_far.get(state, 0) + rows.get(state, 0) for state in {*so_far, *rows}}
    _remove(context, quarantine_of(job.output.name), job, before, totals)


def _remove(
    context: RunContext, table: TableName, job: type[SparkJob], before: date, totals: Mapping[str, int]
) -> None:
    """Empty the days of a table that are before another.

    Raises:
        ConcurrentWriteError: Somebody else did so at the same time.
    """
    store = context.tables.store(table)
    rows = store.read(table)
    day = F.to_date(SET_ASIDE_AT)
    found = rows.filter(day < F.lit(before)).select(day.alias(_DAY)).distinct().collect()
    days = tuple(sorted(row[0] for row in found))
    if not days:
        return
    last = store.last_commit(table, _token(job, 0).application)
    commit = Commit(_token(job, (last.token.batch if last else 0) + 1), new_run_id(), dict(totals))
    done = store.publish(_emptying(table, rows, days), commit)
    if done.version_before == done.version_after:
        raise ConcurrentWriteError(
            "somebody else expired rows at the same time", where=str(table), hint="look again at what is there"
        )


def _emptying(table: TableName, rows: DataFrame, days: tuple[date, ...]) -> Batch:
    compared = tuple(name for name in rows.columns if not name.startswith("_"))
    return Batch(table, ReplaceWindow(SET_ASIDE_AT), rows.limit(0), compared, 0, days=days, terms=AS_IT_WAS)


def _token(job: type[SparkJob], batch: int) -> Token:
    return Token(f"{job.name()}/quarantine-expiry", batch)
