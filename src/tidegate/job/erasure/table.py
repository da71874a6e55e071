"""A person in one table: found, erased, and forgotten with the versions from before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from tidegate.job.erasure.matching import Matching
from tidegate.job.quarantine.actions import HASH
from tidegate.job.quarantine.places import QUARANTINE_LAYER
from tidegate.model.names import TableName
from tidegate.tables.erasing import Doomed, eraser_of
from tidegate.tables.erasing.port import VALUE
from tidegate.tables.versions import erasure_facts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pyspark.sql import DataFrame

    from tidegate.job.context import RunContext
    from tidegate.tables.erasing import Eraser

_ACTIONS = "__actions"


@dataclass(frozen=True)
class Look:
    """What a look at a table found.

    Attributes:
        rows: How many rows of the person there are.
        doomed: Which; none where there are none.
    """

    rows: int
    doomed: tuple[Doomed, ...] = ()


class ErasedTable:
    """One table, and the columns of it that name persons.

    What was done about rows of a quarantine is told by their hashes, so of that table also those facts go that are
    about rows of the person in the quarantine itself.

    Attributes:
        table: The table.
    """

    def __init__(self, context: RunContext, table: TableName, columns: tuple[str, ...], person: str) -> None:
        """Keep where to look, and for whom.

        Args:
            context: Tables, session and key.
            table: The table.
            columns: Columns that name persons; those that the table lacks are left out.
            person: Keyed hash of the person.
        """
        self._context, self._person = context, person
        self._wanted = columns
        self.table = table

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns by which persons are found, in this table as it is."""
        there = self._eraser.rows(self.table).columns
        own = (HASH,) if self._is_actions else ()
        return tuple(name for name in (*self._wanted, *own) if name in there)

    def look(self) -> Look:
        """Return the rows of the person as they are now: one pass over their columns."""
        rows, named = self._eraser.rows(self.table), tuple(name for name in self.columns if name != HASH)
        count, values = self._matching(named).look(rows) if named else (0, ())
        doomed = (self._of(named, values),) if values else ()
        if HASH in self.columns and (hashes := self._rows_in_quarantine()):
            beside = doomed[0].beside(rows) if doomed else rows
            facts = self._of((HASH,), hashes)
            return Look(count + facts.within(beside).count(), (*doomed, facts))
        return Look(count, doomed)

    def erase(self, found: Look, erasure: str) -> None:
        """Erase the rows that were found, and what files still hold of rows that were struck out.

        Args:
            found: The rows.
            erasure: Name of the erasure, for the table's log.
        """
        facts = erasure_facts(erasure)
        nothing = (self._of(self.columns, ()),) if self.columns else ()
        for doomed in found.doomed or nothing:
            self._context.retries.publish(partial(self._eraser.erase, self.table, doomed, facts))

    def forget(self, before: datetime) -> None:
        """Remove the files that only versions from before a moment need."""
        self._eraser.forget(self.table, before)

    def leftovers(self, before: datetime) -> int:
        """Return how many files of versions from before a moment there are."""
        return self._eraser.leftovers(self.table, before)

    def _of(self, columns: tuple[str, ...], values: Sequence[str]) -> Doomed:
        session = self._context.session()
        frame = session.createDataFrame([(value,) for value in values], f"{VALUE} string")
        return Doomed(columns, frame, is_empty=not values)

    def _matching(self, columns: Sequence[str]) -> Matching:
        return Matching(dict.fromkeys(columns, frozenset({self._person})), self._context.privacy_key())

    def _rows_in_quarantine(self) -> Sequence[str]:
        """Return the hashes of the rows of the quarantine that these facts are about, of the person."""
        source = TableName(QUARANTINE_LAYER, self.table.dataset.removesuffix(_ACTIONS))
        store = self._context.tables.store(source)
        if store.version(source) is None:
            return ()
        rows: DataFrame = eraser_of(store, source, self._context.session).rows(source)
        columns = tuple(name for name in self._wanted if name in rows.columns)
        if not columns or HASH not in rows.columns:
            return ()
        _, values = self._matching(columns).look(rows)
        doomed = self._of(columns, values)
        return [row[0] for row in doomed.within(rows).select(HASH).distinct().collect()] if values else ()

    @property
    def _is_actions(self) -> bool:
        return self.table.layer == QUARANTINE_LAYER and self.table.dataset.endswith(_ACTIONS)

    @property
    def _eraser(self) -> Eraser:
        return eraser_of(self._context.tables.store(self.table), self.table, self._context.session)
