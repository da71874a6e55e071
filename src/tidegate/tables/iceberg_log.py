"""The history of an Iceberg table, told from its metadata without Spark: versions, commits, what they changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from itertools import chain, takewhile
from typing import TYPE_CHECKING

from tidegate.errors import TableError
from tidegate.model.commits import Commit
from tidegate.tables.change_columns import IS_DELETED
from tidegate.tables.iceberg_remembered import Remembered
from tidegate.tables.iceberg_snapshots import (
    count,
    facts_of,
    is_quiet,
    live_rows,
    number_of,
    operation_of,
    takes_rows_away,
)
from tidegate.tables.port import Pending, Version
from tidegate.tables.versions import segments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.snapshots import Snapshot


@dataclass(frozen=True)
class Entry:
    """One state of the table, in the order in which the table had them.

    Attributes:
        version: Its number, from 1.
        snapshot_id: The snapshot that was the table then.
        restored: The version that it brought back, or one before all that are left; None where its snapshot was new.
    """

    version: int
    snapshot_id: int
    restored: int | None = None


class IcebergLog:
    """The history of one table; a version is a place in the list of the snapshots that have been the table."""

    def __init__(self, metadata: TableMetadata, location: str) -> None:
        """Keep the table's metadata, and where it lies for messages."""
        self._metadata = metadata
        self._location = location
        self._snapshots = {snapshot.snapshot_id: snapshot for snapshot in metadata.snapshots}
        self._told = Remembered.of(metadata.properties)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The states of the table, oldest first. Where some have expired, the others keep their numbers."""
        told = [entry.snapshot_id for entry in self._metadata.snapshot_log]
        numbers = [(number_of(self._snapshots.get(snapshot)), place) for place, snapshot in enumerate(told, start=1)]
        numbers += [
            (known.version, place)
            for place, entry in enumerate(self._metadata.snapshot_log, start=1)
            if (known := self._told) and (entry.snapshot_id, entry.timestamp_ms) == (known.snapshot, known.timestamp)
        ]
        expired = max((number - place for number, place in numbers if number is not None), default=0)
        found: list[Entry] = []
        seen: dict[int, int] = {}
        newest = 0  # new snapshots have ever greater numbers, so an older one has come back
        for version, snapshot in enumerate(told, start=max(expired, 0) + 1):
            made = self._snapshots[snapshot].sequence_number or 0 if snapshot in self._snapshots else newest
            back = seen.get(snapshot, found[0].version - 1 if made < newest else None)
            found.append(Entry(version, snapshot, back))
            seen[snapshot], newest = version, max(newest, made)
        return tuple(found)

    @cached_property
    def remembered(self) -> Remembered | None:
        """What snapshots that have expired said, as far as it counts for the table that is; None where nothing does."""
        told, line = self._told, self.ancestors(self._metadata.current_snapshot_id)
        return told if told and any(snapshot.snapshot_id == told.root for snapshot in line) else None

    @property
    def version(self) -> int | None:
        """The newest version, or None where nothing has been published."""
        return self.entries[-1].version if self.entries else None

    @property
    def head(self) -> int | None:
        """The snapshot that is the table now, or None where nothing has been published."""
        return self.entries[-1].snapshot_id if self.entries else None

    @property
    def is_empty(self) -> bool:
        """Whether the table surely has no rows."""
        head = self._snapshots.get(self.head) if self.head is not None else None
        return head is None or count(head, "total-records") == 0

    def entry(self, version: int | None) -> Entry:
        """Return the state of the table at a version; None takes the newest.

        Raises:
            TableError: There is no such version.
        """
        for entry in reversed(self.entries):
            if version is None or entry.version == version:
                return entry
        known = f"it has {self.entries[0].version} to {self.version}" if self.entries else "nothing has been published"
        raise TableError(f"the table has no version {version}", where=self._location, hint=known)

    def version_of(self, snapshot_id: int) -> int | None:
        """Return the version as which a snapshot became the table, or None where it never did."""
        found = next((entry for entry in self.entries if entry.snapshot_id == snapshot_id), None)
        return found.version if found else None

    def snapshot(self, snapshot_id: int) -> Snapshot:
        """Return a snapshot by its id."""
        return self._snapshots[snapshot_id]

    def staged(self, facts: str) -> Snapshot | None:
        """Return the newest snapshot that carries these facts, whether it is the table or waits to become it."""
        found = [snapshot for snapshot in self._snapshots.values() if facts_of(snapshot) == facts]
        return max(found, key=lambda snapshot: snapshot.sequence_number or 0, default=None)

    def is_next(self, snapshot: Snapshot, head: int | None) -> bool:
        """Return whether nothing but snapshots that were never the table lies between one and the snapshot `head`."""
        return self.waiting(snapshot)[-1].parent_snapshot_id == head

    def waiting(self, snapshot: Snapshot) -> tuple[Snapshot, ...]:
        """Return a snapshot that is not the table, and those below it that never were."""
        below = tuple(self.ancestors(snapshot.snapshot_id))[1:]
        return (snapshot, *takewhile(lambda found: self.version_of(found.snapshot_id) is None, below))

    def columns(self, snapshot: Snapshot) -> frozenset[str]:
        """Return the names of the columns that a snapshot has."""
        schema = next((known for known in self._metadata.schemas if known.schema_id == snapshot.schema_id), None)
        return frozenset(field.name for field in schema.fields) if schema else frozenset()

    def last_commit(self, application: str) -> Commit | None:
        """Return the newest commit of an application that no restore has withdrawn, or None.

        Raises:
            TableError: Old snapshots have expired, and what is left does not tell whether the application committed.
        """
        mine = next((commit for commit in self._commits() if commit.token.application == application), None)
        if mine is None and self._is_cut_off():
            raise TableError(
                f"snapshots have expired, and those left do not tell what {application} has published",
                where=self._location,
                hint="backfill the job or rebuild the table, and let snapshots expire later than its jobs run",
            )
        return mine

    def history(self) -> tuple[Version, ...]:
        """Return the versions, oldest first."""
        moments = [entry.timestamp_ms for entry in self._metadata.snapshot_log]
        return tuple(
            self._version(entry, datetime.fromtimestamp(moment / 1_000, tz=timezone.utc))
            for entry, moment in zip(self.entries, moments, strict=True)
        )

    def files_read(self, family: str) -> frozenset[str]:
        """Return every file named in the commits, of applications whose id begins so, that no restore has withdrawn."""
        mine = (commit for commit in self._commits() if commit.token.application.startswith(family))
        return frozenset(file for commit in mine for file in commit.files)

    def standing(self, version: int | None) -> Iterator[Version]:
        """Give the versions that count at a version, or the newest, newest first; a restore goes on where it led."""
        known = {past.number: (past, entry.restored) for past, entry in zip(self.history(), self.entries, strict=True)}
        number = self.version if version is None else version
        while number in known:
            past, restored = known[number]
            yield past
            number = number - 1 if restored is None else restored

    def pending(self, since: int | None, until: int | None = None) -> Pending:
        """Return what was added or changed between two versions, as the summaries of the snapshots count it.

        Raises:
            TableError: Snapshots in between have expired.
        """
        newest = self.entry(until)
        if since is None:
            head = self.snapshot(newest.snapshot_id)
            files, size = count(head, "total-data-files"), count(head, "total-files-size")
            return Pending(None, newest.version, None if self._hides(head) else live_rows(head), files, size)
        ranges = self.changed(since, newest.version)
        versions = chain.from_iterable(range(first, last + 1) for first, last in ranges)
        snapshots = list(chain.from_iterable(map(self.made_by, versions)))
        hides = bool(snapshots) and self._hides(self.snapshot(newest.snapshot_id))
        is_known = not hides and all(self.entry(first).restored is None for first, _ in ranges)
        rows = [count(snapshot, "added-records") or 0 for snapshot in snapshots]
        files = sum(count(snapshot, "added-data-files") or 0 for snapshot in snapshots)
        size = sum(count(snapshot, "added-files-size") or 0 for snapshot in snapshots)
        is_reduced = not is_known or any(map(takes_rows_away, snapshots))
        return Pending(since, newest.version, sum(rows) if is_known else None, files, size, is_reduced)

    def reached(self, since: int) -> int:
        """Return the version that a reader at `since` has come to without reading anything.

        That is another one where the snapshots after `since` have expired, and what is left of them is remembered: they
        brought nothing.

        Raises:
            TableError: Snapshots that brought something have expired.
        """
        first, told = self.entries[0].version if self.entries else 1, self.remembered
        if since >= first or first <= 1:
            return since
        if told is None or told.quiet_since is None or not told.quiet_since <= since:
            raise TableError(
                f"the snapshots before version {first} have expired, and the table was read up to version {since}",
                where=self._location,
                hint="read the table from its beginning: rebuild the table that is made from it",
            )
        return first

    def changed(self, since: int, until: int) -> tuple[tuple[int, int], ...]:
        """Return the ranges of versions whose changes lie on a reader's way from `since` to `until`.

        Raises:
            TableError: Versions in between have expired.
        """
        restores = {entry.version: entry.restored for entry in self.entries if entry.restored is not None}
        return segments(restores, self.reached(since), until)

    def quiet_since(self, version: int) -> int:
        """Return the earliest version from which a reader comes to another one without reading anything."""
        places = {entry.version: entry for entry in self.entries}
        while version in places and places[version].restored is None and not self.made_by(version):
            version -= 1
        told = self.remembered
        is_left = bool(self.entries) and version < self.entries[0].version
        return told.quiet_since if is_left and told and told.quiet_since is not None else version

    def made_by(self, version: int) -> tuple[Snapshot, ...]:
        """Return the snapshots that brought a version its changes, oldest first.

        Compaction and restores bring none, nor does what only took an erased person's rows away.
        """
        entry = self.entry(version)
        before = next((past.snapshot_id for past in self.entries if past.version == version - 1), None)
        if entry.restored is not None:
            return ()
        new = takewhile(lambda snapshot: snapshot.snapshot_id != before, self.ancestors(entry.snapshot_id))
        return tuple(snapshot for snapshot in reversed(list(new)) if not is_quiet(snapshot))

    def _hides(self, snapshot: Snapshot) -> bool:
        """Return whether deletes may have left rows behind that readers do not see."""
        return IS_DELETED in self.columns(snapshot)

    def _version(self, entry: Entry, made_at: datetime) -> Version:
        snapshot = self._snapshots.get(entry.snapshot_id)
        operation = operation_of(snapshot) if snapshot else None
        is_restore = entry.restored is not None
        commit = Commit.from_json(facts_of(snapshot)) if snapshot and not is_restore else None
        told = "restore" if is_restore else operation.value if operation else ""
        return Version(entry.version, made_at, told, commit, is_restore=is_restore)

    def _commits(self) -> Iterator[Commit]:
        """Give tidegate's commits that count, newest first."""
        for snapshot in self.ancestors(self.head):
            commit = Commit.from_json(facts_of(snapshot))
            if commit:
                yield commit
        if self.remembered:
            yield from self.remembered.commits

    def ancestors(self, snapshot_id: int | None) -> Iterator[Snapshot]:
        """Give a snapshot and those it was made from, newest first, as far as they have not expired."""
        while snapshot_id is not None and snapshot_id in self._snapshots:
            snapshot = self._snapshots[snapshot_id]
            yield snapshot
            snapshot_id = snapshot.parent_snapshot_id

    def _is_cut_off(self) -> bool:
        parents = [snapshot.parent_snapshot_id for snapshot in self.ancestors(self.head)]
        return self.remembered is None and bool(parents) and parents[-1] is not None
