"""The log of a Delta table, read without Spark: versions, tidegate's commits in them, and what each of them changed.

Only the JSON files of `_delta_log` are read. Every commit of every writer is one such file whatever features the table
has, and tidegate keeps them (`delta.logRetentionDuration`), because what a table's commits say is tidegate's state.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tidegate import storage
from tidegate.errors import TableError
from tidegate.model.commits import Commit
from tidegate.tables.versions import segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tidegate.model.commits import Token

_NAME = re.compile(r"(\d{20})\.json")
_READERS = 16
_FIRST_READ = 4


@dataclass(frozen=True)
class FileChange:
    """A file that a commit adds to a table or removes from it.

    Attributes:
        path: Path of the file, as the log has it.
        rows: Rows that count: those in the file less those its deletion vector strikes out; None where the log does not
            say.
        struck: Rows that the deletion vector strikes out.
        bytes: Size of the file.
        is_change: Whether the table's content changes by it; compaction only moves rows.
    """

    path: str
    rows: int | None
    struck: int
    bytes: int
    is_change: bool


@dataclass(frozen=True)
class Entry:
    """One commit of a table, whoever made it.

    Attributes:
        version: The version it made.
        operation: What made it, such as `WRITE`, `MERGE`, `OPTIMIZE` or `RESTORE`.
        parameters: Parameters of the operation.
        metrics: Metrics of the operation.
        timestamp: When, in milliseconds since 1970.
        commit: Tidegate's facts; None where another writer made it, or where it restored a version.
        applications: Ids and versions of the transaction tokens it sets.
        added: Files it adds.
        removed: Files it removes.
        has_change_files: Whether its changed rows are in files of their own.
    """

    version: int
    operation: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    timestamp: int = 0
    commit: Commit | None = None
    applications: tuple[str, ...] = ()
    added: tuple[FileChange, ...] = ()
    removed: tuple[FileChange, ...] = ()
    has_change_files: bool = False

    @property
    def is_restore(self) -> bool:
        """Whether it made the table what it had been at an earlier version."""
        return self.operation == "RESTORE"

    def metric(self, name: str) -> int | None:
        """Return a metric of the operation, or None where it was not recorded."""
        value = self.metrics.get(name)
        return int(value) if value is not None else None

    @property
    def rows_changed(self) -> int | None:
        """Rows that the change feed shows as inserted or changed to; None where the log does not say."""
        if self.has_change_files:
            return self._rows_in_change_files()
        before = {file.path: file for file in self.removed if file.is_change}
        rows = 0
        for file in self.added:
            if not file.is_change:
                continue
            if file.path in before:  # only its deletion vector is another one
                old = before[file.path].struck
                if old and file.struck:
                    return None
                rows += max(old - file.struck, 0)
            elif file.rows is None:
                return None
            else:
                rows += file.rows
        return rows

    def _rows_in_change_files(self) -> int | None:
        names = {
            "MERGE": ("numTargetRowsInserted", "numTargetRowsUpdated"),
            "UPDATE": ("numUpdatedRows",),
            "DELETE": (),
            "WRITE": ("numOutputRows",),
        }.get(self.operation)
        counts = None if names is None else [self.metric(name) for name in names]
        if counts is None or None in counts:
            return None
        return sum(count for count in counts if count is not None)


@dataclass(frozen=True)
class Position:
    """Where an application stands in a table.

    Attributes:
        version: Newest version of the table.
        commit: The application's newest commit that no restore has withdrawn; None where there is none.
        transaction: The id under which Delta knows the application's transactions. It is another one after a restore,
            because Delta remembers the transactions that the restore has withdrawn.
    """

    version: int
    commit: Commit | None
    transaction: str


class DeltaLog:
    """The log of one table."""

    def __init__(self, location: str) -> None:
        """Keep the table's folder."""
        self._location = location
        self._folder = storage.join(location, "_delta_log")

    def versions(self) -> tuple[int, ...]:
        """Return the versions whose commits are there, sorted. One listing of names; no file is opened."""
        names = storage.list_names(self._folder)
        return tuple(sorted(int(match[1]) for name in names if (match := _NAME.fullmatch(name))))

    def version(self) -> int | None:
        """Return the newest version, or None where the table does not exist."""
        return max(self.versions(), default=None)

    def entry(self, version: int) -> Entry:
        """Return the commit that made a version.

        Raises:
            StorageError: It cannot be read.
        """
        return _parsed(version, storage.read_bytes(storage.join(self._folder, f"{version:020d}.json")))

    def entries(self, versions: Iterable[int]) -> tuple[Entry, ...]:
        """Return the commits that made several versions, in the order asked for."""
        wanted = tuple(versions)
        if len(wanted) <= 1:
            return tuple(self.entry(version) for version in wanted)
        with ThreadPoolExecutor(min(_READERS, len(wanted))) as readers:
            return tuple(readers.map(self.entry, wanted))

    def position(self, application: str) -> Position | None:
        """Return where an application stands, or None where the table does not exist.

        Commits are read newest first and no further than needed; those of other writers in between do not matter.

        Raises:
            TableError: The log is cut off and does not tell any more whether the application has committed.
        """
        versions = self.versions()
        if not versions:
            return None
        restored: int | None = None
        for entry in self._standing(versions):
            if entry.is_restore and restored is None:
                restored = entry.version
            if entry.commit and entry.commit.token.application == application:
                known = next((name for name in entry.applications if name.startswith(application)), application)
                return Position(versions[-1], entry.commit, _transaction(application, known, restored))
        if versions[0] > 0:
            _check_unknown(self._location, application)
        return Position(versions[-1], None, _transaction(application, application, restored))

    def files_read(self, application: str) -> frozenset[str]:
        """Return every file named in the commits of an application that no restore has withdrawn."""
        entries = self._standing(self.versions())
        mine = (e.commit for e in entries if e.commit and e.commit.token.application == application)
        return frozenset(file for commit in mine for file in commit.files)

    def find(self, token: Token, after: int | None) -> Entry | None:
        """Return the commit of a token among the versions after one, or None."""
        since = -1 if after is None else after
        for entry in self.entries(version for version in self.versions() if version > since):
            if entry.commit and entry.commit.token == token:
                return entry
        return None

    def changed(self, since: int, until: int) -> tuple[tuple[tuple[int, int], ...], tuple[Entry, ...]]:
        """Return the ranges of versions whose changes lie on a reader's way from `since` to `until`, and their commits.

        Raises:
            TableError: A commit in between has been removed from the log.
        """
        wanted = range(since + 1, until + 1)
        missing = set(wanted) - set(self.versions())
        if missing:
            raise TableError(
                f"the log has no version {min(missing)} any more",
                where=self._location,
                hint="read the table from its beginning: rebuild the table that is made from it",
            )
        entries = {entry.version: entry for entry in self.entries(wanted)}
        restores = {version: self._restored(entry) for version, entry in entries.items() if entry.is_restore}
        ranges = segments(restores, since, until)
        return ranges, tuple(entries[version] for first, last in ranges for version in range(first, last + 1))

    def live_files(self, version: int) -> Mapping[str, FileChange] | None:
        """Return the files of the table at a version by path; None where the log's beginning is gone."""
        versions = [known for known in self.versions() if known <= version]
        if not versions or versions[0] > 0:
            return None
        live: dict[str, FileChange] = {}
        for entry in self.entries(versions):
            for file in entry.removed:
                live.pop(file.path, None)
            live.update({file.path: file for file in entry.added})
        return live

    def _standing(self, versions: tuple[int, ...]) -> Iterator[Entry]:
        """Give the commits newest first, without those that a restore has withdrawn; read ever more at a time."""
        upto, size = versions[-1] if versions else -1, 1
        while True:
            chunk = [version for version in versions if version <= upto][-size:]
            if not chunk:
                return
            for entry in reversed(self.entries(chunk)):
                if entry.version > upto:
                    continue
                yield entry
                target = self._restored(entry) if entry.is_restore else None
                upto = entry.version - 1 if target is None else target
            size = min(size * _FIRST_READ, 256)

    def _restored(self, entry: Entry) -> int | None:
        """Return the version that a restore brought back."""
        version, moment = entry.parameters.get("version"), entry.parameters.get("timestamp")
        if version is not None:
            return int(str(version))
        if moment is None:
            return None
        limit = datetime.fromisoformat(str(moment)[:19]).replace(tzinfo=timezone.utc).timestamp() * 1_000
        earlier = self.entries(known for known in self.versions() if known < entry.version)
        return max((known.version for known in earlier if known.timestamp <= limit), default=None)


