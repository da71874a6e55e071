"""What a table's quarantine holds of each batch: the rows of the last run that set some aside, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.job.quarantine.places import AS_IT_WAS
from tidegate.model.commits import Commit, Token
from tidegate.model.modes import Append, Replace
from tidegate.tables.port import Batch

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tidegate.model.names import TableName
    from tidegate.tables.port import Published, TableStore

_GATE_BATCH = "gate_batch"
_AFTER = "after"


@dataclass(frozen=True)
class Bench:
    """The place of one batch in a quarantine table, which the batches of several scopes share.

    Attributes:
        store: The store of the quarantine table.
        table: The quarantine table.
        job: The job whose rows it holds.
        gated: The batch that the gate judged.
    """

    store: TableStore
    table: TableName
    job: str
    gated: Token

    def withdraw(self, run_id: str) -> None:
        """Take out what a killed run of the same batch set aside; a batch is in quarantine once.

        Args:
            run_id: The run that does so.
        """
        version, last = self._last()
        if last is None or version is None or last.watermarks.get(_GATE_BATCH, 0) < self.gated.batch:
            return
        if last.watermarks.get(_AFTER) == version - 1:  # nobody has written since
            self.store.restore(self.table, version - 1)
            return
        rows = self.store.read(self.table, version)
        kept = rows.filter(F.col("_run_id") != last.run_id)
        commit = self._commit(version, last, run_id, last.contract_version)
        without = replace(commit, watermarks={_GATE_BATCH: self.gated.batch - 1, _AFTER: version})
        self._write(kept, Replace(), kept.count(), without)

    def add(self, rows: DataFrame, count: int, run_id: str, contract_version: str) -> Published:
        """Set rows aside.

        Args:
            rows: The rows.
            count: Number of rows.
            run_id: The run that does so.
            contract_version: Version of the contract that they failed.
        """
        version, last = self._last()
        return self._write(rows, Append(), count, self._commit(version, last, run_id, contract_version))

    def _last(self) -> tuple[int | None, Commit | None]:
        version = self.store.version(self.table)
        return version, None if version is None else self.store.last_commit(self.table, self._token(0).application)

    def _token(self, batch: int) -> Token:
        return Token(f"{self.job}/quarantine", batch, self.gated.scope)

    def _commit(self, version: int | None, last: Commit | None, run_id: str, contract_version: str | None) -> Commit:
        batch = (last.token.batch if last else 0) + 1
        marks = {_GATE_BATCH: self.gated.batch, _AFTER: -1 if version is None else version}
        return Commit(self._token(batch), run_id, marks, contract_version=contract_version)

    def _write(self, rows: DataFrame, mode: Append | Replace, count: int, commit: Commit) -> Published:
        compared = tuple(name for name in rows.columns if not name.startswith("_"))
        return self.store.publish(Batch(self.table, mode, rows, compared, count, terms=AS_IT_WAS), commit)
