"""Iceberg catalogs: what Spark must be told of each kind, and how its tables' metadata is read without Spark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError
from pyiceberg.io import load_file_io
from pyiceberg.table.metadata import TableMetadataUtil
from pyiceberg.table.refs import MAIN_BRANCH, SnapshotRefType
from pyiceberg.table.update import AssertRefSnapshotId, SetSnapshotRefUpdate, update_table_metadata

from tidegate import storage
from tidegate.errors import AlreadyExistsError, MissingFileError, TableError
from tidegate.tables.failures import late

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyiceberg.catalog import Catalog
    from pyiceberg.io import FileIO
    from pyiceberg.table.metadata import TableMetadata

    from tidegate.model.names import TableName

HADOOP = "hadoop"
NAME = "tidegate"

_METADATA = re.compile(r"v(\d+)\.(?:gz\.)?metadata\.json")
_DRIVERS = {"postgresql": "postgresql+pg8000", "mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}
_JDBC = re.compile(r"jdbc:(\w+):(.+)")


class IcebergCatalog(Protocol):
    """Where the tables of a layer are registered."""

    @property
    def name(self) -> str:
        """Name of the catalog in Spark."""

    @property
    def namespace(self) -> str:
        """Namespace of the layer's tables."""

    def spark_properties(self) -> Mapping[str, str]:
        """Return the properties of Spark's catalog, without the prefix `spark.sql.catalog.<name>`."""

    def metadata(self, table: TableName) -> TableMetadata | None:
        """Return the metadata of a table, or None where it does not exist; *no Spark*."""

    def files(self, metadata: TableMetadata) -> FileIO:
        """Return what reads the table's manifests; *no Spark*."""

    def set_current(self, table: TableName, snapshot_id: int, *, expected: int | None) -> bool:
        """Make one of its snapshots the table, if another one still is it, and return True; *no Spark*.

        Iceberg's own procedures only move on from whatever snapshot is the table by then.

        Args:
            table: The table.
            snapshot_id: The snapshot.
            expected: The one that is to be the table until now.

        Returns:
            False where it was as expected and only Spark can move it.

        Raises:
            ConcurrentWriteError: Another writer committed meanwhile; nothing has changed.
        """


class HadoopCatalog:
    """Tables as folders below the layer's: no service, and one writer at a time on stores without an atomic rename."""

    def __init__(self, location: str) -> None:
        """Keep the layer's folder.

        Raises:
            TableError: The layer's folder has no parent that could be the warehouse.
        """
        self.name = NAME
        self._location = location
        self._warehouse, _, self.namespace = location.rstrip("/").rpartition("/")
        if not self._warehouse or self._warehouse.endswith((":/", ":")) or not self.namespace:
            raise TableError(
                "a layer in Iceberg needs a folder within a folder",
                where=location,
                hint="write storage.layers.<layer>.location as s3://bucket/lake/silver or /lake/silver",
            )

    def spark_properties(self) -> Mapping[str, str]:
        """Return the type and the folder."""
        return {"type": HADOOP, "warehouse": self._warehouse}

    def metadata(self, table: TableName) -> TableMetadata | None:
        """Return the newest metadata file's content: the hint may be old, so newer names are looked for."""
        folder = storage.join(self._location, table.dataset, "metadata")
        version = self._newest(folder)
        if version is None:
            return None
        text = storage.read_bytes(storage.join(folder, f"v{version}.metadata.json")).decode()
        return TableMetadataUtil.parse_raw(text)

    def files(self, metadata: TableMetadata) -> FileIO:
        """Return what reads files by their address alone."""
        return load_file_io({}, location=metadata.location)

    def set_current(self, table: TableName, snapshot_id: int, *, expected: int | None) -> bool:
        """Write the next metadata file, unless somebody else has written it, or the one before is not as expected."""
        folder = storage.join(self._location, table.dataset, "metadata")
        version = self._newest(folder)
        before = storage.join(folder, f"v{version}.metadata.json")
        metadata = TableMetadataUtil.parse_raw(storage.read_bytes(before).decode())
        if metadata.current_snapshot_id != expected:
            raise late(table)
        move = (_moved(metadata, snapshot_id),)
        after = update_table_metadata(metadata, move, enforce_validation=True, metadata_location=before)
        try:
            storage.write_new(
                storage.join(folder, f"v{(version or 0) + 1}.metadata.json"), after.model_dump_json().encode()
            )
        except AlreadyExistsError as error:
            raise late(table) from error
        return True

    def _newest(self, folder: str) -> int | None:
        try:
            version = int(storage.read_bytes(storage.join(folder, "version-hint.text")))
        except (MissingFileError, ValueError):
            names = storage.list_names(folder)
            return max((int(match[1]) for name in names if (match := _METADATA.fullmatch(name))), default=None)
        while storage.exists(storage.join(folder, f"v{version + 1}.metadata.json")):
            version += 1
        return version


