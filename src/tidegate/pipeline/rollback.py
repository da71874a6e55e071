"""Take every table that a run has written back to the version before the run."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.errors import TableError, TidegateError
from tidegate.job.quarantine.places import quarantine_of
from tidegate.model.events import Observer
from tidegate.model.rollbacks import RolledBack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.job.port import Job
    from tidegate.model.events import RunStarted
    from tidegate.model.names import TableName
    from tidegate.model.reports import RunReport
    from tidegate.tables.catalog import Catalog
    from tidegate.tables.port import TableStore, Version

# What makes a version without changing a row: compaction, expiry, other types, other properties.
_UPKEEP = ("OPTIMIZE", "VACUUM", "REORG", "REPLACE", "RESTORE", "SET", "UNSET", "ADD", "CHANGE", "ALTER", "UPGRADE")


@dataclass
class Written(Observer):
    """Which runs a pipeline's run has begun: an observer that never fails and writes nothing.

    Attributes:
        run_id: The pipeline's run.
        jobs: Per run of a job, the job; every attempt is a run.
    """

    run_id: str
    jobs: dict[str, str] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def started(self, event: RunStarted) -> None:
        """Take note of a run."""
        if event.parent_run_id == self.run_id:
            with self._turn:
                self.jobs[event.run_id] = event.name

    def ended(self, report: RunReport) -> None:
        """Take note that a run is over."""
        with self._turn:
            self._ended.add(report.run_id)

    def at_work(self) -> frozenset[str]:
        """Return the jobs of which a run has not ended: those that were given up."""
        with self._turn:
            return frozenset(job for run, job in self.jobs.items() if run not in self._ended)


def roll_back(written: Written, jobs: Mapping[str, Job], tables: Catalog) -> tuple[RolledBack, ...]:
    """Take back every table, quarantines too, that the runs have written; return what became of each, last job first.

    A table that somebody else has written since, or that a job is still at work on, stays as it is, and that is told.

    Args:
        written: The runs.
        jobs: The jobs by name.
        tables: The catalog.
    """
    found: list[RolledBack] = []
    runs = frozenset(written.jobs)
    at_work = written.at_work()
    for name in reversed(dict.fromkeys(written.jobs.values())):
        outputs = jobs[name].outputs()
        places = [*outputs, *(quarantine_of(table) for table in outputs)]
        undone = (_undone(table, name, runs, tables, is_at_work=name in at_work) for table in places)
        found += [one for one in undone if one is not None]
    return tuple(found)


def _undone(
    table: TableName, job: str, runs: frozenset[str], tables: Catalog, *, is_at_work: bool
) -> RolledBack | None:
    """Return what became of a table; None where the runs have not written it."""
    if table.layer not in tables.layers:
        return None
    version, target = 0, None
    try:
        store = tables.store(table)
        history = store.history(table)
        ours = [one.number for one in history if one.commit and one.commit.run_id in runs]
        if not ours and not is_at_work:
            return None
        version, target = history[-1].number if history else 0, _target(history, min(ours, default=0))
        _check_idle(table, job, is_at_work=is_at_work)
        _check_alone(table, store, history, (target, runs))
        after = store.restore(table, target)
    except TidegateError as error:
        return RolledBack(str(table), job, version, target, error=str(error))
    except Exception as error:  # noqa: BLE001 - the other tables are to be taken back all the same
        text = f"the table cannot be restored: {type(error).__name__}\n  hint:  tidegate restore {table} --to {target}"
        return RolledBack(str(table), job, version, target, error=text)
    return RolledBack(str(table), job, version, target, after)


def _check_idle(table: TableName, job: str, *, is_at_work: bool) -> None:
    if is_at_work:
        raise TableError(f"{job} was given up and may still be writing to {table}", hint="restore it by hand later")


def _target(history: Sequence[Version], first: int) -> int | None:
    """Return the version before the first of the runs; what only gave the table other types goes with it."""
    before = [one for one in history if one.number < first]
    while before and before[-1].commit is None and before[-1].operation.upper().startswith(("REPLACE", "SET", "ADD")):
        before.pop()
    return before[-1].number if before else None


def _check_alone(
    table: TableName, store: TableStore, history: Sequence[Version], what: tuple[int | None, frozenset[str]]
) -> None:
    """Refuse to take back what others have written."""
    target, runs = what
    since = [one for one in history if target is None or one.number > target]
    strangers = [
        one
        for one in since
        if (one.commit is not None and one.commit.run_id not in runs)
        or (one.commit is None and not one.is_restore and not one.operation.upper().startswith(_UPKEEP))
    ]
    if strangers:
        raise TableError(
            f"another writer has made version {strangers[0].number} of {table} since",
            where=store.location(table),
            hint=f"look at what it wrote (tidegate diff); then tidegate restore {table} --to {target}",
        )
