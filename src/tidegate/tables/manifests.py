"""Manifests: the log of a Parquet table, one JSON document per version, written last and exclusively."""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from tidegate import storage
from tidegate.errors import AlreadyExistsError, ConcurrentWriteError, StorageError, TableError
from tidegate.model.commits import Commit
from tidegate.tables.port import Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHECKPOINT_EVERY = 50

_log = logging.getLogger("tidegate.tables")

_FOLDER = "_manifests"
_NAME = re.compile(r"(\d{20})(\.checkpoint)?\.json")
_READERS = 16
_UNKNOWN = "1970-01-01T00:00:00+00:00"


@dataclass(frozen=True)
class DataFile:
    """A data file of a table: its path below the table's folder, and its size in bytes."""

    path: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What one version of a table adds or replaces.

    Attributes:
        sequence: The version, from 1.
        schema: Schema of the table at this version, as Spark's JSON.
        files: Files that the version adds, or, where it replaces, all files of the table.
        rows: Rows in these files.
        replaces: Whether the files take the place of all earlier ones.
        changed: Where it replaces: files with the rows that were added or changed; None where these are `files`.
        changed_rows: Rows that were added or changed.
        facts: The run's facts as `Commit.to_json` gives them; None for a restore.
        restores: The version that was restored; None for any other.
        created_at: When the version was made (ISO 8601, UTC), by the writer's clock.
    """

    sequence: int
    schema: str
    files: tuple[DataFile, ...] = ()
    rows: int = 0
    replaces: bool = False
    changed: tuple[DataFile, ...] | None = None
    changed_rows: int = 0
    facts: str | None = None
    restores: int | None = None
    created_at: str = ""
    format: Literal[1] = 1

    @property
    def commit(self) -> Commit | None:
        """The run's facts."""
        return Commit.from_json(self.facts)

    @property
    def changes(self) -> tuple[DataFile, ...]:
        """Files with the rows that the version added or changed."""
        return self.files if self.changed is None else self.changed


@dataclass(frozen=True)
class State:
    """A table at a version: what its manifests up to there come to.

    Attributes:
        sequence: The version.
        schema: Schema of the table, as Spark's JSON.
        files: All files of the table.
        rows: Rows in them.
        facts: Per application id, the newest commit as `Commit.to_json` gives it.
        files_read: Per application id, every file named in its commits, sorted.
    """

    sequence: int = 0
    schema: str = ""
    files: tuple[DataFile, ...] = ()
    rows: int = 0
    facts: dict[str, str] = field(default_factory=dict)
    files_read: dict[str, tuple[str, ...]] = field(default_factory=dict)
    format: Literal[1] = 1


_Document = TypeVar("_Document", Manifest, State)
_MANIFEST = TypeAdapter(Manifest)
_STATE = TypeAdapter(State)


