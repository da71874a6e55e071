"""Tables as Parquet files with manifests: append-only folders, one per batch, that exist once a manifest names them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import ConcurrentWriteError, PublishError, TableError
from tidegate.model.modes import Append
from tidegate.tables.change_data import resolved, visible
from tidegate.tables.columns import arranged, no_rows, schema_of, widened
from tidegate.tables.evolution import evolved
from tidegate.tables.failures import late, refusals
from tidegate.tables.manifests import DataFile, Manifest, ManifestLog
from tidegate.tables.parquet_changes import ParquetChanges
from tidegate.tables.port import Pending, Published, Version
from tidegate.tables.rewrites import aligned, check_outcomes, rewritten
from tidegate.tables.staging_in_place import CODEC, InPlaceStaging
from tidegate.tables.touched_rows import values
from tidegate.tables.versions import check_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from tidegate.model.commits import Commit
    from tidegate.model.modes import WriteMode
    from tidegate.model.names import TableName
    from tidegate.tables.port import Batch
    from tidegate.tables.rewrites import Rewrite


class ParquetStore:
    """Tables below one folder, each with `data/` and `_manifests/`; modes other than append write a table anew."""

    format = "parquet"

    def __init__(self, root: str, session: Callable[[], SparkSession]) -> None:
        """Keep the folder and how to get a session.

        Args:
            root: Folder of the layer; a table is the folder of its dataset's name in it.
            session: Returns the Spark session.
        """
        self._root = root
        self._session = session

    def location(self, table: TableName) -> str:
        """Return the folder of the table."""
        return storage.join(self._root, table.dataset)

    def version(self, table: TableName) -> int | None:
        """Return the newest version, or None where the table does not exist; one listing of names."""
        return self._log(table).version()

    def last_commit(self, table: TableName, application: str) -> Commit | None:
        """Return the newest commit of that application id, or None."""
        return self._log(table).last_commit(application)

    def files_read(self, table: TableName, family: str) -> frozenset[str]:
        """Return every file named in the commits of the application ids that begin so."""
        log = self._log(table)
        read = log.state(log.version() or 0).files_read
        return frozenset(file for name, files in read.items() if name.startswith(family) for file in files)

    def history(self, table: TableName) -> tuple[Version, ...]:
        """Return all versions of the table, oldest first."""
        return self._log(table).history()

    def pending(self, table: TableName, since: int | None, until: int | None = None) -> Pending:
        """Return what was added or changed after version `since`, up to `until` or the newest.

        Raises:
            TableError: The table does not exist, or its version is lower than `since`.
        """
        until = self._known(table, until)
        if since is None:
            state = self._log(table).state(until)
            return Pending(None, until, state.rows, len(state.files), sum(file.bytes for file in state.files))
        check_reader(table, self.location(table), since, until)
        return self._changes(table).pending(since, until)

    def read(self, table: TableName, version: int | None = None) -> DataFrame:
        """Return the table's rows as of a version; None takes the newest. Columns that a file lacks are null.

        Raises:
            TableError: The table, or that version of it, does not exist.
        """
        return visible(self._whole(table, version))

    def changes(self, table: TableName, since: int | None, until: int) -> DataFrame:
        """Return the rows as they were added or changed to after `since` up to `until`.

        Only the files that these versions name are opened, by their paths.

        Raises:
            TableError: The table, or that version of it, does not exist.
        """
        if since is None:
            return self.read(table, until)
        self._known(table, until)
        return self._changes(table).rows(since, until)

    def touched(self, table: TableName, columns: Sequence[str], since: int | None, until: int) -> DataFrame:
        """Return the values of some columns in rows that came, changed or went.

        Where versions in between wrote the table anew, both states are compared.

        Raises:
            TableError: The table, or that version of it, does not exist.
            PublishError: States are to be compared, and a column holds maps within another value.
        """
        if since is None:
            return values(self.read(table, until), columns)
        self._known(table, until)
        return self._changes(table).values(columns, since, until)

    def schema(self, table: TableName, version: int | None = None) -> StructType:
        """Return the table's columns as of a version, hidden ones too; None takes the newest."""
        return schema_of(self._log(table).manifest(self._known(table, version)).schema)

    def held(self, schema: StructType) -> StructType:
        """Return the columns as they are: the format has all types."""
        return schema

    def staging(self, table: TableName, mode: WriteMode) -> InPlaceStaging | None:
        """Return the place in the table's folder for batches that are only added; None for other modes."""
        return InPlaceStaging(self.location(table), self._session) if isinstance(mode, Append) else None

    def publish(self, batch: Batch, commit: Commit) -> Published:
        """Write the batch's files where they are not in place, then the manifest that makes them exist, with `commit`.

        Raises:
            ConcurrentWriteError: Another writer came first; what was written is removed again, and what was in place
                stays.
            PublishError: The rows do not fit the table.
        """
        batch = resolved(batch)
        table, log = batch.table, self._log(batch.table)
        before = log.version()
        last = log.last_commit(commit.token.application) if before else None
        folder = batch.place or f"data/{commit.token.batch:08d}-{commit.run_id}-{uuid.uuid4().hex[:8]}"
        if before and last and last.token.batch >= commit.token.batch:
            storage.delete_tree(storage.join(self.location(table), folder))
            return Published(before, before, unchanged=batch.count)
        if not batch.is_based_on(before):
            raise late(table)
        try:
            with refusals(table):
                version, schema = self._reshaped(batch, before)
                new = rewritten(schema, lambda: self._whole(table, version), batch)
                try:
                    manifest = self._written(new, batch, commit, (version or 0) + 1, folder)
                finally:
                    new.release()
            log.append(manifest)
        except ConcurrentWriteError:  # files that are in place can be offered again
            if batch.place is None:
                storage.delete_tree(storage.join(self.location(table), folder))
            raise
        except (PublishError, KeyboardInterrupt):  # any other failure may have come after the manifest was written
            storage.delete_tree(storage.join(self.location(table), folder))
            raise
        files, size = manifest.files, sum(file.bytes for file in manifest.files)
        counts = (new.inserted, new.updated, new.unchanged, new.deleted)
        return Published(before, manifest.sequence, *counts, files=len(files), bytes=size)

    def restore(self, table: TableName, version: int | None) -> int | None:
        """Make the table what it was at a version, in a new manifest that names the old files; None removes the table.

        Raises:
            TableError: The table has no such version.
        """
        if version is None or version < 1:
            storage.delete_tree(self.location(table))
            return None
        log, newest = self._log(table), self._known(table)
        target = log.state(self._known(table, version))
        if version == newest:
            return version
        current = {file.path for file in log.state(newest).files}
        back = tuple(file for file in target.files if file.path not in current)
        rows = self._rows(table, back, schema_of(target.schema))
        manifest = Manifest(
            sequence=newest + 1,
            schema=target.schema,
            files=target.files,
            rows=target.rows,
            replaces=True,
            changed=back,
            changed_rows=rows,
            restores=version,
            created_at=_now(),
        )
        log.append(manifest)
        return manifest.sequence

    def _reshaped(self, batch: Batch, before: int | None) -> tuple[int | None, StructType | None]:
        """Return the table's version and columns, once its types are what the batch wants; that rewrites its files."""
        if before is None:
            return None, None
        table, log = batch.table, self._log(batch.table)
        schema = schema_of(log.manifest(before).schema)
        wanted = evolved(schema, batch.rows.schema, batch.terms)
        if wanted == schema:
            return before, schema
        aligned(batch, schema)  # refuses before anything is changed
        state = log.state(before)
        rows = widened(self._frame(table, state.files, schema), wanted)
        again = replace(batch, rows=rows, count=state.rows, place=None)
        files = self._write(rows, again, f"data/{before + 1:08d}-types-{uuid.uuid4().hex[:8]}") if state.files else ()
        log.append(Manifest(before + 1, wanted.json(), files, state.rows, True, (), created_at=_now()))  # noqa: FBT003
        return before + 1, wanted

    def _written(self, new: Rewrite, batch: Batch, commit: Commit, sequence: int, folder: str) -> Manifest:
        table = batch.table
        schema = new.rows.schema
        files = self._placed(new, batch, folder)
        changed = None
        if new.changed is not None:
            some = new.inserted + new.updated + new.deleted
            changed = self._write(new.changed, batch, f"{folder}/changes") if some else ()
        rows = batch.count if batch.place else self._rows(table, files, schema)
        if new.is_addition:
            check_outcomes(rows, batch.count)
        changed_rows = rows if changed is None else self._rows(table, changed, schema)
        return Manifest(
            sequence=sequence,
            schema=schema.json(),
            files=files,
            rows=rows,
            replaces=not new.is_addition,
            changed=changed,
            changed_rows=changed_rows,
            facts=commit.to_json(),
            created_at=_now(),
        )

    def _placed(self, new: Rewrite, batch: Batch, folder: str) -> tuple[DataFile, ...]:
        """Return the files with the new rows; what is in place was counted when it was weighed."""
        if batch.place:
            return self._files(batch, folder)
        return self._write(new.rows, batch, f"{folder}/rows") if batch.count or not new.is_addition else ()

    def _write(self, rows: DataFrame, batch: Batch, folder: str) -> tuple[DataFile, ...]:
        location = self.location(batch.table)
        arranged(rows, batch.count, batch.cluster_by).write.option("compression", CODEC).parquet(
            storage.join(location, folder)
        )
        return self._files(batch, folder)

    def _files(self, batch: Batch, folder: str) -> tuple[DataFile, ...]:
        location = self.location(batch.table)
        written = storage.list_files(storage.join(location, folder), suffix=".parquet")
        return tuple(DataFile(f"{folder}/{file.uri.rsplit('/', 1)[-1]}", file.size) for file in written)

    def _rows(self, table: TableName, files: tuple[DataFile, ...], schema: StructType) -> int:
        """Return how many rows readers see in some files."""
        return visible(self._frame(table, files, schema)).count() if files else 0

    def _whole(self, table: TableName, version: int | None) -> DataFrame:
        """Return a table's rows, hidden ones too."""
        state = self._log(table).state(self._known(table, version))
        return self._frame(table, state.files, schema_of(state.schema))

    def _frame(self, table: TableName, files: Iterable[DataFile], schema: StructType) -> DataFrame:
        session = self._session()
        paths = [storage.join(self.location(table), file.path) for file in files]
        if not paths:
            return no_rows(session.range(0).toDF("_nothing"), schema)
        return session.read.schema(schema).parquet(*paths)

    def _changes(self, table: TableName) -> ParquetChanges:
        return ParquetChanges(self._log(table), partial(self._frame, table))

    def _known(self, table: TableName, version: int | None = None) -> int:
        newest = self._log(table).version()
        if newest is None:
            raise TableError(f"{table} does not exist", where=self.location(table), hint="run the job that writes it")
        if version is not None and not 1 <= version <= newest:
            raise TableError(
                f"{table} has no version {version}", where=self.location(table), hint=f"it has 1 to {newest}"
            )
        return newest if version is None else version

    def _log(self, table: TableName) -> ManifestLog:
        return ManifestLog(self.location(table))


def _now() -> str:
    return datetime.now(tz=timezone.utc).isoformat(timespec="seconds")
