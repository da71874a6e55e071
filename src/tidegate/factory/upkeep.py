"""Keep a table of the project in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import TableError
from tidegate.job.base import SparkJob
from tidegate.model.modes import Scd2, Upsert, late_window
from tidegate.model.names import TableName
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
    """

    table: str
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    is_compacted: bool
    expired_files: int
    decisions: tuple[Decision, ...]


def maintain(lakehouse: Lakehouse, name: str, *, is_explaining: bool = False) -> Maintained:
    """Compact a table where that is due, and remove the files that no version within the retention needs.

    No row changes, and nothing becomes new for the jobs that read the table.

    Args:
        lakehouse: The project.
        name: The table.
        is_explaining: Whether to decide only, without Spark, and to change nothing.

    Raises:
        TableError: The table does not exist, or its format needs no upkeep.
    """
    table = TableName.parse(name)
    keeper = keeper_of(lakehouse.tables.store(table), table, lakehouse.session)
    settings = lakehouse.settings.maintenance
    usage = _usage(lakehouse, name)
    before = keeper.shape(table, usage.event_column)
    layout = advise(before, usage, Wishes(settings.target_file_mib, settings.compression_level))
    after, is_compacted, expired = before, False, 0
    if not is_explaining:
        is_compacted = layout.is_compaction_due and keeper.compact(table, layout)
        expired = keeper.expire(table, settings.retention_days)
        after = keeper.shape(table, None)
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
