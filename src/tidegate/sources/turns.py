"""Snapshots of a feed are read one after the other, in the order of their names. No Spark."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from tidegate.errors import SourceError

if TYPE_CHECKING:
    from tidegate.sources.deliveries import Arrived
    from tidegate.sources.listing import LandedFile


def next_snapshot(found: Arrived, seen: frozenset[str], feed: str) -> tuple[LandedFile, ...]:
    """Return the files of the oldest snapshot that no run has read; none where an older one is not whole yet.

    Args:
        found: The new files.
        seen: Identities of the files that earlier batches have read.
        feed: The feed, for messages.

    Raises:
        SourceError: The feed went backwards: a snapshot has come, or got a file, that is not newer than those read.
    """
    by_name = {name: tuple(files) for name, files in groupby(sorted(found.files, key=_order), key=_name)}
    last = max((snapshot_name(identity.rpartition("@")[0]) for identity in seen), default="")
    stale = next((name for name in by_name if last and name <= last), None)
    if stale is not None:
        raise SourceError(
            f"the feed went backwards: {stale} has new files, and {last} has been read",
            where=feed,
            hint="remove them, or send the snapshot again under a name that comes after all others",
        )
    held = min((waiting.folder for waiting in found.waiting if not waiting.is_taken), default=None)
    first = min(by_name, default=None)
    return () if first is None or (held is not None and held < first) else by_name[first]


def snapshot_name(path: str) -> str:
    """Return the snapshot that a file belongs to: its folder, or itself where it lies in the feed."""
    return path.rpartition("/")[0] or path


def _name(file: LandedFile) -> str:
    return snapshot_name(file.path)


def _order(file: LandedFile) -> tuple[str, str]:
    return _name(file), file.path
