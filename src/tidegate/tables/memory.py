"""Tables in memory, for tests: the semantics of the other formats, without files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tidegate.errors import TableError
from tidegate.tables.change_columns import IS_DELETED
from tidegate.tables.change_data import resolved, visible
from tidegate.tables.failures import refusals
from tidegate.tables.port import Pending, Published, Version
from tidegate.tables.rewrites import rewritten
from tidegate.tables.touched_rows import differing, values
from tidegate.tables.versions import check_reader, segments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import Row, StructType

    from tidegate.model.commits import Commit
    from tidegate.model.modes import WriteMode
    from tidegate.model.names import TableName
    from tidegate.tables.port import Batch


@dataclass(frozen=True)
class _Version:
    schema: StructType
    rows: tuple[Row, ...]
    changed: tuple[Row, ...]
    commits: Mapping[str, Commit]
    files: Mapping[str, frozenset[str]]
    restored: int | None = None
    is_restore: bool = False
    commit: Commit | None = None
    made_at: datetime = field(default_factory=lambda: datetime.now(tz=timezone.utc))


class MemoryStore:
    """Tables that live as long as this object. Rows are held by the driver: for tests, with few rows."""

    format = "memory"

    def __init__(self, root: str, session: Callable[[], SparkSession]) -> None:
        """Keep where the tables seem to be, and how to get a session.

        Args:
            root: Address that the tables' locations begin with.
            session: Returns the Spark session.
        """
        self._root = root.rstrip("/")
        self._session = session
        self._tables: dict[TableName, list[_Version]] = {}

    def location(self, table: TableName) -> str:
        """Return the address of the table; nothing is there."""
        return f"{self._root}/{table.dataset}"

    def version(self, table: TableName) -> int | None:
        """Return the newest version, or None where the table does not exist."""
        return len(self._tables.get(table, ())) or None

    def last_commit(self, table: TableName, application: str) -> Commit | None:
        """Return the newest commit of that application id, or None."""
        versions = self._tables.get(table)
        return versions[-1].commits.get(application) if versions else None

    def files_read(self, table: TableName, family: str) -> frozenset[str]:
        """Return every file named in the commits of the application ids that begin so."""
        versions = self._tables.get(table)
        read = versions[-1].files if versions else {}
        return frozenset(file for name, files in read.items() if name.startswith(family) for file in files)

    def history(self, table: TableName) -> tuple[Version, ...]:
        """Return all versions of the table, oldest first."""
        return tuple(
            Version(number, at.made_at, "RESTORE" if at.is_restore else "WRITE", at.commit, at.is_restore)
            for number, at in enumerate(self._tables.get(table, ()), start=1)
        )

    def standing(self, table: TableName, version: int | None = None) -> Iterator[Version]:
        """Give the versions that count at a version, newest first."""
        versions, known = self._tables.get(table, []), self.history(table)
        number = len(versions) if version is None else version
        while number >= 1:
            yield known[number - 1]
            restored = versions[number - 1].restored
            number = number - 1 if restored is None else restored

    def pending(self, table: TableName, since: int | None, until: int | None = None) -> Pending:
        """Return what was added or changed after version `since`, up to `until` or the newest.

        Raises:
            TableError: The table does not exist, or its version is lower than `since`.
        """
        until = len(self._existing(table)) if until is None else until
        check_reader(table, self.location(table), since, until)
        changed = self._changed(table, since, until)
        known = () if since is None else self._at(table, since).rows
        is_reduced = bool(Counter(map(str, known)) - Counter(map(str, self._at(table, until).rows)))
        rows = sum(not row.asDict().get(IS_DELETED) for row in changed)
        return Pending(since, until, rows=rows, is_reduced=is_reduced)

    def read(self, table: TableName, version: int | None = None) -> DataFrame:
        """Return the table's rows as of a version; None takes the newest."""
        return visible(self._whole(table, version))

    def changes(self, table: TableName, since: int | None, until: int) -> DataFrame:
        """Return the rows as they were added or changed to after `since` up to `until`."""
        return visible(self._frame(self._changed(table, since, until), self._at(table, until).schema))

    def touched(self, table: TableName, columns: Sequence[str], since: int | None, until: int) -> DataFrame:
        """Return the values of some columns in rows that came, changed or went, by comparing both states."""
        after = self.read(table, until)
        return values(after if since is None else differing(self.read(table, since), after), columns)

    def schema(self, table: TableName, version: int | None = None) -> StructType:
        """Return the table's columns as of a version, hidden ones too; None takes the newest."""
        return self._at(table, version).schema

    def held(self, schema: StructType) -> StructType:
        """Return the columns as they are: the format has all types."""
        return schema

    def staging(self, table: TableName, mode: WriteMode) -> None:
        """Return None: a batch waits elsewhere."""

    def publish(self, batch: Batch, commit: Commit) -> Published:
        """Make the batch part of the table in one new version that carries `commit`.

        Raises:
            PublishError: The rows do not fit the table.
        """
        batch = resolved(batch)
        versions = self._tables.setdefault(batch.table, [])
        before = len(versions) or None
        last = self.last_commit(batch.table, commit.token.application)
        if before and last and last.token.batch >= commit.token.batch:
            return Published(before, before, unchanged=batch.count)
        schema = versions[-1].schema if before else None
        with refusals(batch.table):
            new = rewritten(schema, lambda: self._whole(batch.table, None), batch)
        rows = tuple(new.rows.collect())
        changed = rows if new.changed is None else tuple(new.changed.collect())
        new.release()
        if new.is_addition and before:
            rows = (*versions[-1].rows, *rows)
        self._append(batch.table, _Version(_nullable(new.rows.schema), rows, changed, {}, {}), commit)
        return Published(before, len(versions), new.inserted, new.updated, new.unchanged, new.deleted)

    def restore(self, table: TableName, version: int | None) -> int | None:
        """Make the table what it was at a version, in a new one; None removes the table. Returns the version."""
        if version is None or version < 1:
            self._tables.pop(table, None)
            return None
        versions = self._existing(table)
        if version == len(versions):
            return version
        target, before = self._at(table, version), set(map(str, versions[-1].rows))
        back = tuple(row for row in target.rows if str(row) not in before)
        versions.append(
            _Version(target.schema, target.rows, back, target.commits, target.files, version, is_restore=True)
        )
        return len(versions)

    def _whole(self, table: TableName, version: int | None) -> DataFrame:
        at = self._at(table, version)
        return self._frame(at.rows, at.schema)

    def _frame(self, rows: Iterable[Row], schema: StructType) -> DataFrame:
        return self._session().createDataFrame([_padded(row, schema) for row in rows], schema)

    def _append(self, table: TableName, version: _Version, commit: Commit) -> None:
        versions = self._tables[table]
        application = commit.token.application
        commits = dict(versions[-1].commits) if versions else {}
        files = dict(versions[-1].files) if versions else {}
        files[application] = files.get(application, frozenset()) | frozenset(commit.files)
        versions.append(replace(version, commits={**commits, application: commit}, files=files, commit=commit))

    def _changed(self, table: TableName, since: int | None, until: int) -> list[Row]:
        versions = self._existing(table)
        if since is None:
            return list(self._at(table, until).rows)
        restores = {number: at.restored for number, at in enumerate(versions, start=1) if at.is_restore}
        ranges = segments(restores, since, until)
        return [row for first, last in ranges for at in versions[first - 1 : last] for row in at.changed]

    def _existing(self, table: TableName) -> list[_Version]:
        versions = self._tables.get(table)
        if not versions:
            raise TableError(f"{table} does not exist", where=self.location(table), hint="run the job that writes it")
        return versions

    def _at(self, table: TableName, version: int | None) -> _Version:
        versions = self._existing(table)
        number = len(versions) if version is None else version
        if not 1 <= number <= len(versions):
            raise TableError(
                f"{table} has no version {number}", where=self.location(table), hint=f"it has 1 to {len(versions)}"
            )
        return versions[number - 1]


def _nullable(schema: StructType) -> StructType:
    """Return columns that all take nulls, as those of files do: rows that came before a column have none."""
    return type(schema)([type(field)(field.name, field.dataType) for field in schema.fields])


def _padded(row: Row, schema: StructType) -> tuple[object, ...]:
    values = row.asDict(recursive=False)
    return tuple(values.get(name) for name in schema.names)
