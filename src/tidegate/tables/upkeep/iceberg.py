"""Upkeep of Iceberg tables: sorted compaction, and expiry that forgets nothing tidegate needs."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFileContent
from pyiceberg.schema import index_by_id
from pyiceberg.types import DateType, ListType, MapType, PrimitiveType, TimestampType, TimestamptzType

from tidegate.errors import TableError
from tidegate.tables.columns import quoted
from tidegate.tables.failures import refusals
from tidegate.tables.iceberg_log import IcebergLog
from tidegate.tables.iceberg_remembered import PROPERTY
from tidegate.tables.iceberg_session import alone, registered
from tidegate.tables.iceberg_writes import Target, text
from tidegate.tables.upkeep.advice import MANIFEST_BYTES, is_debt
from tidegate.tables.upkeep.iceberg_expiry import plan_expiry
from tidegate.tables.upkeep.layout import FEW_FILES, FileShape, Shape
from tidegate.tables.upkeep.retention import check_retention
from tidegate.tables.upkeep.spread import overlap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyiceberg.manifest import DataFile
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.types import NestedField
    from pyspark.sql import SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.iceberg import IcebergStore
    from tidegate.tables.upkeep.layout import Layout
    from tidegate.tables.upkeep.spread import Value

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_PATH = 2147483546  # the column of deletes with the path of the file, by Iceberg's specification
_UNORDERED = ("boolean", "binary", "uuid", "fixed")


class IcebergKeeper:
    """Keeps Iceberg tables in order, by Iceberg's own procedures.

    Compaction sorts the files that are small or much struck out into files of the layout's size, and leaves the others:
    its cost follows what is new. Expiry removes snapshots that the retention does not ask for, after it has written
    down what tidegate needs of them.
    """

    def __init__(self, store: IcebergStore, session: Callable[[], SparkSession]) -> None:
        """Keep the store and how to get a session."""
        self._store = store
        self._session = session

    def shape(self, table: TableName, event_column: str | None) -> Shape:
        """Return the table's statistics from its manifests.

        Raises:
            TableError: The table does not exist.
        """
        metadata = self._metadata(table)
        snapshot = metadata.snapshot_by_id(metadata.current_snapshot_id or -1)
        if snapshot is None:
            raise self._missing(table)
        io = self._store.catalog.files(metadata)
        manifests = snapshot.manifests(io)
        found = [entry.data_file for manifest in manifests for entry in manifest.fetch_manifest_entry(io)]
        data = [file for file in found if file.content is DataFileContent.DATA]
        fields = [field for field in metadata.schema().fields if _has_order(field)]
        ranges = {field.name: _ranges(field, data) for field in fields}
        days = [day for field in fields if field.name == event_column for day in _days(field, ranges[field.name])]
        return Shape(
            files=tuple(FileShape(file.file_size_in_bytes, file.record_count) for file in data),
            strikes=tuple(_strikes(found, is_removable=not _has_lists(metadata))),
            manifests=tuple(manifest.manifest_length for manifest in manifests),
            first_day=min(days, default=None),
            last_day=max(days, default=None),
            encodings=1,
            columns=tuple(ranges),
            overlaps={name: share for name, found in ranges.items() if (share := overlap(found)) is not None},
        )

    def compact(self, table: TableName, layout: Layout) -> bool:
        """Sort the files that are small or much struck out into larger ones; return whether any was rewritten.

        Files of deletes are put together, too; of tables with lists or maps, whose deletes Iceberg 1.10 cannot rewrite,
        the files that many deletes belong to are written anew.
        """
        target = self._target(table)
        order = ", ".join(f"{quoted(name)} ASC NULLS FIRST" for name in layout.cluster_by)
        arguments = {"strategy": text("sort"), "sort_order": text(order)} if order else {}
        size = layout.target_file_bytes
        options = {
            "target-file-size-bytes": size,
            "min-file-size-bytes": size // 2,
            "max-file-size-bytes": size * 4,
            "min-input-files": 2,
            "delete-ratio-threshold": layout.struck_share,
            "remove-dangling-deletes": "true",
            "use-starting-sequence-number": "false",  # else deletes of the rewritten files would seem to be of the new
        }
        is_nested = _has_lists(self._metadata(table))
        if is_nested:
            options["delete-file-threshold"] = 1 if layout.is_purge_due else FEW_FILES
        with refusals(table), alone(target.session):
            self._prepare(target, table, layout)
            (told,) = target.call("rewrite_data_files", **arguments, options=_map(options))
            is_rewritten = bool(told["rewritten_data_files_count"])
            after = self.shape(table, None)
            if after.strikes and not is_nested and (layout.is_purge_due or len(after.strikes) >= FEW_FILES):
                target.call("rewrite_position_delete_files", options=_map({"rewrite-all": "true"}))
            if is_debt(after.manifests, MANIFEST_BYTES):
                target.call("rewrite_manifests")
        return is_rewritten

    def expire(self, table: TableName, retention_days: int, keep_from: datetime | None = None) -> int:
        """Let snapshots go that nobody needs, and remove their files and those of runs that died; return how many.

        Raises:
            TableError: Fewer days than a running job may need.
        """
        check_retention(table, retention_days)
        before = datetime.now(timezone.utc) - timedelta(days=retention_days)
        removed = self.expire_before(table, min(before, keep_from or before))
        target = self._target(table)
        with refusals(table), alone(target.session):
            moment = f"TIMESTAMP '{before:%Y-%m-%d %H:%M:%S} UTC'"
            left = target.call("remove_orphan_files", older_than=moment, prefix_listing="true")
        return removed + len(left)

    def expire_before(self, table: TableName, before: datetime) -> int:
        """Let snapshots go that nobody needs who looks no further back than a moment; return how many files went."""
        metadata, target = self._metadata(table), self._target(table)
        plan = plan_expiry(metadata, self._log(table, metadata), before)
        with refusals(table), alone(target.session):
            for branch in plan.branches:
                target.session.sql(f"ALTER TABLE {target.name} DROP BRANCH {quoted(branch)}").collect()
            if plan.remembered:
                _set(target, {PROPERTY: plan.remembered.to_json()})
            if plan.snapshots:
                ids = ", ".join(f"{snapshot}L" for snapshot in plan.snapshots)
                (told,) = target.call("expire_snapshots", snapshot_ids=f"array({ids})")
                return sum(count or 0 for count in told)
        return 0

    def _prepare(self, target: Target, table: TableName, layout: Layout) -> None:
        """Tell the table how its files are to be written from now on, where it does not know."""
        wanted = {
            "write.parquet.compression-codec": "zstd",
            "write.parquet.compression-level": str(layout.compression_level),
            "write.target-file-size-bytes": str(layout.target_file_bytes),
        }
        if layout.statistics:
            wanted["write.metadata.metrics.default"] = "none"
            wanted |= {f"write.metadata.metrics.column.{name}": "truncate(16)" for name in layout.statistics}
        known = self._metadata(table).properties
        _set(target, {name: value for name, value in wanted.items() if known.get(name) != value})

    def _target(self, table: TableName) -> Target:
        session, catalog = self._session(), self._store.catalog
        return Target(session, registered(session, catalog), catalog.namespace, table.dataset)

    def _log(self, table: TableName, metadata: TableMetadata) -> IcebergLog:
        return IcebergLog(metadata, self._store.location(table))

    def _metadata(self, table: TableName) -> TableMetadata:
        metadata = self._store.catalog.metadata(table)
        if metadata is None:
            raise self._missing(table)
        return metadata

    def _missing(self, table: TableName) -> TableError:
        where = self._store.location(table)
        return TableError(f"{table} does not exist", where=where, hint="run the job that writes it")


def _has_lists(metadata: TableMetadata) -> bool:
    """Return whether a table's rows have lists or maps, however deep: its deletes cannot be rewritten.

    Source: https://github.com/apache/iceberg/issues/15080
    """
    return any(isinstance(field.field_type, ListType | MapType) for field in index_by_id(metadata.schema()).values())


def _strikes(found: list[DataFile], *, is_removable: bool) -> Iterator[FileShape]:
    """Yield the files of deletes; those that strike rows of no file that is there only where they can be removed."""
    live = {file.file_path for file in found if file.content is DataFileContent.DATA}
    for file in found:
        if file.content is DataFileContent.DATA:
            continue
        ends = {(bounds or {}).get(_PATH, b"").decode() for bounds in (file.lower_bounds, file.upper_bounds)}
        is_live = len(ends) > 1 or ends == {""} or bool(ends & live)  # one of several files has a range of paths
        if is_live or is_removable:
            yield FileShape(file.file_size_in_bytes, struck=file.record_count if is_live else 0)


def _has_order(field: NestedField) -> bool:
    return isinstance(field.field_type, PrimitiveType) and not str(field.field_type).startswith(_UNORDERED)


def _set(target: Target, properties: Mapping[str, str]) -> None:
    told = ", ".join(f"{text(name)} = {text(value)}" for name, value in properties.items())
    if told:
        target.session.sql(f"ALTER TABLE {target.name} SET TBLPROPERTIES ({told})").collect()


def _map(options: Mapping[str, object]) -> str:
    return f"map({', '.join(f'{text(name)}, {text(str(value))}' for name, value in options.items())})"


def _ranges(field: NestedField, files: list[DataFile]) -> list[tuple[Value, Value, int]]:
    """Return the least and the greatest value of a column in each file, and the file's size, where it is known."""
    kind = field.field_type
    if not isinstance(kind, PrimitiveType):
        return []
    return [
        (from_bytes(kind, file.lower_bounds[field.field_id]), from_bytes(kind, end), file.file_size_in_bytes)
        for file in files
        if (end := (file.upper_bounds or {}).get(field.field_id)) is not None and file.lower_bounds
    ]


def _days(field: NestedField, values: list[tuple[Value, Value, int]]) -> list[date]:
    """Return the days of the least and greatest values of a column; none where it holds no moments."""
    if not isinstance(field.field_type, DateType | TimestampType | TimestamptzType):
        return []
    unit = timedelta(days=1) if isinstance(field.field_type, DateType) else timedelta(microseconds=1)
    return [(_EPOCH + unit * int(value)).date() for start, end, _ in values for value in (start, end)]
