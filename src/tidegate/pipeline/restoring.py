"""Take a table back to an earlier version, knowing what goes with it and who has read what goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import TableError
from tidegate.model.commits import Token
from tidegate.model.declarations import table_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidegate.job.port import Job
    from tidegate.model.names import TableName
    from tidegate.tables.catalog import Catalog
    from tidegate.tables.port import Version


@dataclass(frozen=True)
class Withdrawn:
    """A commit that would no longer count.

    Attributes:
        version: The version it made.
        made_at: When (ISO 8601, UTC).
        by: The job and batch, or the operation of another writer.
        run_id: The run that made it; None for other writers.
    """

    version: int
    made_at: str
    by: str
    run_id: str | None


@dataclass(frozen=True)
class Dependant:
    """A job that has read versions that would go.

    Attributes:
        job: The job.
        read_to: The version of the table that it has read.
        remedy: What to do about it.
    """

    job: str
    read_to: int
    remedy: str


@dataclass(frozen=True)
class Restoration:
    """What a restore would do, or has done.

    Attributes:
        table: The table.
        version: Its version before the restore.
        target: The version that it becomes like.
        rows_before: Rows that it has.
        rows_after: Rows that it would have.
        withdrawn: Commits that would no longer count, oldest first; what they had read is read again by the next run.
        dependants: Jobs that have read what goes.
        version_after: The version that the restore made; None where nothing was restored.
    """

    table: str
    version: int
    target: int
    rows_before: int
    rows_after: int
    withdrawn: tuple[Withdrawn, ...]
    dependants: tuple[Dependant, ...]
    version_after: int | None = None


def plan_restore(table: TableName, target: int, tables: Catalog, jobs: Iterable[type[Job]]) -> Restoration:
    """Return what a restore would do; nothing is written.

    Args:
        table: The table.
        target: The version to go back to.
        tables: The catalog.
        jobs: All jobs of the project.

    Raises:
        TableError: The table does not exist, or has no such version.
    """
    store = tables.store(table)
    history = store.history(table)
    if not history:
        raise TableError(f"{table} does not exist", where=store.location(table), hint="run the job that writes it")
    numbers = [version.number for version in history]
    if target not in numbers:
        raise TableError(
            f"{table} has no version {target}",
            where=store.location(table),
            hint=f"it has {numbers[0]} to {numbers[-1]}",
        )
    return Restoration(
        table=str(table),
        version=numbers[-1],
        target=target,
        rows_before=store.read(table, numbers[-1]).count(),
        rows_after=store.read(table, target).count(),
        withdrawn=tuple(_withdrawn(version) for version in history if version.number > target),
        dependants=tuple(_dependants(table, target, tables, jobs)),
    )


def _withdrawn(version: Version) -> Withdrawn:
    commit = version.commit
    by = f"{commit.token.job}, batch {commit.token.batch} of {commit.token.scope}" if commit else version.operation
    made_at = version.made_at.isoformat(timespec="seconds")
    return Withdrawn(version.number, made_at, by, commit.run_id if commit else None)


def _dependants(table: TableName, target: int, tables: Catalog, jobs: Iterable[type[Job]]) -> list[Dependant]:
    found = []
    for job in jobs:
        names = [name for name, read in job.declared_inputs().items() if table_of(read) == table]
        output = job.outputs()[0]
        store = tables.store(output)
        if not names or store.version(output) is None:
            continue
        last = store.last_commit(output, Token(job.name(), 0).application)
        read_to = max((last.watermarks.get(name, target) for name in names), default=target) if last else target
        if read_to > target:
            remedy = f"tidegate backfill {job.name()} --full-refresh"
            if len(job.outputs()) > 1:
                remedy = f"restore its tables to the versions before, and run {job.name()}"
            found.append(Dependant(job.name(), read_to, remedy))
    return found
