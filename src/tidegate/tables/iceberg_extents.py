"""How far the files of an Iceberg table reach, told from the bounds in its manifests."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFileContent
from pyiceberg.types import (
    DateType,
    DecimalType,
    IcebergType,
    ListType,
    MapType,
    PrimitiveType,
    TimestampType,
    TimestamptzType,
)
from pyiceberg.types import StructType as IcebergStruct
from pyspark.sql import types as T

from tidegate.tables.extents import Extent
from tidegate.tables.iceberg_files import added_data
from tidegate.tables.iceberg_log import IcebergLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyiceberg.manifest import DataFile
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.types import NestedField

    from tidegate.model.names import TableName
    from tidegate.tables.iceberg import IcebergStore

_PLAIN: Mapping[str, T.DataType] = {
    "binary": T.BinaryType(),
    "boolean": T.BooleanType(),
    "date": T.DateType(),
    "double": T.DoubleType(),
    "float": T.FloatType(),
    "int": T.IntegerType(),
    "long": T.LongType(),
    "string": T.StringType(),
    "timestamp": T.TimestampNTZType(),
    "timestamptz": T.TimestampType(),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class IcebergLogReader:
    """Reads the metadata and manifests of Iceberg tables."""

    def __init__(self, store: IcebergStore) -> None:
        """Keep the store."""
        self._store = store

    def extents(self, table: TableName, column: str | None, since: int | None, until: int) -> tuple[Extent, ...] | None:
        """Return the files added in between, or all, with the days that their bounds say."""
        metadata = self._store.catalog.metadata(table)
        if metadata is None:
            return None
        log, io = IcebergLog(metadata, self._store.location(table)), self._store.catalog.files(metadata)
        if since is None:
            manifests = log.snapshot(log.entry(until).snapshot_id).manifests(io)
            found = [entry.data_file for one in manifests for entry in one.fetch_manifest_entry(io)]
            files = [file for file in found if file.content is DataFileContent.DATA]
        else:
            ranges = log.changed(since, until)
            made = [one for first, last in ranges for version in range(first, last + 1) for one in log.made_by(version)]
            files = list(added_data(made, io))
        field = _field(metadata, column)
        return tuple(_extent(file, field) for file in files)

    def columns(self, table: TableName) -> T.StructType | None:
        """Return the columns of the current schema; None where Spark has no such type."""
        metadata = self._store.catalog.metadata(table)
        try:
            return None if metadata is None else _struct(metadata.schema().fields)
        except KeyError:
            return None


def _extent(file: DataFile, field: NestedField | None) -> Extent:
    if field is None or not isinstance(field.field_type, DateType | TimestampType | TimestamptzType):
        return Extent(file.file_size_in_bytes)
    first, last = (_day(field, bounds) for bounds in (file.lower_bounds, file.upper_bounds))
    return Extent(file.file_size_in_bytes, first, last)


def _day(field: NestedField, bounds: Mapping[int, bytes] | None) -> date | None:
    value = (bounds or {}).get(field.field_id)
    if value is None or not isinstance(field.field_type, PrimitiveType):
        return None
    unit = timedelta(days=1) if isinstance(field.field_type, DateType) else timedelta(microseconds=1)
    return (_EPOCH + unit * int(from_bytes(field.field_type, value))).date()


def _field(metadata: TableMetadata, column: str | None) -> NestedField | None:
    return next((field for field in metadata.schema().fields if field.name == column), None)


def _struct(fields: Iterable[NestedField]) -> T.StructType:
    return T.StructType([T.StructField(field.name, _type(field.field_type), not field.required) for field in fields])


def _type(kind: IcebergType) -> T.DataType:
    if isinstance(kind, IcebergStruct):
        return _struct(kind.fields)
    if isinstance(kind, ListType):
        return T.ArrayType(_type(kind.element_type), not kind.element_required)
    if isinstance(kind, MapType):
        return T.MapType(_type(kind.key_type), _type(kind.value_type), not kind.value_required)
    if isinstance(kind, DecimalType):
        return T.DecimalType(kind.precision, kind.scale)
    return _PLAIN[str(kind)]
