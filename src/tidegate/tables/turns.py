"""Turns of drivers at a table, where the store of its files cannot tell which of two commits came first.

Delta and Iceberg's folders commit by making a file that must not be there yet. Spark's file system for S3 looks first
and writes then, so of two drivers that commit at once one takes the other's commit away, and neither notices. With a
lease, which S3 gives to one alone, they commit one after the other.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from tidegate import storage
from tidegate.errors import ConcurrentWriteError, PipelineBusyError
from tidegate.model.names import TableName
from tidegate.storage.lease import Terms, acquire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tidegate.tables.port import Batch

_Worker = TypeVar("_Worker")

_FOLDER = ("_tidegate", "turns")
_COMMITS = frozenset({"compact", "erase", "expire", "forget", "publish", "restore"})
_SECONDS = 15.0  # after a driver has died, others wait so long
_LONGEST_WAIT_SECONDS = 3600.0


@dataclass(frozen=True)
class Turns:
    """Turns at the tables of a layer.

    Attributes:
        layer: Folder of the layer; None where the store takes care of it, and nothing has to be done.
        terms: How turns are held.
    """

    layer: str | None = None
    terms: Terms = field(default_factory=lambda: Terms(_SECONDS, _LONGEST_WAIT_SECONDS, what="the table is written"))

    @contextmanager
    def at(self, *tables: TableName) -> Iterator[None]:
        """Commit to tables within, while no other driver of tidegate does.

        Raises:
            ConcurrentWriteError: Another driver had its turn for an hour, or this one was silent for so long that
                another may have committed meanwhile; offered again, the batch finds what there is.
        """
        with ExitStack() as stack:
            for table in sorted(set(tables)):
                stack.enter_context(self._one(table))
            yield

    @contextmanager
    def _one(self, table: TableName) -> Iterator[None]:
        if self.layer is None:
            yield
            return
        folder = storage.join(self.layer, *_FOLDER, table.dataset)
        try:
            lease = acquire(folder, f"of process {os.getpid()}", self.terms)
        except PipelineBusyError as error:
            raise ConcurrentWriteError(
                "another driver has been committing for too long",
                where=str(table),
                hint=f"look for it; the turns are in {folder}, and one whose driver is gone expires",
            ) from error
        lease.keep()
        try:
            yield
            lost = lease.stopped()
            if lost is not None:
                raise ConcurrentWriteError(
                    "this driver was silent for so long that another may have committed meanwhile",
                    where=str(table),
                    hint="run again: the batch is planned anew on the version that is there now",
                ) from lost
        finally:
            lease.release()


@dataclass(frozen=True)
class TakingTurns:
    """Something that commits to tables, each time in a turn of its own; all else it does as it would.

    Attributes:
        worker: A store, a keeper or an eraser.
        turns: The turns at its tables.
    """

    worker: object
    turns: Turns

    def __getattr__(self, name: str) -> object:
        """Return what the worker has by that name; what commits waits for its turn."""
        found = getattr(self.worker, name)
        return partial(self._in_turn, found) if name in _COMMITS else found

    def _in_turn(
        self, commit: Callable[..., object], about: TableName | Batch, *rest: object, **more: object
    ) -> object:
        with self.turns.at(about if isinstance(about, TableName) else about.table):
            return commit(about, *rest, **more)


def in_turn(worker: _Worker, turns: Turns) -> _Worker:
    """Return a store, a keeper or an eraser that waits for its turns, where there are any to wait for."""
    return worker if turns.layer is None else cast("_Worker", TakingTurns(worker, turns))


def turns_of(store: object) -> Turns:
    """Return the turns at the tables of a store; none that anybody waits for where its tables need none."""
    inner = getattr(store, "tables", store)  # late rows may wait beside its tables
    return inner.turns if isinstance(inner, TakingTurns) else Turns()
