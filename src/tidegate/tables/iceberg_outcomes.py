"""What a snapshot did to the rows of its batch, told from its summary."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.model.modes import Append, Replace, ReplaceWindow, Upsert
from tidegate.tables.iceberg_snapshots import count
from tidegate.tables.rewrites import check_outcomes, unchanged

if TYPE_CHECKING:
    from pyiceberg.table.snapshots import Snapshot

    from tidegate.tables.port import Batch, Published
    from tidegate.tables.semantics import Tally


def outcome(published: Published, made: Snapshot, batch: Batch, told: Tally | None) -> Published:
    """Return what a snapshot did to the rows of its batch.

    Args:
        published: The versions before and after it.
        made: The snapshot.
        batch: The batch.
        told: The outcomes, where the statement counted them; None takes them from the snapshot's summary.

    Raises:
        PublishError: The counts do not come to the rows of the batch.
    """
    deleted = 0
    if told is not None:
        inserted, updated, deleted = told.inserted, told.updated, told.deleted
        check_outcomes(told.total, batch.count)
    else:
        written, struck = count(made, "added-records") or 0, count(made, "added-position-deletes") or 0
        updated = struck if isinstance(batch.mode, Upsert) else 0
        inserted = written - updated
        if isinstance(batch.mode, Append | Replace | ReplaceWindow):
            check_outcomes(inserted, batch.count)
    return replace(
        published,
        inserted=inserted,
        updated=updated,
        unchanged=unchanged(batch, inserted + updated + deleted),
        deleted=deleted,
        files=count(made, "added-data-files") or 0,
        bytes=count(made, "added-files-size") or 0,
    )
