"""Which snapshots of an Iceberg table may go, and what of them has to be remembered: metadata in, decision out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.model.commits import Commit
from tidegate.tables.iceberg_remembered import Remembered, newest_of_each
from tidegate.tables.iceberg_snapshots import facts_of
from tidegate.tables.iceberg_writes import BRANCH

if TYPE_CHECKING:
    from datetime import datetime

    from pyiceberg.table.metadata import TableMetadata

    from tidegate.tables.iceberg_log import IcebergLog


@dataclass(frozen=True)
class Expiry:
    """What is to expire.

    Attributes:
        snapshots: Ids of the snapshots to let go, sorted.
        branches: Branches of publishes that died, to be dropped first.
        remembered: What the table's property has to say before they go; None where it need not change.
    """

    snapshots: tuple[int, ...] = ()
    branches: tuple[str, ...] = ()
    remembered: Remembered | None = None


def plan_expiry(metadata: TableMetadata, log: IcebergLog, before: datetime) -> Expiry:
    """Return the snapshots that nobody needs who looks no further back than a moment.

    A snapshot stays while it was the table at that moment or later, so that the table can be read as of every moment
    since; while it is younger, as one that waits to be published is; and while a branch or a tag points to it. Of those
    that go, the newest commit of every application is remembered, with the files it has read, and the version.

    Args:
        metadata: The table's metadata.
        log: Its history.
        before: The moment, in UTC.
    """
    limit = int(before.timestamp() * 1_000)
    made = {snapshot.snapshot_id: snapshot.timestamp_ms for snapshot in metadata.snapshots}
    branches = tuple(
        sorted(
            name
            for name, ref in metadata.refs.items()
            if name.startswith(f"{BRANCH}_") and made.get(ref.snapshot_id, limit) < limit
        )
    )
    kept = {ref.snapshot_id for name, ref in metadata.refs.items() if name not in branches}
    kept |= {snapshot for snapshot, moment in made.items() if moment >= limit}
    states = metadata.snapshot_log
    replaced = [state.timestamp_ms for state in states[1:]]
    kept |= {state.snapshot_id for state, until in zip(states, [*replaced, limit], strict=False) if until >= limit}
    gone = tuple(sorted(made.keys() - kept))
    return Expiry(gone, branches, _remembered(metadata, log, frozenset(gone)) if gone else None)


def _remembered(metadata: TableMetadata, log: IcebergLog, gone: frozenset[int]) -> Remembered | None:
    """Return what the table says once some snapshots have gone; None where nothing was published."""
    if log.head is None or log.version is None:
        return None
    line = list(log.ancestors(log.head))
    stays = next((place for place, snapshot in enumerate(line) if snapshot.snapshot_id in gone), len(line))
    below = [commit for snapshot in line[stays:] if (commit := Commit.from_json(facts_of(snapshot)))]
    known = log.remembered
    commits = newest_of_each((*below, *(known.commits if known else ())))
    newest, root = metadata.snapshot_log[-1], line[stays - 1].snapshot_id
    # Iceberg forgets the history up to the last state whose snapshot goes.
    first = max(
        (entry.version + 1 for entry in log.entries if entry.snapshot_id in gone), default=log.entries[0].version
    )
    quiet = log.quiet_since(first)
    return Remembered(root, newest.snapshot_id, newest.timestamp_ms, log.version, commits, quiet)
