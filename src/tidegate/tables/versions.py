"""Versions of a table, restores and erasures among them: which versions still count."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tidegate.errors import TableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from tidegate.model.names import TableName


def check_reader(table: TableName, location: str, since: int | None, until: int) -> None:
    """Assert that a reader is not ahead of its table.

    Args:
        table: The table.
        location: Where it is, for the message.
        since: The version read last; None where nothing has been read.
        until: The newest version.

    Raises:
        TableError: The reader has read a version that the table does not have.
    """
    if since is not None and since > until:
        raise TableError(
            f"{table} is at version {until}, and has been read up to version {since}",
            where=location,
            hint="the table was replaced; rebuild the tables made from it",
        )


_ERASURE = "tidegate_erasure"


def erasure_facts(name: str) -> str:
    """Return what the log of a table says of a version that only took an erased person's rows away.

    Args:
        name: Name of the erasure; it tells nobody who the person was.
    """
    return json.dumps({_ERASURE: name})


def is_erasure(facts: object) -> bool:
    """Return whether what a log says of a version is that it took an erased person's rows away: readers pass it over.

    Args:
        facts: What the writer of the version left in the log; anything, where it was another writer.
    """
    try:
        told = json.loads(facts) if isinstance(facts, str) else None
    except ValueError:
        return False
    return isinstance(told, dict) and _ERASURE in told


def segments(restores: Mapping[int, int | None], since: int, until: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges of versions whose changes a reader at `since` sees on its way to `until`, in order.

    What was withdrawn by a restore in between is left out. A restore to a version before `since` is itself a change: it
    brings back what the reader has seen replaced.

    Args:
        restores: Versions that are restores, with the version they restored; None where that was an empty table.
        since: The version read last, exclusive.
        until: The version to read, inclusive.
    """
    found: list[tuple[int, int]] = []
    end = until
    while end > since:
        last = max((version for version in restores if since < version <= end), default=None)
        if last is None:
            found.append((since + 1, end))
            break
        if last < end:
            found.append((last + 1, end))
        target = restores[last]
        if target is None or target < since:
            found.append((last, last))
            break
        end = target
    return tuple(reversed(found))


def without(left_out: Collection[int], ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return ranges of versions, both ends inclusive, cut where versions are left out."""
    found: list[tuple[int, int]] = []
    for first, last in ranges:
        start = first
        for version in sorted(version for version in left_out if first <= version <= last):
            found.append((start, version - 1))
            start = version + 1
        found.append((start, last))
    return tuple((first, last) for first, last in found if first <= last)