def _transaction(application: str, known: str, restored: int | None) -> str:
    return known if restored is None else f"{application}@{restored}"


def _check_unknown(location: str, application: str) -> None:
    """Assert that an application has never committed to a table whose older commits are gone from the log."""
    try:
        from deltalake import DeltaTable  # noqa: PLC0415 - an extra, needed for logs that are cut off
    except ModuleNotFoundError:
        return
    version = DeltaTable(location).transaction_version(application)
    if version is not None:
        raise TableError(
            f"the commit of batch {version} is gone from the log, and with it what the job has read",
            where=location,
            hint="set delta.logRetentionDuration on the table, and backfill the job or rebuild the table",
        )


def _parsed(version: int, text: bytes) -> Entry:
    actions = [json.loads(line) for line in text.splitlines() if line.strip()]
    info: dict[str, Any] = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
    operation = str(info.get("operation", ""))
    return Entry(
        version=version,
        operation=operation,
        parameters=info.get("operationParameters") or {},
        metrics=info.get("operationMetrics") or {},
        timestamp=int(info.get("inCommitTimestamp") or info.get("timestamp") or 0),
        commit=None if operation == "RESTORE" else Commit.from_json(info.get("userMetadata")),
        applications=tuple(action["txn"]["appId"] for action in actions if "txn" in action),
        added=tuple(_file(action["add"]) for action in actions if "add" in action),
        removed=tuple(_file(action["remove"]) for action in actions if "remove" in action),
        has_change_files=any("cdc" in action for action in actions),
    )


def _file(action: Mapping[str, object]) -> FileChange:
    stats = json.loads(str(action.get("stats") or "{}"))
    vector = action.get("deletionVector")
    struck = int(vector["cardinality"]) if isinstance(vector, dict) else 0
    rows = stats.get("numRecords")
    return FileChange(
        path=str(action["path"]),
        rows=None if rows is None else int(rows) - struck,
        struck=struck,
        bytes=int(str(action.get("size") or 0)),
        is_change=bool(action.get("dataChange", True)),
    )
