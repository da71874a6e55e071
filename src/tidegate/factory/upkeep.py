"""Keep a table of the project in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from tidegate.errors import TableError
from tidegate.factory.asked_tables import named_table
from tidegate.job.base import SparkJob
from tidegate.job.context import new_run_id
from tidegate.model.commits import Token
from tidegate.model.declarations import Affected, New
from tidegate.model.maintenance import Maintenance
from tidegate.model.modes import ApplyChanges, ReplaceWindow, Scd2, Upsert, late_window
from tidegate.model.names import TableName
from tidegate.tables.catalog import deferring
from tidegate.tables.upkeep import REWRITABLE, Decision, Usage, Wishes, advise, keeper_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.model.commits import Commit
    from tidegate.tables.upkeep import Keeper, Layout, Shape

_TIMES = ("date", "timestamp", "timestamp_ntz")


@dataclass(frozen=True)
class Maintained:
    """What was decided for a table, and done.

    Attributes:
        table: The table.
        files_before: Files of its newest version before.
        files_after: Files of its newest version after.
        bytes_before: Their size before.
        bytes_after: Their size after.
        is_compacted: Whether files were rewritten.
        expired_files: Files that were removed.
        decisions: Every choice with its reason.
        folded_rows: Late rows that waited beside the table and were merged into it.
    """

    table: str
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    is_compacted: bool
    expired_files: int
    decisions: tuple[Decision, ...]
    folded_rows: int = 0


def maintain(lakehouse: Lakehouse, name: str, *, is_explaining: bool = False) -> Maintained:
    """Fold in the late rows that wait beside a table, compact it where due, and remove files that no version needs.

    No row changes for readers, and nothing becomes new for the jobs that read the table.

    Args:
        lakehouse: The project.
        name: The table.
        is_explaining: Whether to decide only, without Spark, and to change nothing.

    Raises:
        SelectionError: Nothing in the project has that name.
        TableError: The table does not exist yet, or its format needs no upkeep.
    """
    table = named_table(lakehouse, name)
    store = lakehouse.tables.store(table)
    late = deferring(store)
    waiting = late.rows_waiting(table) if late else 0
    if late and not is_explaining:
        late.fold(table, new_run_id())
    keeper = keeper_of(store, table, lakehouse.session)
    usage = usage_of(lakehouse, name)
    before = keeper.shape(table, usage.event_column)
    layout = advise(before, usage, _wishes(lakehouse))
    if is_explaining:
        done = _maintained(name, (before, before), layout)
    else:
        done = _done(lakehouse, keeper, table, before, layout)
    return replace(done, decisions=(*done.decisions, *_folding(waiting)), folded_rows=0 if is_explaining else waiting)


def upkeep_after_runs(lakehouse: Lakehouse) -> Callable[[str], Maintenance | None] | None:
    """Return what keeps a table in order if its debt has grown as large as the settings say, and else does nothing.

    Whether it has is told by the table's own log, without Spark. None: the settings ask for no upkeep after runs.
    """
    limits = lakehouse.settings.maintenance.after_run
    if limits is None:
        return None
    wishes = replace(_wishes(lakehouse), small_files=limits.small_files, struck_share=limits.struck_share)
    return partial(_maintain_if_due, lakehouse, wishes)


def _maintain_if_due(lakehouse: Lakehouse, wishes: Wishes, name: str) -> Maintenance | None:
    table = TableName.parse(name)
    store = lakehouse.tables.store(table)
    if store.format not in REWRITABLE:
        return None
    keeper = keeper_of(store, table, lakehouse.session)
    if not advise(keeper.shape(table, None), Usage(), wishes).is_compaction_due:
        return None
    usage = usage_of(lakehouse, name)
    before = keeper.shape(table, usage.event_column)
    done = _done(lakehouse, keeper, table, before, advise(before, usage, wishes))
    return Maintenance(
        why=next(decision.why for decision in done.decisions if decision.what == "compact now"),
        is_compacted=done.is_compacted,
        files_before=done.files_before,
        files_after=done.files_after,
        bytes_before=done.bytes_before,
        bytes_after=done.bytes_after,
        expired_files=done.expired_files,
    )


def _done(lakehouse: Lakehouse, keeper: Keeper, table: TableName, before: Shape, layout: Layout) -> Maintained:
    is_compacted = layout.is_compaction_due and keeper.compact(table, layout)
    keep_from = unread_since(lakehouse, table)
    late, days = deferring(lakehouse.tables.store(table)), lakehouse.settings.maintenance.retention_days
    expired = sum(keeper.expire(kept, days, keep_from) for kept in (table, *(late.sides(table) if late else ())))
    return _maintained(
        str(table), (before, keeper.shape(table, None)), layout, is_compacted=is_compacted, expired=expired
    )


def _maintained(
    name: str, shapes: tuple[Shape, Shape], layout: Layout, *, is_compacted: bool = False, expired: int = 0
) -> Maintained:
    before, after = shapes
    return Maintained(
        table=name,
        files_before=len(before.files),
        files_after=len(after.files),
        bytes_before=before.bytes,
        bytes_after=after.bytes,
        is_compacted=is_compacted,
        expired_files=expired,
        decisions=layout.decisions,
    )


def _folding(waiting: int) -> tuple[Decision, ...]:
    why = f"{waiting:,} late rows wait beside the table, and every reader merges them for itself"
    return (Decision("fold now", "yes", why),) if waiting else ()


def usage_of(lakehouse: Lakehouse, name: str) -> Usage:
    """Return how jobs and contracts use a table, as they declare it.

    Raises:
        TableError: More than one job writes the table.
    """
    jobs = [job for job in lakehouse.registry.classes if issubclass(job, SparkJob)]
    writers = [job for job in jobs if job.output.table == name]
    if len(writers) > 1:
        raise TableError(
            f"{len(writers)} jobs write {name}",
            where=", ".join(job.name() for job in writers),
            hint="a table has one writer; give the jobs tables of their own",
        )
    groups = [
        declared.keys
        for job in jobs
        for declared in job.declared_inputs().values()
        if isinstance(declared, Affected) and declared.table == name
    ]
    contract = lakehouse.contracts.find(TableName.parse(name))
    usage = Usage(
        filters=tuple(dict.fromkeys((*chain.from_iterable(groups), *_referenced(lakehouse, name)))),
        times=tuple(known.name for known in contract.columns if known.type in _TIMES) if contract else (),
    )
    if not writers:
        return usage
    output = writers[0].output
    mode = output.mode
    keys = mode.keys if isinstance(mode, Upsert | Scd2 | ApplyChanges) else ()
    window = late_window(mode)
    event = mode.column if isinstance(mode, ReplaceWindow) else window.column if window else None
    return replace(usage, keys=keys, event_column=event, cluster_by=output.cluster_by)


def _referenced(lakehouse: Lakehouse, name: str) -> Iterator[str]:
    """Give the columns of a table by which contracts of others look rows up."""
    for known in lakehouse.contracts.tables:
        contract = lakehouse.contracts.find(known)
        for reference in contract.foreign_keys if contract else ():
            if str(reference.table) == name:
                yield from reference.references


def unread_since(lakehouse: Lakehouse, table: TableName) -> datetime | None:
    """Return when the first version was made that a job which reads the table's news has not read yet; None for none.

    A job that has never run reads the table as it is and needs no old version.
    """
    seen = [
        commit.watermarks[name]
        for job in lakehouse.registry.classes
        if issubclass(job, SparkJob)
        for name, declared in job.declared_inputs().items()
        if isinstance(declared, New | Affected) and declared.table == str(table)
        if (commit := _last_commit(lakehouse, job)) and name in commit.watermarks
    ]
    store = lakehouse.tables.store(table)
    if not seen or min(seen) >= (store.version(table) or 0):
        return None
    return min((known.made_at for known in store.history(table) if known.number > min(seen)), default=None)


def _last_commit(lakehouse: Lakehouse, job: type[SparkJob]) -> Commit | None:
    store = lakehouse.tables.store(job.output.name)
    if store.version(job.output.name) is None:
        return None
    return store.last_commit(job.output.name, Token(job.name(), 0).application)


def _wishes(lakehouse: Lakehouse) -> Wishes:
    settings = lakehouse.settings.maintenance
    return Wishes(settings.target_file_mib, settings.compression_level, settings.encodings)
