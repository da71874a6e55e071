"""Erasing from Delta tables: one commit that rewrites files, and VACUUM."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.tables.columns import quoted
from tidegate.tables.delta_log import DeltaLog
from tidegate.tables.delta_session import tuned, without_token
from tidegate.tables.failures import refusals
from tidegate.tables.merging import named
from tidegate.tables.upkeep.delta import FEW_TASKS, purged

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.erasing.port import Doomed
    from tidegate.tables.port import TableStore

_DELTA = "spark.databricks.delta"
# A deletion vector leaves the row in the file.
_REWRITES = {f"{_DELTA}.merge.deletionVectors.persistent": "false"}
_AT_ONCE = {f"{_DELTA}.retentionDurationCheck.enabled": "false"}


class DeltaEraser:
    """Erases rows from Delta tables.

    It is a MERGE and not a DELETE, because the log tells the condition of a DELETE, values included, and of a MERGE
    nothing but the names of columns.
    """

    def __init__(self, store: TableStore, session: Callable[[], SparkSession]) -> None:
        """Keep the store and how to get a session."""
        self._store = store
        self._session = session

    def rows(self, table: TableName) -> DataFrame:
        """Return the table's rows, hidden ones too."""
        return self._session().read.format("delta").load(self._store.location(table))

    def erase(self, table: TableName, doomed: Doomed, facts: str) -> None:
        """Merge the rows away, in a commit that says `facts`, and rewrite the files with rows struck out before."""
        session, name = self._session(), f"delta.{quoted(self._store.location(table))}"
        settings = {f"{_DELTA}.commitInfo.userMetadata": facts, **_REWRITES}
        with refusals(table), without_token(session), tuned(session, settings):
            if not doomed.is_empty:
                with named(doomed.values) as source:
                    statement = f"MERGE INTO {name} AS t USING {source} AS s ON {doomed.sql('t', 's')}"
                    session.sql(f"{statement} WHEN MATCHED THEN DELETE").collect()
            if self._is_struck(table):
                (kept,) = session.sql(f"DESCRIBE DETAIL {name}").select("clusteringColumns").collect()
                purged(session, name, tuple(kept[0] or ())[:1])

    def forget(self, table: TableName, before: datetime) -> None:
        """VACUUM what was removed before a moment, however short a time ago that is, to the hour."""
        hours = int((datetime.now(timezone.utc) - before).total_seconds() // 3600)
        session, location = self._session(), self._store.location(table)
        with refusals(table), without_token(session), tuned(session, {**_AT_ONCE, **FEW_TASKS}):
            session.sql(f"VACUUM delta.{quoted(location)} RETAIN {max(hours, 0)} HOURS").collect()

    def leftovers(self, table: TableName, before: datetime) -> int:
        """Return how many data files and change files are older than a moment, and no part of the table."""
        location = self._store.location(table)
        log = DeltaLog(location)
        version = log.version()
        live = (log.live_files(version) if version is not None else None) or {}
        logs, root = storage.join(location, "_delta_log"), storage.join(location, "x").removesuffix("x")
        return sum(
            file.modified_at < before and file.uri.removeprefix(root) not in live
            for file in storage.list_files(location, suffix=".parquet")
            if not file.uri.startswith(logs)
        )

    def _is_struck(self, table: TableName) -> bool:
        """Return whether a file of the table has rows that are struck out; yes, where nobody can tell."""
        log = DeltaLog(self._store.location(table))
        version = log.version()
        live = None if version is None else log.live_files(version)
        return live is None or any(file.struck for file in live.values())
