"""Many small files of events become one per day. No event is lost, whoever else reads or compacts meanwhile."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from tidegate.errors import MissingFileError
from tidegate.lineage.documents import text
from tidegate.lineage.event_files import EVENTS
from tidegate.lineage.history import document_of
from tidegate.storage import delete, join, list_files, list_names, read_bytes, write_new

_PREFIX = "compacted-"


@dataclass(frozen=True)
class Compacted:
    """What a compaction has done.

    Attributes:
        days: Days whose files became one.
        files: Small files that went.
    """

    days: int
    files: int


def compact_events(root: str, *, before: str) -> Compacted:
    """Put the events of the runs of past days into one file per day, and remove the small files they were in.

    Only files of runs that have ended are touched, because nobody writes those again. The new file is whole before
    the first small one goes, so a compaction that is killed leaves events twice and never none; readers count an event
    once.

    Args:
        root: Root of the lake.
        before: The first day (`YYYY-MM-DD`, UTC) that is left as it is.

    Raises:
        StorageError: The files cannot be listed, read or written.
    """
    folder = join(root, *EVENTS)
    days = [name for name in list_names(folder) if name.startswith("date=") and name < f"date={before}"]
    gone = [_compact(join(folder, day)) for day in days]
    return Compacted(sum(count > 0 for count in gone), sum(gone))


def _compact(folder: str) -> int:
    """Compact one day, and return how many files went."""
    small = [file.uri for file in list_files(folder, suffix=".jsonl") if not _name(file.uri).startswith(_PREFIX)]
    ended = [(uri, data) for uri in small if (data := _read(uri)) is not None and _has_ended(data)]
    if len(ended) < 2:  # noqa: PLR2004 - one file is one file already
        return 0
    write_new(join(folder, f"{_PREFIX}{uuid.uuid4().hex}.jsonl"), b"".join(data for _, data in ended))
    for uri, _ in ended:
        delete(uri)
    return len(ended)


def _read(uri: str) -> bytes | None:
    """Return a file; None where it went meanwhile, or where its last line is cut off."""
    try:
        data = read_bytes(uri)
    except MissingFileError:
        return None
    return data if data.endswith(b"\n") else None


def _has_ended(data: bytes) -> bool:
    lines = data.decode(errors="replace").splitlines()
    return any(text(document_of(line), "eventType") in {"COMPLETE", "FAIL", "ABORT"} for line in lines)


def _name(uri: str) -> str:
    return uri.rpartition("/")[2]
