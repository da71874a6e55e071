"""Upkeep of Delta tables: clustered compaction, and VACUUM."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import TableError
from tidegate.tables.change_columns import IS_DELETED
from tidegate.tables.columns import quoted
from tidegate.tables.delta_log import DeltaLog
from tidegate.tables.delta_session import tuned, without_token
from tidegate.tables.failures import refusals
from tidegate.tables.upkeep.layout import FileShape, Shape
from tidegate.tables.upkeep.retention import check_retention
from tidegate.tables.upkeep.spread import Value, overlap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pyspark.sql import SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore
    from tidegate.tables.upkeep.layout import Layout

_OPTIMIZE = "spark.databricks.delta.optimize"
_CUBE_FILES = 4
# VACUUM lists folders in as many tasks as this says, however few folders there are; the default is 10,000.
FEW_TASKS = {"spark.sql.sources.parallelPartitionDiscovery.parallelism": "32"}
_DAY = 10  # characters of an ISO date
_STATISTICS = "delta.dataSkippingStatsColumns"
# Types of which Delta keeps the least and the greatest value.
_ORDERED = ("byte", "short", "integer", "long", "float", "double", "decimal", "date", "timestamp", "string")


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
        columns, told = _told(location, log.versions(), live.keys())
        ranges = {name: list(_ranges(name, told)) for name in columns}
        days = [_day(value) for start, end, _ in ranges.get(event_column or "", ()) for value in (start, end)]
        return Shape(
            files,
            columns=columns,
            overlaps={name: share for name, found in ranges.items() if (share := overlap(found)) is not None},
            first_day=min(days, default=None),
            last_day=max(days, default=None),
        )

    def compact(self, table: TableName, layout: Layout) -> bool:
        """Cluster the files that have come since the last time; return whether any was rewritten."""
        location = self._store.location(table)
        name = f"delta.{quoted(location)}"
        session = self._session()
        with refusals(table), without_token(session), tuned(session, _settings(layout)):
            self._prepare(session, location, layout)
            (told,) = session.sql(f"OPTIMIZE {name}").select("metrics.numFilesRemoved").collect()
            if layout.is_purge_due:
                return purged(session, name, layout.cluster_by) or bool(told[0])
        return bool(told[0])

    def expire(self, table: TableName, retention_days: int, keep_from: datetime | None = None) -> int:
        """Remove files that no version of the last days needs; return how many.

        Raises:
            TableError: Fewer days than a running job may need.
        """
        check_retention(table, retention_days)
        hours = 24 * retention_days
        if keep_from:
            hours = max(hours, math.ceil((datetime.now(timezone.utc) - keep_from).total_seconds() / 3600))
        location = self._store.location(table)
        session = self._session()
        before = _data_files(location)
        with refusals(table), without_token(session), tuned(session, FEW_TASKS):
            session.sql(f"VACUUM delta.{quoted(location)} RETAIN {hours} HOURS").collect()
        return before - _data_files(location)

    def _prepare(self, session: SparkSession, location: str, layout: Layout) -> None:
        """Tell Delta the columns to sort by and those to keep statistics of, where it does not know them yet."""
        name = f"delta.{quoted(location)}"
        row = session.sql(f"DESCRIBE DETAIL {name}").select("clusteringColumns", "properties").collect()[0]
        columns = layout.cluster_by[:1]
        if columns and tuple(row[0] or ()) != columns:
            session.sql(f"ALTER TABLE {name} CLUSTER BY ({', '.join(map(quoted, columns))})").collect()
        wanted = ",".join(map(quoted, layout.statistics))
        # Which rows of a file are hidden is told by its statistics of a column that Delta takes into no such list.
        hides = IS_DELETED in session.read.format("delta").load(location).columns
        if wanted and not hides and row[1].get(_STATISTICS) != wanted:
            session.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('{_STATISTICS}' = '{wanted}')").collect()


def purged(session: SparkSession, name: str, cluster_by: Sequence[str]) -> bool:
    """Rewrite each file with struck rows by itself, in its order; return whether there was one.

    Of a clustered table Delta purges no file that is sorted already, so the table is none meanwhile. Where a run dies
    in between, the next upkeep clusters it again.

    Args:
        session: The session.
        name: The table as SQL names it.
        cluster_by: The columns that the table is clustered by; only the first is asked for. None: it is not clustered.
    """
    change = f"ALTER TABLE {name} CLUSTER BY"
    if cluster_by:
        session.sql(f"{change} NONE").collect()
    with tuned(session, {f"{_OPTIMIZE}.maxFileSize": "1"}):  # a file goes with no other
        (told,) = session.sql(f"REORG TABLE {name} APPLY (PURGE)").select("metrics.numFilesRemoved").collect()
    if cluster_by:
        session.sql(f"{change} ({quoted(cluster_by[0])})").collect()
    return bool(told[0])


def _data_files(location: str) -> int:
    """Return how many files with rows lie in the table's folder, whatever version they are of."""
    logs = storage.join(location, "_delta_log")
    return sum(not file.uri.startswith(logs) for file in storage.list_files(location, suffix=".parquet"))


def _settings(layout: Layout) -> dict[str, str]:
    """Return how files are to be written."""
    size = layout.target_file_bytes
    return {
        f"{_OPTIMIZE}.maxFileSize": str(size),
        f"{_OPTIMIZE}.minFileSize": str(size // 2),
        f"{_OPTIMIZE}.clustering.mergeStrategy.minCubeSize.threshold": str(size * _CUBE_FILES),
        "spark.databricks.io.skipping.mdc.sortWithinFiles": "true",  # from Delta 4 on; before, runs stay sorted
        "spark.sql.parquet.compression.codec": "zstd",
        "parquet.compression.codec.zstd.level": str(layout.compression_level),
        "parquet.writer.version": f"v{layout.encodings}",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        **{f"parquet.enable.dictionary#{name}": "false" for name in layout.without_dictionary},
    }


def _told(
    location: str, versions: Iterable[int], live: Iterable[str]
) -> tuple[tuple[str, ...], list[tuple[Mapping[str, Mapping[str, Value]], int]]]:
    """Return the columns of which statistics tell, and for each live file its statistics and its size."""
    wanted = set(live)
    schema = "{}"
    found: dict[str, tuple[Mapping[str, Mapping[str, Value]], int]] = {}
    for version in versions:
        text = storage.read_bytes(storage.join(location, "_delta_log", f"{version:020d}.json"))
        for action in (json.loads(line) for line in text.splitlines() if line.strip()):
            schema = action.get("metaData", {}).get("schemaString", schema)
            if (file := action.get("add")) and file["path"] in wanted:
                found[file["path"]] = (json.loads(file.get("stats") or "{}"), int(file["size"]))
    fields = json.loads(schema).get("fields", ())
    return tuple(field["name"] for field in fields if str(field["type"]).startswith(_ORDERED)), list(found.values())


def _ranges(
    column: str, told: Iterable[tuple[Mapping[str, Mapping[str, Value]], int]]
) -> Iterator[tuple[Value, Value, int]]:
    """Give the least and the greatest value of a column in each file, and the file's size, where it is known."""
    for statistics, size in told:
        start, end = (statistics.get(bound, {}).get(column) for bound in ("minValues", "maxValues"))
        if start is not None and end is not None:
            yield start, end, size


def _day(value: Value) -> date:
    return date.fromisoformat(str(value)[:_DAY])