class ManifestLog:
    """The manifests of one table."""

    def __init__(self, location: str) -> None:
        """Keep the table's folder."""
        self._location = location
        self._folder = storage.join(location, _FOLDER)

    def version(self) -> int | None:
        """Return the newest version, or None where there is none. One listing of names; no file is opened."""
        newest, _ = self._names()
        return newest or None

    def manifest(self, sequence: int) -> Manifest:
        """Return the manifest of a version.

        Raises:
            TableError: It is not a manifest that this release understands.
            StorageError: It cannot be read.
        """
        return _read(_MANIFEST, storage.join(self._folder, f"{sequence:020d}.json"))

    def manifests(self, sequences: Iterable[int]) -> tuple[Manifest, ...]:
        """Return the manifests of several versions, in the order asked for."""
        wanted = tuple(sequences)
        if len(wanted) <= 1:
            return tuple(self.manifest(sequence) for sequence in wanted)
        with ThreadPoolExecutor(min(_READERS, len(wanted))) as readers:
            return tuple(readers.map(self.manifest, wanted))

    def last_commit(self, application: str) -> Commit | None:
        """Return an application's newest commit that no restore has withdrawn; reads no further than needed."""
        sequence, checkpoints = self._names()
        while sequence:
            if sequence in checkpoints:
                return Commit.from_json(self._checkpoint(sequence).facts.get(application))
            manifest = self.manifest(sequence)
            if manifest.commit and manifest.commit.token.application == application:
                return manifest.commit
            sequence = sequence - 1 if manifest.restores is None else manifest.restores
        return None

    def history(self) -> tuple[Version, ...]:
        """Return all versions, oldest first."""
        return tuple(
            Version(
                manifest.sequence,
                datetime.fromisoformat(manifest.created_at or _UNKNOWN),
                _operation(manifest),
                manifest.commit,
                is_restore=manifest.restores is not None,
            )
            for manifest in self.manifests(range(1, (self.version() or 0) + 1))
        )

    def state(self, sequence: int) -> State:
        """Return the table at a version: the nearest checkpoint before it, and the manifests since."""
        _, checkpoints = self._names()
        return self._state(sequence, checkpoints)

    def append(self, manifest: Manifest) -> None:
        """Add a version; from then on readers see it.

        Raises:
            ConcurrentWriteError: Another writer has taken the sequence number.
        """
        name = storage.join(self._folder, f"{manifest.sequence:020d}.json")
        try:
            storage.write_new(name, _MANIFEST.dump_json(manifest))
        except AlreadyExistsError as error:
            if self.manifest(manifest.sequence) == manifest:  # a store's answer was lost and the write sent again
                return
            raise ConcurrentWriteError(
                f"another writer made version {manifest.sequence} first",
                where=self._location,
                hint="run again: the batch is planned anew on the version that is there now",
            ) from error
        if manifest.sequence % CHECKPOINT_EVERY == 0:
            self._write_checkpoint(manifest.sequence)

    def _write_checkpoint(self, sequence: int) -> None:
        """Write what the manifests up to a version come to. The version stands without it: a failure is logged."""
        try:
            state = self.state(sequence)
            storage.replace(storage.join(self._folder, f"{sequence:020d}.checkpoint.json"), _STATE.dump_json(state))
        except StorageError as error:
            _log.warning("no checkpoint of version %d at %s: %s", sequence, self._location, error.what)

    def _state(self, sequence: int, checkpoints: frozenset[int]) -> State:
        base = max((known for known in checkpoints if known <= sequence), default=0)
        state = self._checkpoint(base) if base else State()
        manifests = self.manifests(range(base + 1, sequence + 1))
        restore = max((number for number, found in enumerate(manifests) if found.restores is not None), default=None)
        if restore is not None:
            state = self._state(manifests[restore].restores or 0, checkpoints)
            manifests = manifests[restore:]
        return _after(state, manifests)

    def _checkpoint(self, sequence: int) -> State:
        return _read(_STATE, storage.join(self._folder, f"{sequence:020d}.checkpoint.json"))

    def _names(self) -> tuple[int, frozenset[int]]:
        """Return the newest version (0 for none) and the versions with a checkpoint."""
        names = storage.list_names(self._folder)  # sorted, and numbers are padded
        found = (match for name in reversed(names) if (match := _NAME.fullmatch(name)) and not match[2])
        newest = next(found, None)
        known = (match for name in names if ".checkpoint" in name and (match := _NAME.fullmatch(name)))
        return int(newest[1]) if newest else 0, frozenset(int(match[1]) for match in known)


def _after(state: State, manifests: Sequence[Manifest]) -> State:
    """Return the table after some more versions, of which only the first may be a restore, to the state given."""
    files, rows, facts = list(state.files), state.rows, dict(state.facts)
    read = {application: set(names) for application, names in state.files_read.items()}
    for manifest in manifests:
        if manifest.restores is not None:
            continue
        rows = manifest.rows if manifest.replaces else rows + manifest.rows
        files = [*manifest.files] if manifest.replaces else files
        files += () if manifest.replaces else manifest.files
        commit = manifest.commit
        if commit and manifest.facts:
            facts[commit.token.application] = manifest.facts
            read.setdefault(commit.token.application, set()).update(commit.files)
    if not manifests:
        return state
    newest = manifests[-1]
    return State(
        sequence=newest.sequence,
        schema=state.schema if newest.restores is not None else newest.schema,
        files=tuple(files),
        rows=rows,
        facts=facts,
        files_read={application: tuple(sorted(names)) for application, names in read.items()},
    )


def _operation(manifest: Manifest) -> str:
    if manifest.restores is not None:
        return f"RESTORE {manifest.restores}"
    return "REPLACE" if manifest.replaces else "APPEND"


def _read(kind: TypeAdapter[_Document], uri: str) -> _Document:
    try:
        return kind.validate_json(storage.read_bytes(uri))
    except ValidationError as error:
        fault = error.errors(include_input=False)[0]
        raise TableError(
            f"a manifest cannot be understood: {'.'.join(map(str, fault['loc']))}: {fault['msg']}",
            where=uri,
            hint="it was written by a later release of tidegate, or changed by hand",
        ) from error
