"""Deliveries: new files that belong together are held back until all of them are there. No Spark."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import MissingFileError, SourceError
from tidegate.model.waiting import Waiting
from tidegate.sources.listing import feed_folder, is_hidden, list_new, usual_suffix

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tidegate.model.declarations import Files
    from tidegate.model.deliveries import Delivery
    from tidegate.sources.listing import LandedFile


@dataclass(frozen=True)
class Listed:
    """What a manifest says of a file; None where it does not say."""

    bytes: int | None
    rows: int | None


@dataclass(frozen=True)
class Arrived:
    """What a run may read of a feed.

    Attributes:
        files: New files, sorted by path.
        waiting: Deliveries that are not whole.
    """

    files: tuple[LandedFile, ...]
    waiting: tuple[Waiting, ...] = ()


def find_arrived(root_uri: str, files: Files, seen: frozenset[str], now: datetime) -> Arrived:
    """Return the new files of a feed, less those of deliveries that are not whole.

    Args:
        root_uri: Root of the landing zone.
        files: The feed, and what completes its deliveries.
        seen: Identities of the files that earlier batches have read.
        now: The time, with its zone.

    Raises:
        SourceError: A delivery is overdue and may not be taken, or its manifest cannot be understood.
        StorageError: A folder cannot be listed.
    """
    new = list_new(root_uri, files, seen)
    if files.delivery is None:
        return Arrived(new)
    folders: dict[str, list[LandedFile]] = {}
    for file in new:
        folders.setdefault(file.path.rpartition("/")[0], []).append(file)
    ready: list[LandedFile] = []
    waiting: list[Waiting] = []
    for folder, members in folders.items():
        listed: dict[str, Listed] = {}
        place = storage.join(feed_folder(root_uri, files), *([folder] if folder else []))
        missing = _missing(place, usual_suffix(files), files.delivery, members, listed)
        if missing is None:
            ready += [_counted(member, listed) for member in members]
            continue
        since = min(member.modified_at for member in members)
        until = since + files.delivery.patience
        is_taken = now > until
        waiting.append(Waiting(folder, missing, since.isoformat(), until.isoformat(), len(members), is_taken=is_taken))
        ready += members if is_taken else ()
    _refuse_overdue(files, waiting)
    return Arrived(tuple(sorted(ready, key=lambda file: file.path)), tuple(waiting))


def _counted(file: LandedFile, listed: Mapping[str, Listed]) -> LandedFile:
    told = listed.get(file.path.rpartition("/")[2])
    return replace(file, rows=told.rows) if told else file


def _missing(
    place: str, suffix: str, delivery: Delivery, new: list[LandedFile], listed: dict[str, Listed]
) -> str | None:
    """Return what a folder lacks, in words, or None where it is whole; what its manifest lists is put into `listed`."""
    sizes = {file.uri.rpartition("/")[2]: file.size for file in storage.walk_files(place, recursive=False)}
    names = [name for name in sizes if name.endswith(suffix) and not is_hidden(name)]
    for pattern in delivery.expected:
        if not any(fnmatchcase(name, pattern) for name in names):
            return f"a file {pattern}"
    if delivery.marker and delivery.marker not in sizes:
        return f"the marker {delivery.marker}"
    if not delivery.manifest:
        return None
    found = _listed(storage.join(place, delivery.manifest)) if delivery.manifest in sizes else None
    if found is None:
        return f"the manifest {delivery.manifest}"
    listed.update(found)
    return _missing_of_manifest(delivery.manifest, found, sizes, new)


def _missing_of_manifest(
    manifest: str, listed: Mapping[str, Listed], sizes: Mapping[str, int], new: list[LandedFile]
) -> str | None:
    absent = sorted(name for name in listed if name not in sizes)
    if absent:
        return f"{len(absent)} of the {len(listed)} files of {manifest}, such as {absent[0]}"
    partial = sorted(name for name, told in listed.items() if told.bytes not in (None, sizes[name]))
    if partial:
        return f"the whole of {partial[0]} ({sizes[partial[0]]} of {listed[partial[0]].bytes} bytes)"
    unlisted = sorted(name for file in new if (name := file.path.rpartition("/")[2]) not in listed)
    return f"an entry for {unlisted[0]} in {manifest}" if unlisted else None


def _listed(uri: str) -> dict[str, Listed] | None:
    """Return the files of a manifest and what it says of them, or None where it has gone meanwhile.

    Raises:
        SourceError: It is not such a manifest.
    """
    try:
        document = json.loads(storage.read_bytes(uri))
        files = {str(file["name"]): Listed(file.get("bytes"), file.get("rows")) for file in document["files"]}
    except MissingFileError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError("a manifest cannot be understood", where=uri, hint=_FORM) from error
    numbers = [number for told in files.values() for number in (told.bytes, told.rows) if number is not None]
    if not all(type(number) is int for number in numbers):
        raise SourceError("a manifest cannot be understood", where=uri, hint=_FORM)
    return files


_FORM = 'it is JSON: {"files": [{"name": "a.csv", "bytes": 12, "rows": 3}]}'


def _refuse_overdue(files: Files, waiting: list[Waiting]) -> None:
    overdue = [found for found in waiting if found.is_taken]
    if overdue and files.delivery and files.delivery.overdue == "fail":
        raise SourceError(
            f"{len(overdue)} deliveries are overdue: {overdue[0].folder or 'the feed'} lacks {overdue[0].missing}, "
            f"since {overdue[0].since}",
            where=files.feed,
            hint='have them completed or removed; with overdue="take" they are read as they are',
        )
