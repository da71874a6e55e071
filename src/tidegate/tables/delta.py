"""Tables in Delta Lake, by path. What their logs say is read without Spark."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import PublishError, TableError
from tidegate.model.modes import Append, ApplyChanges, Replace, ReplaceWindow, Scd2, Upsert
from tidegate.tables import change_data, semantics
from tidegate.tables import delta_writes as writes
from tidegate.tables.columns import quoted
from tidegate.tables.delta_changes import DeltaChanges
from tidegate.tables.delta_entries import files_added
from tidegate.tables.delta_log import DeltaLog
from tidegate.tables.delta_session import without_token
from tidegate.tables.evolution import evolved
from tidegate.tables.failures import late, refusals
from tidegate.tables.port import Pending, Published, Version
from tidegate.tables.rewrites import aligned, begun, check_outcomes, table_schema, unchanged
from tidegate.tables.touched_rows import values
from tidegate.tables.versions import check_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from tidegate.model.commits import Commit
    from tidegate.model.modes import WriteMode
    from tidegate.model.names import TableName
    from tidegate.tables.delta_entries import Entry
    from tidegate.tables.port import Batch


class DeltaStore:
    """Delta tables below one folder."""

    format = "delta"

    def __init__(self, root: str, session: Callable[[], SparkSession]) -> None:
        """Keep the folder and how to get a session.

        Args:
            root: Folder of the layer; a table is the folder of its dataset's name in it.
            session: Returns the Spark session, which must know Delta.
        """
        self._root = root
        self._session = session

    def location(self, table: TableName) -> str:
        """Return the folder of the table."""
        return storage.join(self._root, table.dataset)

    def relation(self, table: TableName, version: int) -> str:
        """Return a version as Spark SQL names it."""
        return f"delta.{quoted(self.location(table))} VERSION AS OF {int(version)}"

    def version(self, table: TableName) -> int | None:
        """Return the newest version, or None where the table does not exist; one listing of names."""
        return self._log(table).version()

    def last_commit(self, table: TableName, application: str) -> Commit | None:
        """Return the newest commit of that application id, or None."""
        position = self._log(table).position(application)
        return position.commit if position else None

    def files_read(self, table: TableName, family: str) -> frozenset[str]:
        """Return every file named in the commits of the application ids that begin so."""
        return self._log(table).files_read(family)

    def history(self, table: TableName) -> tuple[Version, ...]:
        """Return all versions that the table's log still has, oldest first."""
        log = self._log(table)
        return tuple(
            Version(entry.version, entry.made_at, entry.operation, entry.commit, entry.is_restore)
            for entry in log.entries(log.versions())
        )

    def standing(self, table: TableName, version: int | None = None) -> Iterator[Version]:
        """Give the versions that count at a version, newest first."""
        for entry in self._log(table).standing(version):
            yield Version(entry.version, entry.made_at, entry.operation, entry.commit, entry.is_restore)

    def pending(self, table: TableName, since: int | None, until: int | None = None) -> Pending:
        """Return what was added or changed after version `since`, up to `until` or the newest.

        Raises:
            TableError: The table does not exist, or its version is lower than `since`.
        """
        log, until = self._log(table), self._known(table, until)
        if since is None:
            live = log.live_files(until)
            if live is None:
                return Pending(None, until)
            rows = [file.rows for file in live.values()]
            return Pending(None, until, _total(rows), len(live), sum(file.bytes for file in live.values()))
        check_reader(table, self.location(table), since, until)
        entries = log.changed(since, until).entries
        files, size = files_added(entries)
        is_reduced = any(entry.takes_rows_away for entry in entries)
        return Pending(since, until, _total([entry.rows_changed for entry in entries]), files, size, is_reduced)

    def read(self, table: TableName, version: int | None = None) -> DataFrame:
        """Return the table's rows as of a version; None takes the newest.

        Raises:
            TableError: The table, or that version of it, does not exist.
        """
        return change_data.visible(self._reader(table, versionAsOf=self._known(table, version)))

    def changes(self, table: TableName, since: int | None, until: int) -> DataFrame:
        """Return the rows as they were added or changed to after `since` up to `until`, from the table's change feed.

        Raises:
            TableError: The table, or that version of it, does not exist, or its log has been cut off.
        """
        if since is None:
            return self.read(table, until)
        return self._changes(table, until).rows(since, until)

    def touched(self, table: TableName, columns: Sequence[str], since: int | None, until: int) -> DataFrame:
        """Return the values of some columns in rows that came, changed or went, from the table's change feed.

        Raises:
            TableError: The table, or that version of it, does not exist, or its log has been cut off.
        """
        if since is None:
            return values(self.read(table, until), columns)
        return self._changes(table, until).values(columns, since, until)

    def schema(self, table: TableName, version: int | None = None) -> StructType:
        """Return the table's columns as of a version, hidden ones too; None takes the newest."""
        return self._reader(table, versionAsOf=self._known(table, version)).schema

    def held(self, schema: StructType) -> StructType:
        """Return the columns as they are: the format has all types."""
        return schema

    def staging(self, table: TableName, mode: WriteMode) -> None:
        """Return None: a batch waits elsewhere."""

    def publish(self, batch: Batch, commit: Commit) -> Published:
        """Make the batch part of the table in one commit that carries `commit`.

        Raises:
            ConcurrentWriteError: Another writer came first.
            PublishError: The rows do not fit the table.
        """
        batch = change_data.resolved(batch)
        table, log, token = batch.table, self._log(batch.table), commit.token
        position = log.position(token.application)
        before = position.version if position else None
        if position and position.commit and position.commit.token.batch >= token.batch:
            return Published(position.version, position.version, unchanged=batch.count)
        if not batch.is_based_on(before):
            raise late(table)
        with refusals(table):
            target = writes.Target(
                session=batch.rows.sparkSession,
                location=self.location(table),
                schema=self._reader(table).schema if position else None,
                transaction=position.transaction if position else token.application,
                number=token.batch,
                facts=commit.to_json(),
            )
            told = self._write(self._reshaped(target, batch), batch, log)
            entry = log.find(token, before)
            if entry is None and target.schema is not None:  # a merge with nothing to do may leave no commit
                writes.commit_alone(target)
                entry = log.find(token, before)
        if entry is None:
            raise PublishError(
                "Delta took the batch for one that the table has, and made no commit",
                where=f"{table}, transaction {target.transaction}, batch {token.batch}",
                hint="another writer uses the same transaction id; look at the table's history",
            )
        if entry.commit and entry.commit.run_id != commit.run_id:  # another run of the same batch was faster
            return Published(entry.version, entry.version, unchanged=batch.count)
        return _published(before, entry, batch, told)

    def restore(self, table: TableName, version: int | None) -> int | None:
        """Make the table what it was at a version, in a new commit; None removes the table. Returns the version.

        Raises:
            ConcurrentWriteError: Another writer committed meanwhile; the table is as that writer left it.
            TableError: The table has no such version, or its files are gone.
        """
        if version is None or version < 0:
            storage.delete_tree(self.location(table))
            return None
        newest, log = self._known(table), self._log(table)
        if version == newest:
            return version
        self._known(table, version)
        self._put_back(table, version)
        after = self._known(table)
        made = next(entry.version for entry in log.entries(range(newest + 1, after + 1)) if entry.is_restore)
        if made > newest + 1:  # Delta puts back what it finds, and another writer had committed since we looked
            if made == after:
                self._put_back(table, made - 1)
            raise late(table)
        return made

    def _put_back(self, table: TableName, version: int) -> None:
        session = self._session()
        with refusals(table), without_token(session):
            session.sql(f"RESTORE TABLE delta.{quoted(self.location(table))} TO VERSION AS OF {int(version)}").collect()

    def _reshaped(self, target: writes.Target, batch: Batch) -> writes.Target:
        """Return the table, once its types and what it takes for null are what the batch wants."""
        if target.schema is None:
            return target
        wanted = evolved(target.schema, batch.rows.schema, batch.terms)
        if wanted == target.schema:
            return target
        aligned(batch, target.schema)  # refuses before anything is changed
        writes.reshape(target, target.schema, wanted)
        return replace(target, schema=self._reader(batch.table).schema)

    def _write(self, target: writes.Target, batch: Batch, log: DeltaLog) -> semantics.Tally | None:
        """Write the batch in one commit; return the outcomes where the commit's own metrics do not tell them."""
        rows = aligned(batch, target.schema if target.schema is not None else table_schema(batch))
        mode = batch.mode
        is_empty = not isinstance(mode, Scd2 | Upsert | ApplyChanges) or self._is_empty(log)
        if not is_empty and batch.count and isinstance(mode, Scd2 | ApplyChanges):
            return writes.merge_differences(target, rows, batch, mode)
        rows, told = begun(rows, batch)
        if isinstance(mode, Replace):
            writes.append(target, rows, batch, where="true")
        elif target.schema is not None and batch.changes_nothing:
            writes.commit_alone(target)
        elif isinstance(mode, ReplaceWindow):
            writes.replace_window(target, rows, batch, mode)
        elif isinstance(mode, Upsert) and not is_empty:
            writes.merge_upsert(target, rows, batch, mode)
        elif batch.keyed_by:
            writes.append_new(target, rows, batch)
        else:
            writes.append(target, rows, batch)
        return told

    def _is_empty(self, log: DeltaLog) -> bool:
        """Return whether the table surely has no rows; told from its log while that is short."""
        version = log.version()
        if version is None or version > _SHORT_LOG:
            return version is None
        live = log.live_files(version)
        return live is not None and all(file.rows == 0 for file in live.values())

    def _changes(self, table: TableName, until: int) -> DeltaChanges:
        self._known(table, until)
        return DeltaChanges(self._log(table), partial(self._reader, table))

    def _reader(self, table: TableName, **options: str | int) -> DataFrame:
        return self._session().read.format("delta").options(**options).load(self.location(table))

    def _known(self, table: TableName, version: int | None = None) -> int:
        newest = self._log(table).version()
        if newest is None:
            raise TableError(f"{table} does not exist", where=self.location(table), hint="run the job that writes it")
        if version is not None and not 0 <= version <= newest:
            raise TableError(
                f"{table} has no version {version}", where=self.location(table), hint=f"it has 0 to {newest}"
            )
        return newest if version is None else version

    def _log(self, table: TableName) -> DeltaLog:
        return DeltaLog(self.location(table))


_SHORT_LOG = 20


def _published(before: int | None, entry: Entry, batch: Batch, told: semantics.Tally | None) -> Published:
    """Return what a commit did to the rows of its batch."""
    deleted = 0
    if told is not None:
        inserted, updated, deleted = told.inserted, told.updated, told.deleted
        check_outcomes(told.total, batch.count)
    elif entry.operation == "MERGE":
        inserted, updated = entry.metric("numTargetRowsInserted") or 0, entry.metric("numTargetRowsUpdated") or 0
        check_outcomes(entry.metric("numSourceRows") or 0, batch.count)
    else:
        inserted, updated = entry.rows_written or 0, 0
        if isinstance(batch.mode, Append | Replace | ReplaceWindow | Upsert) and not batch.keyed_by:
            check_outcomes(inserted, batch.count)
    files, size = files_added((entry,))
    same = unchanged(batch, inserted + updated + deleted)
    return Published(before, entry.version, inserted, updated, same, deleted, files=files, bytes=size)


def _total(rows: list[int | None]) -> int | None:
    known = [count for count in rows if count is not None]
    return sum(known) if len(known) == len(rows) else None
