"""The files that snapshots of an Iceberg table added and removed, told from their manifests without Spark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyiceberg.manifest import DataFileContent, FileFormat, ManifestContent, ManifestEntryStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyiceberg.io import FileIO
    from pyiceberg.manifest import DataFile, ManifestEntry
    from pyiceberg.schema import Schema
    from pyiceberg.table.snapshots import Snapshot

# Spark gives the names of files as they stand in a URL; these are the same there.
_PLAIN_NAME = re.compile(r"[\w.=-]+", re.ASCII)


@dataclass(frozen=True)
class Removals:
    """What snapshots took out of a table.

    Attributes:
        files: Data files that are gone.
        strikes: Files that list rows to leave out, by data file and position.
        lifted: Files of that kind that are gone, and that no snapshot among these added: what they listed was left out
            before.
    """

    files: tuple[str, ...]
    strikes: tuple[str, ...]
    lifted: tuple[str, ...]


def added_files(snapshots: Sequence[Snapshot], io: FileIO) -> tuple[str, ...]:
    """Return the paths of the data files that snapshots added. One small read per manifest that they wrote."""
    return tuple(file.file_path for file in added_data(snapshots, io))


def added_data(snapshots: Sequence[Snapshot], io: FileIO) -> tuple[DataFile, ...]:
    """Return the data files that snapshots added. One small read per manifest that they wrote."""
    entries = _entries(snapshots, io, (ManifestContent.DATA,))
    return tuple(entry.data_file for entry in entries if entry.status == ManifestEntryStatus.ADDED)


def removals(snapshots: Sequence[Snapshot], io: FileIO) -> Removals | None:
    """Return what snapshots took away; None where the files do not tell: rows struck by value, or other formats."""
    files: list[str] = []
    strikes: list[str] = []
    lifted: list[str] = []
    for entry in _entries(snapshots, io, (ManifestContent.DATA, ManifestContent.DELETES)):
        file, is_added = entry.data_file, entry.status == ManifestEntryStatus.ADDED
        if file.content == DataFileContent.DATA and is_added:
            continue
        is_plain = _PLAIN_NAME.fullmatch(file.file_path.rpartition("/")[2])
        if file.content == DataFileContent.EQUALITY_DELETES or file.file_format != FileFormat.PARQUET or not is_plain:
            return None
        kind = files if file.content == DataFileContent.DATA else strikes if is_added else lifted
        kind.append(file.file_path)
    return Removals(tuple(files), tuple(strikes), tuple(set(lifted) - set(strikes)))


def reads_by_name(schemas: Iterable[Schema]) -> bool:
    """Return whether every name has always meant the same column of the same type, so that it tells what to read."""
    fields = {(field.name, field.field_id, str(field.field_type)) for schema in schemas for field in schema.fields}
    return len(fields) == len({name for name, *_ in fields}) == len({number for _, number, _ in fields})


def _entries(
    snapshots: Sequence[Snapshot], io: FileIO, contents: tuple[ManifestContent, ...]
) -> Iterator[ManifestEntry]:
    """Give what snapshots added or removed."""
    for snapshot in snapshots:
        own = (one for one in snapshot.manifests(io) if one.added_snapshot_id == snapshot.snapshot_id)
        for manifest in (one for one in own if one.content in contents):
            entries = manifest.fetch_manifest_entry(io, discard_deleted=False)
            yield from (entry for entry in entries if entry.status != ManifestEntryStatus.EXISTING)
