"""The rows of a quarantine with their states, which follow from what was set aside and what was done about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from tidegate.job.quarantine.actions import (
    ACTED_AT,
    ACTION,
    COVERS,
    FIX,
    FIXED,
    HASH,
    NUMBER,
    REASONS,
    REFUSED,
    RUN,
    SET_ASIDE_AT,
    TAKEN,
    VERSION,
    Actions,
)
from tidegate.job.quarantine.places import quarantine_of
from tidegate.model.commits import LIVE, Token
from tidegate.model.replays import REPLAY
from tidegate.tables.columns import column

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.model.commits import Commit
    from tidegate.model.contracts import Contract

STATE, REPLAYED_BY, SCOPE, BATCH = "_state", "_replayed_by", "_scope", "_batch_id"
FIRST_SEEN, LAST_SEEN, SEEN = "_first_seen_at", "_last_seen_at", "_seen"


@dataclass(frozen=True)
class Quarantine:
    """What was set aside of one table, at the versions that were newest when this was made.

    Attributes:
        context: The context.
        job: The job that writes the table.
        contract: The table's contract.
        version: Version of the quarantine table; None where no row was ever set aside.
        last: The newest commit of a replay in the table's own log; None where there is none.
        actions: What was done about the rows.
    """

    context: RunContext
    job: type[SparkJob]
    contract: Contract
    version: int | None
    last: Commit | None
    actions: Actions

    @classmethod
    def of(cls, context: RunContext, job: type[SparkJob]) -> Quarantine:
        """Return the quarantine of the table that a job writes, as it is now.

        The table's log is asked before the facts are read: what it says of a replay was noted before it said so.
        """
        source = job.output.name
        last = last_commit(context, job, REPLAY)
        actions = Actions.of(context, source, job.name())
        table = quarantine_of(source)
        version = context.tables.store(table).version(table)
        return cls(context, job, context.contracts.get(source), version, last, actions)

    @cached_property
    def kept(self) -> DataFrame:
        """What runs have set aside: a row per arrival, as it was refused. Asked only where there is a version."""
        table = quarantine_of(self.job.output.name)
        return self.context.tables.store(table).read(table, self.version)

    @cached_property
    def arrivals(self) -> DataFrame:
        """What runs have set aside, as it is now: one row per arrival; a row that came twice arrived twice.

        Returns:
            The columns of the quarantine, the contract's as the last fix left them, `_reasons` and `_contract_version`
            as the last replay did; `_state` (`open`, `fixed` or `replayed`), `_replayed_by` (the run that published
            it), `_fixed` (columns that were fixed).
        """
        rows = self.kept
        if SCOPE not in rows.columns:
            rows = rows.withColumn(SCOPE, F.lit(None).cast("string"))
        facts = self.actions.rows()
        if facts is None:
            none = {REPLAYED_BY: F.lit(None).cast("string"), FIXED: F.lit(None).cast("array<string>")}
            return rows.withColumns({**none, STATE: F.lit("open")})
        rows = self._refused(self._fixed(self._covered(rows, facts), facts), facts)
        state = F.when(F.col(REPLAYED_BY).isNotNull(), "replayed").when(F.col(FIXED).isNotNull(), "fixed")
        return rows.withColumn(STATE, state.otherwise("open"))

    @property
    def rows(self) -> DataFrame:
        """One row per row that was set aside, however often it arrived: `arrivals`, reduced to one per `_row_hash`.

        Returns:
            The columns of `arrivals`, of the newest one that is still to be dealt with; `_first_seen_at`,
            `_last_seen_at` and `_seen` (how often it arrived).
        """
        arrivals = self.arrivals  # before any column: it is what starts Spark
        of_row = Window.partitionBy(HASH)
        newest = of_row.orderBy((F.col(STATE) == "replayed").asc(), F.col(SET_ASIDE_AT).desc(), F.col(RUN).desc())
        told = arrivals.withColumns(
            {
                FIRST_SEEN: F.min(SET_ASIDE_AT).over(of_row),
                LAST_SEEN: F.max(SET_ASIDE_AT).over(of_row),
                SEEN: F.count(F.lit(1)).over(of_row),
                "_place": F.row_number().over(newest),
            }
        )
        return told.filter(F.col("_place") == 1).drop("_place")

    @cached_property
    def waiting(self) -> DataFrame:
        """The arrivals that can be replayed: not replayed yet, and of batches that the table has.

        What a run has set aside that is under way, or that died, is of no batch yet: its rerun sets it aside anew.
        """
        known = self.kept.select(SCOPE).distinct().collect() if SCOPE in self.kept.columns else []
        ended = F.col(SCOPE).isNull()
        for scope in sorted(row[0] for row in known if row[0] is not None):
            last = last_commit(self.context, self.job, scope)
            ended |= (F.col(SCOPE) == scope) & (F.col(BATCH) <= (last.token.batch if last else 0))
        return self.arrivals.filter((F.col(STATE) != "replayed") & ended)

    def _covered(self, rows: DataFrame, facts: DataFrame) -> DataFrame:
        """Return arrivals with the replay that published each."""
        valid = [attempt.run_id for attempt in self.actions.attempts if attempt.counts(self.last)]
        taken = facts.filter((F.col(ACTION) == TAKEN) & F.col(RUN).isin(valid))
        of_arrival = (
            taken.select(F.col(HASH).alias("_hash"), F.explode(COVERS).alias("_arrival"), RUN, NUMBER)
            .groupBy("_hash", "_arrival")
            .agg(F.max_by(RUN, NUMBER).alias(REPLAYED_BY))
        )
        is_same = (rows[HASH] == of_arrival["_hash"]) & (rows[RUN] == of_arrival["_arrival"])
        return rows.join(of_arrival, is_same, "left").drop("_hash", "_arrival")

    def _fixed(self, rows: DataFrame, facts: DataFrame) -> DataFrame:
        """Return arrivals with the values of the newest fix of their row."""
        names = [name for name in self.contract.column_names if name in rows.columns and name in facts.columns]
        values = F.struct(*map(column, names), column(FIXED))
        newest = _newest(facts, FIX, values)
        both = rows.join(newest, rows[HASH] == newest["_hash"], "left")
        is_fixed = F.col("_told").isNotNull()
        values_now = {
            name: F.when(is_fixed, F.col("_told").getField(name).cast(rows.schema[name].dataType)).otherwise(
                column(name)
            )
            for name in names
        }
        return both.withColumns({**values_now, FIXED: F.col("_told").getField(FIXED)}).drop("_hash", "_told")

    def _refused(self, rows: DataFrame, facts: DataFrame) -> DataFrame:
        """Return arrivals with the reasons of the newest replay that refused their row, unless they came after it."""
        newest = _newest(facts, REFUSED, F.struct(REASONS, VERSION, ACTED_AT))
        both = rows.join(newest, rows[HASH] == newest["_hash"], "left")
        told = F.col("_told")
        is_later = F.coalesce(told.getField(ACTED_AT) >= F.col(SET_ASIDE_AT), F.lit(False))  # noqa: FBT003 - a literal
        now = {name: F.when(is_later, told.getField(name)).otherwise(F.col(name)) for name in (REASONS, VERSION)}
        return both.withColumns(now).drop("_hash", "_told")


def _newest(facts: DataFrame, action: str, told: Column) -> DataFrame:
    """Return, per hash, what the newest fact of a kind says."""
    of_row = facts.filter(F.col(ACTION) == action).groupBy(F.col(HASH).alias("_hash"))
    return of_row.agg(F.max_by(told, NUMBER).alias("_told"))


def last_commit(context: RunContext, job: type[SparkJob], scope: str = LIVE) -> Commit | None:
    """Return the newest commit of a scope in the log of a job's table."""
    table = job.output.name
    store = context.tables.store(table)
    if store.version(table) is None:
        return None
    return store.last_commit(table, Token(job.name(), 0, scope).application)
