"""The log of a Delta table, read without Spark: versions, tidegate's commits in them, and what each of them changed.

Only the JSON files of `_delta_log` are read. Every commit of every writer is one such file whatever features the table
has, and tidegate keeps them (`delta.logRetentionDuration`), because what a table's commits say is tidegate's state.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import TableError
from tidegate.tables.delta_entries import parsed
from tidegate.tables.versions import segments, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tidegate.model.commits import Commit, Token
    from tidegate.tables.delta_entries import Entry, FileChange

_NAME = re.compile(r"(\d{20})\.json")
_READERS = 16
_FIRST_READ = 4


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


@dataclass(frozen=True)
class Changed:
    """What lies on a reader's way from one version to another.

    Attributes:
        ranges: The ranges of versions whose changes count, in order.
        entries: Their commits.
        reshaped: The newest version, also after the way's end, that gave the table other types; None where none did.
    """

    ranges: tuple[tuple[int, int], ...]
    entries: tuple[Entry, ...]
    reshaped: int | None = None

    def is_older_shape(self, version: int) -> bool:
        """Return whether a version is from before the table got the types it has."""
        return self.reshaped is not None and version < self.reshaped


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
        return parsed(version, storage.read_bytes(storage.join(self._folder, f"{version:020d}.json")))

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

    def files_read(self, family: str) -> frozenset[str]:
        """Return every file named in the commits, of applications whose id begins so, that no restore has withdrawn."""
        entries = self._standing(self.versions())
        mine = (e.commit for e in entries if e.commit and e.commit.token.application.startswith(family))
        return frozenset(file for commit in mine for file in commit.files)

    def find(self, token: Token, after: int | None) -> Entry | None:
        """Return the commit of a token among the versions after one, or None."""
        since = -1 if after is None else after
        for entry in self.entries(version for version in self.versions() if version > since):
            if entry.commit and entry.commit.token == token:
                return entry
        return None

    def changed(self, since: int, until: int) -> Changed:
        """Return what lies on a reader's way from `since` to `until`.

        Commits that only give other types do not, nor do those that only took an erased person's rows away: whatever
        they replaced may be gone from the store.

        Raises:
            TableError: A commit in between has been removed from the log.
        """
        versions = self.versions()
        missing = set(range(since + 1, until + 1)) - set(versions)
        if missing:
            raise TableError(
                f"the log has no version {min(missing)} any more",
                where=self._location,
                hint="read the table from its beginning: rebuild the table that is made from it",
            )
        entries = {entry.version: entry for entry in self.entries(known for known in versions if known > since)}
        restores = {v: self._restored(entry) for v, entry in entries.items() if entry.is_restore and v <= until}
        reshaping = {version for version, entry in entries.items() if entry.is_reshaping}
        erasing = {version for version, entry in entries.items() if entry.is_erasing}
        ranges = without(reshaping | erasing, segments(restores, since, until))
        told = tuple(entries[version] for first, last in ranges for version in range(first, last + 1))
        return Changed(ranges, told, max(reshaping, default=None))

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

    def standing(self, version: int | None = None) -> Iterator[Entry]:
        """Give the commits that count at a version, or the newest, newest first."""
        return self._standing(tuple(known for known in self.versions() if version is None or known <= version))

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
