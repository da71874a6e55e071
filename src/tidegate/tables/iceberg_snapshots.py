"""What single snapshots of an Iceberg table say of themselves in their summaries. No Spark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyiceberg.table.snapshots import Operation

from tidegate.model.commits import Commit
from tidegate.tables.versions import is_erasure

if TYPE_CHECKING:
    from pyiceberg.table.snapshots import Snapshot

# The one entry of a snapshot's summary that a session gives to every statement, MERGE among them, in every release.
FACTS = "wap.id"
_VERSION = "version"


def facts_of(snapshot: Snapshot) -> str | None:
    """Return the text that the writer of a snapshot left in it, or None."""
    return snapshot.summary.get(FACTS) if snapshot.summary else None


def facts(commit: Commit, version: int) -> str:
    """Return the text that a snapshot carries: the commit, and the version that the snapshot makes."""
    return json.dumps({**json.loads(commit.to_json()), _VERSION: version}, separators=(",", ":"), sort_keys=True)


def count(snapshot: Snapshot, name: str) -> int | None:
    """Return a number of a snapshot's summary; None where it does not say."""
    found = snapshot.summary.get(name) if snapshot.summary else None
    return int(found) if found is not None else None


def number_of(snapshot: Snapshot | None) -> int | None:
    """Return the version that a snapshot says it made, or None where it is not tidegate's."""
    text = facts_of(snapshot) if snapshot else None
    if Commit.from_json(text) is None:
        return None
    number = json.loads(text or "{}").get(_VERSION)
    return number if isinstance(number, int) else None


def live_rows(snapshot: Snapshot) -> int | None:
    """Return the rows of the table: those in its data files less those struck out by their position."""
    total, struck = count(snapshot, "total-records"), count(snapshot, "total-position-deletes") or 0
    return None if total is None or count(snapshot, "total-equality-deletes") else total - struck


def takes_rows_away(snapshot: Snapshot) -> bool:
    """Return whether rows may have been deleted or replaced by a snapshot."""
    names = ("deleted-data-files", "added-position-deletes", "added-equality-deletes")
    return any(count(snapshot, name) for name in names)


def is_quiet(snapshot: Snapshot) -> bool:
    """Return whether a snapshot is nothing to readers: compaction, or a person's rows that were erased."""
    return operation_of(snapshot) is Operation.REPLACE or is_erasure(facts_of(snapshot))


def operation_of(snapshot: Snapshot) -> Operation | None:
    """Return what kind of change made a snapshot; None where it does not say."""
    return snapshot.summary.operation if snapshot.summary else None
