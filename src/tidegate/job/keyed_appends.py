"""Rows that are added once per key, though another writer may have added some since the run looked at the table."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from tidegate.model.modes import Append
from tidegate.tables.failures import late

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column

    from tidegate.job.work import Work
    from tidegate.model.commits import Commit
    from tidegate.tables.port import Batch, Published, TableStore


def offer(store: TableStore, batch: Batch, commit: Commit, work: Work) -> Published:
    """Publish a batch; of a keyed append only the rows whose keys nobody has added since the run was planned.

    The gate has held the keys against the table as it was then, and what has come since is small.

    Args:
        store: The store of the table.
        batch: The batch.
        commit: What its commit carries.
        work: The run.

    Raises:
        ConcurrentWriteError: Another writer came first; the batch can be offered again.
    """
    keys = work.contract.primary_key
    if not isinstance(batch.mode, Append) or not keys:
        return store.publish(batch, commit)
    now = store.version(batch.table)
    fresh = batch if now is None or now == work.plan.version else _without_known(store, batch, keys, work, now)
    published = store.publish(replace(fresh, seen=now, keyed_by=tuple(keys), reach=_reach(keys, work)), commit)
    return replace(published, unchanged=published.unchanged + batch.count - fresh.count)


def _reach(keys: Sequence[str], work: Work) -> Column | None:
    """Return which rows of the table may have a key of the batch, as far as the run has looked for it."""
    around = [work.bounds[key].around(key) for key in keys if key in work.bounds]
    return reduce(and_, around) if around else None


def _without_known(store: TableStore, batch: Batch, keys: Sequence[str], work: Work, now: int) -> Batch:
    """Return the batch without the rows whose keys have come to the table up to a version.

    Raises:
        ConcurrentWriteError: There are some, and the files of the batch are to become those of the table as they are.
    """
    come = store.changes(batch.table, work.plan.version, now).select(*keys)
    rows = batch.rows.join(come, list(keys), "left_anti").select(*batch.rows.columns)
    count = rows.count()
    if count == batch.count:
        return batch
    if batch.place is not None:
        raise late(batch.table)
    return replace(batch, rows=rows, count=count)
