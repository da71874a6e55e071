"""Tables in Apache Iceberg, format version 2. What their metadata says is read without Spark."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql.types import StructType

from tidegate import storage
from tidegate.errors import PublishError, TableError
from tidegate.model.modes import ApplyChanges, Replace, ReplaceWindow, Scd2, Upsert
from tidegate.tables import change_data
from tidegate.tables import iceberg_writes as writes
from tidegate.tables.columns import widened
from tidegate.tables.evolution import evolved
from tidegate.tables.failures import late, refusals
from tidegate.tables.iceberg_catalogs import HadoopCatalog, ServedCatalog
from tidegate.tables.iceberg_changes import IcebergChanges
from tidegate.tables.iceberg_log import IcebergLog
from tidegate.tables.iceberg_outcomes import outcome
from tidegate.tables.iceberg_session import registered
from tidegate.tables.iceberg_snapshots import facts
from tidegate.tables.port import Published
from tidegate.tables.rewrites import aligned, begun, table_schema
from tidegate.tables.touched_rows import values
from tidegate.tables.versions import check_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pyiceberg.table.snapshots import Snapshot
    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.commits import Commit
    from tidegate.model.modes import WriteMode
    from tidegate.model.names import TableName
    from tidegate.tables.iceberg_catalogs import IcebergCatalog
    from tidegate.tables.port import Batch, Pending, Version
    from tidegate.tables.semantics import Tally


class IcebergStore:
    """Iceberg tables of one layer."""

    format = "iceberg"

    def __init__(
        self,
        root: str,
        session: Callable[[], SparkSession],
        *,
        layer: str = "",
        catalog: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the folder, the catalog and how to get a session.

        Args:
            root: Folder of the layer; a table is the folder of its dataset's name in it.
            session: Returns the Spark session, which must have Iceberg's jar and extensions.
            layer: Name of the layer.
            catalog: Properties of the catalog, its `type` among them; None takes the folders themselves (`hadoop`).
        """
        is_served = catalog is not None and catalog.get("type", "hadoop") != "hadoop"
        self._root = root
        self._session = session
        self._is_served = is_served
        self._catalog: IcebergCatalog = (
            ServedCatalog(layer, catalog) if is_served and catalog is not None else HadoopCatalog(root)
        )

    @property
    def catalog(self) -> IcebergCatalog:
        """Where the tables are registered."""
        return self._catalog

    def location(self, table: TableName) -> str:
        """Return the folder of the table."""
        return storage.join(self._root, table.dataset)

    def relation(self, table: TableName, version: int) -> str:
        """Return a version as Spark SQL names it, in a catalog that the session knows from now on.

        Raises:
            TableError: The table, or that version of it, does not exist.
        """
        return self._target(table).relation(self._known(table).entry(version).snapshot_id)

    def version(self, table: TableName) -> int | None:
        """Return the newest version, or None where nothing has been published; reads the table's metadata."""
        log = self._log(table)
        return log.version if log else None

    def last_commit(self, table: TableName, application: str) -> Commit | None:
        """Return the newest commit of that application id, or None."""
        log = self._log(table)
        return log.last_commit(application) if log else None

    def files_read(self, table: TableName, family: str) -> frozenset[str]:
        """Return every file named in the commits of the application ids that begin so."""
        log = self._log(table)
        return log.files_read(family) if log else frozenset()

    def history(self, table: TableName) -> tuple[Version, ...]:
        """Return all versions whose snapshots have not expired, oldest first."""
        log = self._log(table)
        return log.history() if log else ()

    def standing(self, table: TableName, version: int | None = None) -> Iterator[Version]:
        """Give the versions that count at a version, newest first."""
        log = self._log(table)
        return log.standing(version) if log else iter(())

    def pending(self, table: TableName, since: int | None, until: int | None = None) -> Pending:
        """Return what was added or changed after version `since`, up to `until` or the newest.

        Raises:
            TableError: The table does not exist, or its version is lower than `since`.
        """
        log = self._known(table)
        until = log.entry(until).version
        check_reader(table, self.location(table), since, until)
        return log.pending(since, until)

    def read(self, table: TableName, version: int | None = None) -> DataFrame:
        """Return the table's rows as of a version; None takes the newest.

        Raises:
            TableError: The table, or that version of it, does not exist.
        """
        return change_data.visible(self._whole(table, version))

    def changes(self, table: TableName, since: int | None, until: int) -> DataFrame:
        """Return the rows as they were added or changed to after `since` up to `until`.

        Raises:
            TableError: The table, or that version of it, does not exist, or has expired.
        """
        if since is None:
            return self.read(table, until)
        return self._changes(table).rows(since, until)

    def touched(self, table: TableName, columns: Sequence[str], since: int | None, until: int) -> DataFrame:
        """Return the values of some columns in rows that came, changed or went.

        Raises:
            TableError: The table, or that version of it, does not exist, or has expired.
            PublishError: States are to be compared, and a column holds maps within another value.
        """
        if since is None:
            return values(self.read(table, until), columns)
        return self._changes(table).values(columns, since, until)

    def schema(self, table: TableName, version: int | None = None) -> StructType:
        """Return the table's columns as of a version, hidden ones too; None takes the newest."""
        return self._whole(table, version).schema

    def held(self, schema: StructType) -> StructType:
        """Return the columns with the types that Iceberg has: its smallest integer is an int."""
        return writes.held(schema)

    def staging(self, table: TableName, mode: WriteMode) -> None:
        """Return None: a batch waits elsewhere."""

    def publish(self, batch: Batch, commit: Commit) -> Published:
        """Make the batch part of the table in one snapshot that carries `commit`.

        The snapshot is made where no reader sees it, on top of the one in which the token was looked for, and becomes
        the table only if that one still is the table.

        Raises:
            ConcurrentWriteError: Another writer came first.
            PublishError: The rows do not fit the table.
        """
        batch = change_data.resolved(batch)
        table, log = batch.table, self._log(batch.table)
        before = log.version if log else None
        last = log.last_commit(commit.token.application) if log else None
        if before is not None and last and last.token.batch >= commit.token.batch:
            return Published(before, before, unchanged=batch.count)
        if not batch.is_based_on(before):
            raise late(table)
        text = facts(commit, (before or 0) + 1)
        with refusals(table):
            target = self._target(table, log.head if log else None, text)
            told, columns = self._write(target, batch, is_empty=log is None or log.is_empty)
            made = self._published(target, table, columns)
        after = self._known(table).version_of(made.snapshot_id)
        if after is None:  # another publisher moved the branch between our two steps
            self._discard(target, table, made)
            raise late(table)
        return outcome(Published(before, after), made, batch, told)

    def restore(self, table: TableName, version: int | None) -> int | None:
        """Make the table what it was at a version, as a new one; None removes the table. Returns the version.

        Raises:
            ConcurrentWriteError: Another writer committed meanwhile; the table is as that writer left it.
            TableError: The table has no such version, or it has expired.
        """
        target = self._target(table)
        if version is None or version < 1:
            with refusals(table):
                target.session.sql(f"DROP TABLE IF EXISTS {target.name} PURGE").collect()
            return None
        log = self._known(table)
        entry = log.entry(version)
        if entry.version == log.version:
            return entry.version
        with refusals(table):
            if not self._catalog.set_current(table, entry.snapshot_id, expected=log.head):
                target.call("set_current_snapshot", snapshot_id=f"{entry.snapshot_id}L")
            schema = target.at(entry.snapshot_id).schema
            writes.shape(target, schema, schema)
        return self.version(table)

    def _write(self, target: writes.Target, batch: Batch, *, is_empty: bool) -> tuple[Tally | None, frozenset[str]]:
        """Make the snapshot of a batch; return the outcomes, where its summary does not tell them, and its columns."""
        batch = replace(batch, rows=writes.stored(batch.rows))
        mode, schema = batch.mode, table_schema(batch)
        if target.head is None:
            writes.create(target, schema, self.location(batch.table) if self._is_served else None)
            rows = aligned(batch, schema)
        else:
            visible, physical = target.at(target.head).schema, target.schema()
            there = StructType([physical[name] if name in physical.names else visible[name] for name in visible.names])
            rows = aligned(batch, there)
            writes.shape(target, visible, rows.schema)
            writes.reshape(target, there, evolved(there, rows.schema, batch.terms))
        columns = frozenset(rows.columns)
        if not is_empty and batch.count and isinstance(mode, Scd2 | ApplyChanges):
            return writes.merge_differences(target, rows, batch, mode), columns
        rows, told = begun(rows, batch)
        rows = widened(rows, target.schema())
        if isinstance(mode, ReplaceWindow) and not is_empty and not batch.changes_nothing:
            writes.replace_window(target, rows, batch, mode)
        elif isinstance(mode, Upsert) and not is_empty and batch.count:
            writes.merge_upsert(target, rows, batch, mode)
        else:
            writes.append(target, rows, batch, replaces=isinstance(mode, Replace))
        return told, columns

    def _published(self, target: writes.Target, table: TableName, columns: frozenset[str]) -> Snapshot:
        """Make the snapshot that was just written the table, and return it; one that came too late is removed."""
        log = self._log(table)
        made = log.staged(target.facts) if log else None
        if log is None or made is None:
            raise PublishError("Iceberg made no snapshot of the batch", where=target.name)
        if not log.is_next(made, target.head) or not columns <= log.columns(made):
            self._discard(target, table, made)
            raise late(table)
        try:
            writes.publish(target, made.snapshot_id)
        except Exception:
            self._discard(target, table, made)
            raise
        return made

    def _discard(self, target: writes.Target, table: TableName, made: Snapshot) -> None:
        """Remove a snapshot, unless it is the table by now."""
        log = self._log(table)
        if log and log.version_of(made.snapshot_id) is None:
            writes.discard(target, [snapshot.snapshot_id for snapshot in log.waiting(made)], log.head)

    def _changes(self, table: TableName) -> IcebergChanges:
        log, metadata = self._known(table), self._catalog.metadata(table)
        if metadata is None:
            raise _missing(table, self.location(table))
        return IcebergChanges(log, metadata, self._target(table), self._catalog.files(metadata))

    def _whole(self, table: TableName, version: int | None) -> DataFrame:
        """Return the rows of a version, hidden ones too."""
        entry = self._known(table).entry(version)
        return self._target(table).at(entry.snapshot_id)

    def _target(self, table: TableName, head: int | None = None, text: str = "") -> writes.Target:
        session = self._session()
        name = registered(session, self._catalog)
        return writes.Target(session, name, self._catalog.namespace, table.dataset, head, text)

    def _log(self, table: TableName) -> IcebergLog | None:
        """Return the table's history, or None where the catalog does not know the table."""
        metadata = self._catalog.metadata(table)
        return IcebergLog(metadata, self.location(table)) if metadata else None

    def _known(self, table: TableName) -> IcebergLog:
        log = self._log(table)
        if log is None or log.version is None:
            raise _missing(table, self.location(table))
        return log


def _missing(table: TableName, location: str) -> TableError:
    return TableError(f"{table} does not exist", where=location, hint="run the job that writes it")
