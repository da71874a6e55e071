"""Erasing from Parquet tables: each file that holds a row is written anew under its own name."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate import storage
from tidegate.errors import TableError
from tidegate.tables.columns import schema_of
from tidegate.tables.failures import refusals
from tidegate.tables.manifests import ManifestLog
from tidegate.tables.staging_in_place import CODEC

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.erasing.port import Doomed
    from tidegate.tables.port import TableStore

_DATA, _WORK, _UNFINISHED = "data", "_erasing", "_temporary"
_FILE = "_file"


class ParquetEraser:
    """Erases rows from Parquet tables, from all their versions at once.

    A manifest names files by path, so a file that is written anew under its own name needs no new version: whoever
    reads any version reads it without the rows. The number of rows that old manifests tell is that of the day they were
    written.
    """

    def __init__(self, store: TableStore, session: Callable[[], SparkSession]) -> None:
        """Keep the store and how to get a session."""
        self._store = store
        self._session = session

    def rows(self, table: TableName) -> DataFrame:
        """Return the rows of all data files below the table's folder, also of those that no manifest names.

        Raises:
            TableError: The table does not exist.
        """
        log, location = ManifestLog(self._store.location(table)), self._store.location(table)
        version = log.version()
        if version is None:
            raise TableError(f"{table} does not exist", where=location, hint="run the job that writes it")
        schema, files = schema_of(log.manifest(version).schema), self._files(table)
        session = self._session()
        return session.read.schema(schema).parquet(*files) if files else session.createDataFrame([], schema)

    def erase(self, table: TableName, doomed: Doomed, facts: str) -> None:  # noqa: ARG002 - no new version, no facts
        """Write each file with such a row anew, without it. A kill in between leaves files that hold it, or do not."""
        if doomed.is_empty:
            return
        with refusals(table):
            named = self.rows(table).withColumn(_FILE, F.input_file_name())
            found = doomed.within(named).select(_FILE).distinct().collect()
            listed = {_comparable(uri): uri for uri in self._files(table)}
            for row in found:
                self._rewrite(table, listed[_comparable(row[_FILE])], doomed)
        storage.delete_tree(storage.join(self._store.location(table), _WORK))

    def forget(self, table: TableName, before: datetime) -> None:
        """Do nothing: no version holds what was erased."""

    def leftovers(self, table: TableName, before: datetime) -> int:  # noqa: ARG002 - as for other formats
        """Return 0: files of old versions were written anew as well."""
        return 0

    def _rewrite(self, table: TableName, uri: str, doomed: Doomed) -> None:
        place = storage.join(self._store.location(table), _WORK, uuid.uuid4().hex)
        whole = self._session().read.parquet(uri)
        doomed.beside(whole).coalesce(1).write.option("compression", CODEC).parquet(place)
        (made,) = storage.list_files(place, suffix=".parquet")
        folder, _, name = uri.rpartition("/")
        storage.delete(f"{folder}/.{name}.crc")  # Hadoop's checksum of the old content, on local disks
        storage.replace(uri, storage.read_bytes(made.uri))
        storage.delete_tree(place)

    def _files(self, table: TableName) -> Sequence[str]:
        folder = storage.join(self._store.location(table), _DATA)
        found = (file.uri for file in storage.list_files(folder, suffix=".parquet"))
        return [uri for uri in found if f"/{_UNFINISHED}/" not in uri]


def _comparable(uri: str) -> str:
    """Return the part of an address that Spark and the storage spell alike: that below the table's data folder."""
    return uri.rpartition(f"/{_DATA}/")[2].replace("%3D", "=")
