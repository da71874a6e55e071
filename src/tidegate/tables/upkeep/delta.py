"""Upkeep of Delta tables: clustered compaction, and VACUUM."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import TableError
from tidegate.tables.columns import quoted
from tidegate.tables.delta_log import DeltaLog
from tidegate.tables.delta_session import tuned, without_token
from tidegate.tables.failures import refusals
from tidegate.tables.upkeep.layout import FileShape, Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyspark.sql import SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore
    from tidegate.tables.upkeep.layout import Layout

LEAST_RETENTION_DAYS = 7  # below it, Delta refuses: a running reader or writer may still need the files

_OPTIMIZE = "spark.databricks.delta.optimize"
_CUBE_FILES = 4
# VACUUM lists folders in as many tasks as this says, however few folders there are; the default is 10,000.
_FEW_TASKS = {"spark.sql.sources.parallelPartitionDiscovery.parallelism": "32"}
_DAY = 10  # characters of an ISO date


class DeltaKeeper:
    """Keeps Delta tables in order.

    Compaction keeps rows sorted by the first column of the layout, which prunes the files of a merge. It uses Delta's
    clustered tables, whose OPTIMIZE sorts what has come since the last one and leaves the rest: its cost follows what
    is new. Delta's plain OPTIMIZE would put files of days that lie far apart into one.
    """

    def __init__(self, store: TableStore, session: Callable[[], SparkSession]) -> None:
        """Keep the store and how to get a session."""
        self._store = store
        self._session = session

    def shape(self, table: TableName, event_column: str | None) -> Shape:
        """Return the table's statistics from its log.

        Raises:
            TableError: The table does not exist, or its log is cut off.
        """
        location = self._store.location(table)
        log = DeltaLog(location)
        version = log.version()
        live = None if version is None else log.live_files(version)
        if live is None:
            raise TableError(
                f"{table} does not exist" if version is None else f"the log of {table} is cut off",
                where=location,
                hint="run the job that writes it" if version is None else "the table's statistics cannot be told",
            )
        files = tuple(FileShape(file.bytes, file.rows, file.struck) for file in live.values())
        days = _event_days(location, log.versions(), live.keys(), event_column) if event_column else ()
        return Shape(files, min(days, default=None), max(days, default=None))

    def compact(self, table: TableName, layout: Layout) -> bool:
        """Cluster the files that have come since the last time; return whether any was rewritten."""
        name = f"delta.{quoted(self._store.location(table))}"
        session = self._session()
        settings = {
            f"{_OPTIMIZE}.maxFileSize": str(layout.target_file_bytes),
            f"{_OPTIMIZE}.minFileSize": str(layout.target_file_bytes // 2),
            f"{_OPTIMIZE}.clustering.mergeStrategy.minCubeSize.threshold": str(layout.target_file_bytes * _CUBE_FILES),
            "spark.sql.parquet.compression.codec": "zstd",
            "parquet.compression.codec.zstd.level": str(layout.compression_level),
        }
        with refusals(table), without_token(session), tuned(session, settings):
            self._cluster(session, name, layout.cluster_by[:1])
            (told,) = session.sql(f"OPTIMIZE {name}").select("metrics.numFilesRemoved").collect()
        return bool(told[0])

    def expire(self, table: TableName, retention_days: int) -> int:
        """Remove files that no version of the last days needs; return how many.

        Raises:
            TableError: Fewer days than a running job may need.
        """
        if retention_days < LEAST_RETENTION_DAYS:
            raise TableError(
                f"a retention of {retention_days} days is too short",
                where=str(table),
                hint=f"at least {LEAST_RETENTION_DAYS} days, so that no running job loses its files",
            )
        location = self._store.location(table)
        session = self._session()
        before = len(storage.list_files(location, suffix=".parquet"))
        with refusals(table), without_token(session), tuned(session, _FEW_TASKS):
            session.sql(f"VACUUM delta.{quoted(location)} RETAIN {int(retention_days) * 24} HOURS").collect()
        return before - len(storage.list_files(location, suffix=".parquet"))

    def _cluster(self, session: SparkSession, name: str, columns: tuple[str, ...]) -> None:
        """Tell Delta the columns to sort by, where it does not know them yet."""
        (detail,) = session.sql(f"DESCRIBE DETAIL {name}").select("clusteringColumns").collect()
        if columns and tuple(detail[0] or ()) != columns:
            session.sql(f"ALTER TABLE {name} CLUSTER BY ({', '.join(map(quoted, columns))})").collect()


def _event_days(location: str, versions: Iterable[int], live: Iterable[str], column: str) -> list[date]:
    """Return the oldest and the newest day that the statistics of each live file know."""
    wanted = set(live)
    days: list[date] = []
    for version in versions:
        text = storage.read_bytes(storage.join(location, "_delta_log", f"{version:020d}.json"))
        actions = (json.loads(line) for line in text.splitlines() if line.strip())
        for action in actions:
            if "add" in action and action["add"]["path"] in wanted:
                days += _days(json.loads(action["add"].get("stats") or "{}"), column)
    return days


def _days(statistics: Mapping[str, Mapping[str, object]], column: str) -> list[date]:
    known = (statistics.get(bound, {}).get(column) for bound in ("minValues", "maxValues"))
    return [date.fromisoformat(str(value)[:_DAY]) for value in known if value is not None]
