"""What was done about quarantined rows: a table beside the quarantine to which facts are only added.

Nothing in a quarantine is changed in place. A fix, a replay and a refusal are rows of their own here, each with the
hash of the row that it is about, and the state of a row follows from both tables. So runs, which only add to the
quarantine, never meet those who mend it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import ConcurrentWriteError
from tidegate.job.quarantine.places import AS_IT_WAS, actions_of
from tidegate.model.commits import Commit, Token
from tidegate.model.modes import Append
from tidegate.model.replays import Attempt
from tidegate.tables.columns import column
from tidegate.tables.port import Batch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.job.context import RunContext
    from tidegate.model.contracts import Contract
    from tidegate.model.names import TableName
    from tidegate.model.replays import Settled
    from tidegate.tables.port import TableStore

ACTION, NUMBER, ACTED_AT = "_action", "_action_number", "_acted_at"
COVERS, REPLAY_NUMBER, FIXED = "_covers", "_replay_number", "_fixed"
HASH, RUN, REASONS, VERSION, SET_ASIDE_AT = "_row_hash", "_run_id", "_reasons", "_contract_version", "_quarantined_at"
FIX, TAKEN, REFUSED = "fix", "replay", "refused"

_REASONS = "array<struct<rule:string,column:string,message:string,severity:string>>"
_OWN: Mapping[str, str] = {
    ACTION: "string",
    NUMBER: "bigint",
    ACTED_AT: "timestamp",
    RUN: "string",
    HASH: "string",
    SET_ASIDE_AT: "timestamp",
    COVERS: "array<string>",
    REPLAY_NUMBER: "bigint",
    REASONS: _REASONS,
    VERSION: "string",
    FIXED: "array<string>",
}


@dataclass(frozen=True)
class Actions:
    """The facts about one table's quarantine, as of the moment when this was made.

    Attributes:
        context: The context.
        source: The table whose rows were set aside.
        job: The job that writes it.
        version: Version of the table of facts; None where nothing was ever done.
    """

    context: RunContext
    source: TableName
    job: str
    version: int | None

    @classmethod
    def of(cls, context: RunContext, source: TableName, job: str) -> Actions:
        """Return the facts that there are now."""
        table = actions_of(source)
        return cls(context, source, job, context.tables.store(table).version(table))

    @property
    def table(self) -> TableName:
        """The table that holds them."""
        return actions_of(self.source)

    @cached_property
    def store(self) -> TableStore:
        """The store of that table."""
        return self.context.tables.store(self.table)

    @cached_property
    def number(self) -> int:
        """The number that the next fact gets: facts are numbered in the order in which they came to be."""
        last = self.store.last_commit(self.table, self._token(0).application) if self.version is not None else None
        return (last.token.batch if last else 0) + 1

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        """All replays that noted which rows they take. Only their ids come to the driver."""
        rows = self.rows()
        if rows is None:
            return ()
        of_runs = rows.filter(F.col(ACTION).isin(TAKEN, "confirmed", "undone")).groupBy(RUN)
        newest = F.max_by(F.when(F.col(ACTION) != TAKEN, F.col(ACTION)), F.when(F.col(ACTION) != TAKEN, F.col(NUMBER)))
        found = of_runs.agg(F.max(REPLAY_NUMBER), newest).collect()
        return tuple(Attempt(run, int(number), settled) for run, number, settled in found if number is not None)

    def rows(self) -> DataFrame | None:
        """Return the facts; None where nothing was ever done."""
        return None if self.version is None else self.store.read(self.table, self.version)

    def settled(self, settlements: Mapping[str, Settled]) -> list[DataFrame]:
        """Return facts about replays of before: that they count, or do not count any more."""
        if not settlements:
            return []
        session = self.context.session()
        return [session.createDataFrame(sorted(settlements.items()), f"{RUN} string, {ACTION} string")]

    def add(self, parts: Sequence[DataFrame], run_id: str, contract: Contract) -> int:
        """Add facts in one commit, and return how many.

        Args:
            parts: The facts; columns that they lack are null.
            run_id: The run that does so; facts that name no run are its own.
            contract: The contract by which it goes.

        Raises:
            ConcurrentWriteError: Somebody else added facts since these were read.
        """
        if not parts:
            return 0
        rows = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), parts)
        stamps: dict[str, Column] = {
            NUMBER: F.lit(self.number),
            ACTED_AT: F.lit(self.context.clock()),
            RUN: F.coalesce(F.col(RUN), F.lit(run_id)) if RUN in rows.columns else F.lit(run_id),
            VERSION: F.lit(contract.version),
        }
        kinds = {**{known.name: known.type for known in contract.columns}, **_OWN}
        present = {name: column(name) for name in rows.columns} | stamps
        rows = rows.select(*(present.get(name, F.lit(None)).cast(kind).alias(name) for name, kind in kinds.items()))
        count = rows.count()
        if count:
            self._publish(rows, count, run_id, contract)
        return count

    def _publish(self, rows: DataFrame, count: int, run_id: str, contract: Contract) -> None:
        batch = Batch(self.table, Append(), rows, contract.column_names, count, terms=AS_IT_WAS)
        commit = Commit(self._token(self.number), run_id, contract_version=contract.version)
        done = self.context.retries.publish(lambda: self.store.publish(batch, commit))
        if done.version_before == done.version_after:
            raise ConcurrentWriteError(
                f"somebody else mended or replayed rows of {self.source} at the same time",
                where=str(self.table),
                hint="nothing was changed; look at what is open now, and try again",
            )

    def _token(self, batch: int) -> Token:
        return Token(f"{self.job}/quarantine-actions", batch)


def fact(action: str) -> Column:
    """Return the column that says what a fact is."""
    return F.lit(action).alias(ACTION)