class ServedCatalog:
    """Tables that a service or a database registers: JDBC, REST or Glue."""

    def __init__(self, layer: str, properties: Mapping[str, str]) -> None:
        """Keep the namespace and the properties.

        Args:
            layer: Name of the layer, which is the namespace.
            properties: `type` (`jdbc`, `rest` or `glue`) and what Iceberg's Java catalog of that type takes; `name`,
                where the catalog is not to be called `tidegate` in Spark.
        """
        self.namespace = layer
        self.name = properties.get("name", NAME)
        self._properties = {key: value for key, value in properties.items() if key != "name"}

    def spark_properties(self) -> Mapping[str, str]:
        """Return the properties as they are."""
        versions = {"jdbc.schema-version": "V1"} if self._properties["type"] == "jdbc" else {}
        return {**versions, **self._properties}

    def metadata(self, table: TableName) -> TableMetadata | None:
        """Return what the catalog has registered."""
        try:
            return self._reader().load_table((self.namespace, table.dataset)).metadata
        except NoSuchTableError:
            return None

    def files(self, metadata: TableMetadata) -> FileIO:
        """Return what reads files with the catalog's properties."""
        return load_file_io(self._read_properties(), location=metadata.location)

    def set_current(self, table: TableName, snapshot_id: int, *, expected: int | None) -> bool:
        """Let the catalog move `main`, which it does only from the snapshot that is expected.

        SQLite lets nobody write while Spark's session, whose catalog leaves a query open, has the database.
        """
        catalog = self._reader()
        there = catalog.load_table((self.namespace, table.dataset))
        if self._properties.get("uri", "").startswith("jdbc:sqlite:"):
            if there.metadata.current_snapshot_id != expected:
                raise late(table)
            return False
        wanted = AssertRefSnapshotId(ref=MAIN_BRANCH, snapshot_id=expected)
        try:
            catalog.commit_table(there, (wanted,), (_moved(there.metadata, snapshot_id),))
        except CommitFailedException as error:
            raise late(table) from error
        return True

    def _reader(self) -> Catalog:
        return load_catalog(self.name, **self._read_properties())

    def _read_properties(self) -> dict[str, str]:
        """Return the properties as pyiceberg takes them: the same, but for databases."""
        if self._properties["type"] != "jdbc":
            return self._properties
        given = dict(self._properties)
        user, password = given.pop("jdbc.user", ""), given.pop("jdbc.password", "")
        found = _JDBC.fullmatch(given["uri"])
        if found is None:
            raise TableError("this is not the address of a database", where="storage.iceberg.uri", hint="jdbc:...")
        kind, rest = found[1], found[2]
        if kind == "sqlite":
            rest = f"///{rest}"
        elif user:
            account = f"{quote(user, safe='')}:{quote(password, safe='')}@"
            rest = rest.replace("//", f"//{account}", 1)
        return {**given, "type": "sql", "uri": f"{_DRIVERS.get(kind, kind)}:{rest}"}


def _moved(metadata: TableMetadata, snapshot_id: int) -> SetSnapshotRefUpdate:
    """Return the update that moves `main` and leaves how long its snapshots are kept."""
    main = metadata.refs[MAIN_BRANCH]
    return SetSnapshotRefUpdate(
        ref_name=MAIN_BRANCH,
        type=SnapshotRefType.BRANCH,
        snapshot_id=snapshot_id,
        max_ref_age_ms=main.max_ref_age_ms,
        max_snapshot_age_ms=main.max_snapshot_age_ms,
        min_snapshots_to_keep=main.min_snapshots_to_keep,
    )
