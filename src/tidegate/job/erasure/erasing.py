"""Erase a person from every table, and prove it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tidegate.errors import ConcurrentWriteError, SelectionError
from tidegate.job.context import new_run_id
from tidegate.job.erasure.finding import referring_only, tables_of
from tidegate.job.erasure.matching import check_key
from tidegate.job.erasure.readers import readers_behind
from tidegate.job.erasure.table import ErasedTable, Look
from tidegate.job.quarantine.places import QUARANTINE_LAYER, actions_of, quarantine_of
from tidegate.model.erasures import Erasure, TableErased
from tidegate.tables.catalog import deferring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tidegate.job.context import RunContext
    from tidegate.job.erasure.register import ErasureRegister
    from tidegate.job.port import Job
    from tidegate.model.erasures import HashedSubject
    from tidegate.model.names import TableName

_IN_MEMORY = "memory"
_OUTSIDE = (
    "files of the landing zone and tables of other systems: they are not tidegate's; what they bring is kept out",
    "rows that wait for the gate of a run under way, or of one that died: they go with the run, or after a week",
    "numbers that were summed up over many persons",
    "the least and greatest values that the logs of Delta and Iceberg keep of each file",
)


@dataclass(frozen=True)
class Erasing:
    """Erases persons from one lakehouse.

    Attributes:
        context: Tables, contracts, key and clock.
        register: Where erasures are written down.
        deadline_days: Within how many days the files of old versions have to be gone.
        jobs: Returns the jobs of the project: before files go at once, all of them must have read what was in these.
    """

    context: RunContext
    register: ErasureRegister
    deadline_days: int
    jobs: Callable[[], Iterable[type[Job]]] = tuple

    def planned(self, subject: HashedSubject) -> Erasure:
        """Return in which tables the person is, and how often; nothing is written.

        Raises:
            SelectionError: No table has such a column.
        """
        begun = self._begun(subject)
        tables = tuple(
            self._seen(one, one.look())
            for one in (ErasedTable(self.context, *target, subject.hash) for target in self._targets(subject))
        )
        return replace(begun, status="planned", tables=tables)

    def erase(self, subject: HashedSubject, *, at_once: bool = False) -> Erasure:
        """Erase a person from all tables, and return the proof, which is written down last.

        What comes in again is kept out from the first step on. A call that was stopped is taken up by the next one.

        Args:
            subject: The person.
            at_once: Whether the files of old versions go at once; no run and no reader may be under way then.

        Raises:
            SelectionError: No table has such a column; or files are to go at once that a job has not read yet.
            ConfigError: Persons were erased under another key before.
            ConcurrentWriteError: A run that was under way has brought the person in again.
        """
        check_key(self.register.subjects(), self.context.privacy_key())
        targets = tuple(self._targets(subject))
        if at_once:
            self._check_readers(table for table, _ in targets)
        known = self._begun(subject)
        if known.erased_at is not None and not any(one.found for one in self.planned(subject).tables):
            return self._finished(known, at_once=at_once)
        proof = replace(known, status="begun", erased_at=None, completed_at=None)
        self.register.keep(proof)
        for table, columns in targets:
            proof = self._erased(proof, ErasedTable(self.context, table, columns, subject.hash))
        left = [one.table for one in proof.tables if one.left]
        if left:
            self.register.keep(proof)
            raise ConcurrentWriteError(
                "a run that was under way has brought the person in again",
                where=", ".join(left),
                hint="wait for the run, and erase again; later runs keep the person out",
            )
        return self._finished(replace(proof, status="erased", erased_at=self._now().isoformat()), at_once=at_once)

    def finish(self, *, at_once: bool = False) -> tuple[Erasure, ...]:
        """Look at all erasures that are not complete again, and return their proofs.

        What was stopped is taken up, what came back is erased again, and where the deadline has come the files of
        versions from before the erasure go.
        """
        pending = [one for one in self.register.erasures() if one.status != "complete"]
        return tuple(self.erase(one.subject, at_once=at_once) for one in pending)

    def again(self, table: TableName) -> None:
        """Erase whoever was erased from one table again, which an older version has come back of."""
        subjects = self.register.subjects()
        if not subjects:
            return
        check_key(subjects, self.context.privacy_key())
        for subject in sorted(subjects, key=lambda one: (one.column, one.hash)):
            for target, columns in self._targets(subject):
                if target == table or target in self._beside(table):
                    self._erased_again(subject, ErasedTable(self.context, target, columns, subject.hash))

    def _erased_again(self, subject: HashedSubject, table: ErasedTable) -> None:
        found = self.register.find(subject)
        seen = table.look()
        if found is not None and seen.rows:
            table.erase(seen, subject.id)
            now = self._now().isoformat()
            self.register.keep(replace(found, status="erased", erased_at=now, completed_at=None))

    def _begun(self, subject: HashedSubject) -> Erasure:
        found = self.register.find(subject)
        now = self._now()
        deadline = (now + timedelta(days=self.deadline_days)).date().isoformat()
        known = found or Erasure(subject, "begun", now.isoformat(), deadline)
        return replace(known, untouched=self._untouched(subject))

    def _targets(self, subject: HashedSubject) -> Iterator[tuple[TableName, tuple[str, ...]]]:
        """Give the tables to look at that exist, each with the columns that name persons; facts before their rows."""
        named = tables_of(subject.column, self.context.contracts)
        if not named:
            raise SelectionError(
                f"no contract has a column {subject.column}, or one that refers to it",
                where="--subject",
                hint="name the column as a contract does; a column of another name says so by the property subject",
            )
        for table, columns in named.items():
            for one in (table, *self._beside(table), actions_of(table), quarantine_of(table)):
                if self._is_there(one):
                    yield one, columns

    def _beside(self, table: TableName) -> tuple[TableName, ...]:
        late = deferring(self.context.tables.store(table)) if table.layer in self.context.tables.layers else None
        return late.sides(table) if late else ()

    def _is_there(self, table: TableName) -> bool:
        tables = self.context.tables
        if table.layer not in tables.layers:
            return False
        store = tables.store(table)
        return store.format != _IN_MEMORY and store.version(table) is not None

    def _untouched(self, subject: HashedSubject) -> tuple[str, ...]:
        contracts = self.context.contracts
        linked = (
            f"{table}: it refers to {other}, and has no column that names the person"
            for table, other in referring_only(subject.column, contracts)
        )
        masked = (
            f"{table}: {name} is masked, so nobody can tell whose rows they are"
            for table, columns in tables_of(subject.column, contracts).items()
            for name in columns
            if contracts.get(table).protected.get(name) == "mask"
        )
        return (*linked, *masked, *_OUTSIDE)

    def _seen(self, table: ErasedTable, look: Look) -> TableErased:
        store = self.context.tables.store(table.table)
        return TableErased(str(table.table), store.format, table.columns, look.rows, left=look.rows)

    def _erased(self, proof: Erasure, table: ErasedTable) -> Erasure:
        """Erase from one table. How many rows there are is written down before they go."""
        store, name = self.context.tables.store(table.table), str(table.table)
        known = proof.of(name)
        late = deferring(store)
        if late is not None and table.table.layer != QUARANTINE_LAYER:
            late.fold(table.table, new_run_id())
        look = table.look()
        before = store.version(table.table) if known is None else known.version_before
        found = max(look.rows, known.found if known else 0)
        seen = replace(self._seen(table, look), found=found, version_before=before)
        proof = proof.told(seen)
        self.register.keep(proof)
        table.erase(look, proof.subject.id)
        left = table.look().rows if look.rows else 0
        return proof.told(replace(seen, left=left, version_after=store.version(table.table)))

    def _finished(self, proof: Erasure, *, at_once: bool) -> Erasure:
        """Return the proof once more with what is left of old versions, and write it down."""
        moment = datetime.fromisoformat(proof.erased_at or proof.asked_at)
        is_due = proof.deadline <= self._now().date().isoformat()
        targets = {str(table): (table, columns) for table, columns in self._targets(proof.subject)}
        for one in proof.tables:
            if one.table in targets:
                table = ErasedTable(self.context, *targets[one.table], proof.subject.hash)
                if at_once or is_due:
                    table.forget(self._now() if at_once else moment)
                proof = proof.told(replace(one, old_files=table.leftovers(moment)))
        if not any(one.old_files for one in proof.tables):
            completed_at = proof.completed_at or self._now().isoformat()
            proof = replace(proof, status="complete", completed_at=completed_at)
        self.register.keep(proof)
        return proof

    def _check_readers(self, tables: Iterable[TableName]) -> None:
        behind = sorted(f"{job} ({table})" for job, table in readers_behind(self.jobs(), {*tables}, self.context))
        if behind:
            raise SelectionError(
                f"jobs have not read all that is new in tables whose old files would go: {', '.join(behind)}",
                where="--now",
                hint="run these jobs first, or leave out --now; nothing was changed",
            )

    def _now(self) -> datetime:
        return self.context.clock()
