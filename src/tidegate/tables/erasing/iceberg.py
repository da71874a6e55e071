"""Erasing from Iceberg tables: rows are struck out, the files that hold them rewritten, and old snapshots expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.tables.failures import refusals
from tidegate.tables.iceberg_log import IcebergLog
from tidegate.tables.iceberg_session import alone, registered, staged
from tidegate.tables.iceberg_writes import Target, discard, publish, set_branch
from tidegate.tables.merging import named
from tidegate.tables.upkeep.iceberg import IcebergKeeper

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.erasing.port import Doomed
    from tidegate.tables.iceberg import IcebergStore

# Every file to which a delete belongs is written anew, whatever its size. What is left of the deletes tells positions
# in files, and no values.
_PURGE = "map('delete-file-threshold', '1', 'remove-dangling-deletes', 'true', 'use-starting-sequence-number', 'false')"


class IcebergEraser:
    """Erases rows from Iceberg tables, by Iceberg's own statements and procedures."""

    def __init__(self, store: IcebergStore, session: Callable[[], SparkSession]) -> None:
        """Keep the store and how to get a session."""
        self._store = store
        self._session = session

    def rows(self, table: TableName) -> DataFrame:
        """Return the table's rows, hidden ones too."""
        return self._session().table(self._target(table).name)

    def erase(self, table: TableName, doomed: Doomed, facts: str) -> None:
        """Merge the rows away, in a snapshot that says `facts`, and rewrite every file of which rows are struck out."""
        target = self._target(table)
        with refusals(table), alone(target.session):
            if not doomed.is_empty:
                with staged(target.session, facts), named(doomed.values) as source:
                    statement = f"MERGE INTO {target.name} AS t USING {source} AS s ON {doomed.sql('t', 's')}"
                    target.session.sql(f"{statement} WHEN MATCHED THEN DELETE").collect()
                self._publish(table, target, facts)
            target.call("rewrite_data_files", options=_PURGE)

    def _publish(self, table: TableName, target: Target, facts: str) -> None:
        """Make the snapshot that was staged under these facts the table, unless it is already, or none was made."""
        metadata = self._store.catalog.metadata(table)
        log = IcebergLog(metadata, self._store.location(table)) if metadata else None
        made = log.staged(facts) if log else None
        if log is None or made is None or log.version_of(made.snapshot_id) is not None:
            return
        try:
            publish(target, made.snapshot_id)
        except Exception:
            discard(target, [made.snapshot_id], log.head)
            raise

    def forget(self, table: TableName, before: datetime) -> None:
        """Expire snapshots that were replaced before a moment, with their files; what tidegate needs is remembered.

        The branch that publishers share would keep the last one that was published.
        """
        metadata, target = self._store.catalog.metadata(table), self._target(table)
        if metadata is not None and metadata.current_snapshot_id is not None:
            with refusals(table), alone(target.session):
                set_branch(target, metadata.current_snapshot_id)
        IcebergKeeper(self._store, self._session).expire_before(table, before)

    def leftovers(self, table: TableName, before: datetime) -> int:
        """Return how many data files are older than a moment, and no part of the table."""
        location = self._store.location(table)
        session, name = self._session(), self._target(table).name
        live = {_below(row[0]) for row in session.sql(f"SELECT file_path FROM {name}.files").collect()}  # noqa: S608
        data = storage.list_files(storage.join(location, "data"), suffix=".parquet")
        return sum(file.modified_at < before and _below(file.uri) not in live for file in data)

    def _target(self, table: TableName) -> Target:
        session, catalog = self._session(), self._store.catalog
        return Target(session, registered(session, catalog), catalog.namespace, table.dataset)


def _below(uri: str) -> str:
    return uri.rpartition("/data/")[2]
