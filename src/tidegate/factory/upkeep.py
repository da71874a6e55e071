"""Keep a table of the project in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import TableError
from tidegate.job.base import SparkJob
from tidegate.job.context import new_run_id
from tidegate.model.modes import Scd2, Upsert, late_window
from tidegate.model.names import TableName
from tidegate.tables.catalog import deferring
from tidegate.tables.upkeep import Decision, Usage, Wishes, advise, keeper_of

if TYPE_CHECKING:
    from tidegate.factory.lakehouse import Lakehouse


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
        TableError: The table does not exist, or its format needs no upkeep.
    """
    table = TableName.parse(name)
    store = lakehouse.tables.store(table)
    late = deferring(store)
    waiting = late.rows_waiting(table) if late else 0
    if late and not is_explaining:
        late.fold(table, new_run_id())
    keeper = keeper_of(store, table, lakehouse.session)
    settings = lakehouse.settings.maintenance
    usage = _usage(lakehouse, name)
    before = keeper.shape(table, usage.event_column)
    layout = advise(before, usage, Wishes(settings.target_file_mib, settings.compression_level))
    after, is_compacted, expired = before, False, 0
    if not is_explaining:
        is_compacted = layout.is_compaction_due and keeper.compact(table, layout)
        expired = sum(
            keeper.expire(kept, settings.retention_days) for kept in (table, *(late.sides(table) if late else ()))
        )
        after = keeper.shape(table, None)
    return Maintained(
        table=name,
        files_before=len(before.files),
        files_after=len(after.files),
        bytes_before=before.bytes,
        bytes_after=after.bytes,
        is_compacted=is_compacted,
        expired_files=expired,
        decisions=(*layout.decisions, *_folding(waiting)),
        folded_rows=0 if is_explaining else waiting,
    )


def _folding(waiting: int) -> tuple[Decision, ...]:
    why = f"{waiting:,} late rows wait beside the table, and every reader merges them for itself"
    return (Decision("fold now", "yes", why),) if waiting else ()


def _usage(lakehouse: Lakehouse, name: str) -> Usage:
    """Return how the job that writes a table uses it; a table that no job writes, such as dbt's, is used somehow."""
    writers = [job for job in lakehouse.registry.classes if issubclass(job, SparkJob) and job.output.table == name]
    if len(writers) > 1:
        raise TableError(
            f"{len(writers)} jobs write {name}",
            where=", ".join(job.name() for job in writers),
            hint="a table has one writer; give the jobs tables of their own",
        )
    if not writers:
        return Usage()
    output = writers[0].output
    keys = output.mode.keys if isinstance(output.mode, Upsert | Scd2) else ()
    window = late_window(output.mode)
    return Usage(keys, window.column if window else None, output.cluster_by)
