"""A person in one table: counted, erased, and forgotten with the versions from before."""

from __future__ import annotations

import json
from functools import cached_property, partial
from typing import TYPE_CHECKING

from tidegate.job.erasure.matching import Matching
from tidegate.job.quarantine.actions import HASH
from tidegate.job.quarantine.places import QUARANTINE_LAYER
from tidegate.model.names import TableName
from tidegate.tables.erasing import Doomed, eraser_of
from tidegate.tables.erasing.port import VALUE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from pyspark.sql import DataFrame

    from tidegate.job.context import RunContext
    from tidegate.tables.erasing import Eraser

_ACTIONS = "__actions"


class ErasedTable:
    """One table, and the columns of it that name persons.

    What was done about rows of a quarantine is told by their hashes, so of that table also those facts go that are
    about rows of the person in the quarantine itself.

    Attributes:
        table: The table.
        columns: The columns.
    """

    def __init__(
        self, context: RunContext, table: TableName, columns: tuple[str, ...], hashes: AbstractSet[str]
    ) -> None:
        """Keep where to look, and for whom.

        Args:
            context: Tables, session and key.
            table: The table.
            columns: Columns that name persons; those that the table lacks are left out.
            hashes: Keyed hashes of the persons.
        """
        self._context, self._hashes = context, hashes
        self._wanted = columns
        self.table = table

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns by which persons are found, in this table as it is."""
        there = self._eraser.rows(self.table).columns
        own = (HASH,) if self._is_actions else ()
        return tuple(name for name in (*self._wanted, *own) if name in there)

    def count(self) -> int:
        """Return how many rows of the persons there are."""
        rows, found = self._eraser.rows(self.table), 0
        for doomed in self._doomed():
            found += doomed.within(rows).count()
            rows = doomed.beside(rows)
        return found

    def erase(self, erasure: str) -> None:
        """Erase the rows.

        Args:
            erasure: Name of the erasure, for the table's log.
        """
        if not self.columns:
            return
        facts = json.dumps({"tidegate_erasure": erasure})
        for doomed in self._doomed() or [self._of(self.columns, ())]:
            self._context.retries.publish(partial(self._eraser.erase, self.table, doomed, facts))

    def forget(self, before: datetime) -> None:
        """Remove the files that only versions from before a moment need."""
        self._eraser.forget(self.table, before)

    def leftovers(self, before: datetime) -> int:
        """Return how many files of versions from before a moment there are."""
        return self._eraser.leftovers(self.table, before)

    def _doomed(self) -> Sequence[Doomed]:
        named = tuple(name for name in self.columns if name != HASH)
        found = [(named, self._values(self._eraser.rows(self.table), named))] if named else []
        if HASH in self.columns:
            found.append(((HASH,), self._rows_in_quarantine()))
        return [self._of(columns, values) for columns, values in found if values]

    def _of(self, columns: tuple[str, ...], values: Sequence[str]) -> Doomed:
        session = self._context.session()
        return Doomed(columns, session.createDataFrame([(value,) for value in values], f"{VALUE} string"))

    def _values(self, rows: DataFrame, columns: Sequence[str]) -> Sequence[str]:
        return Matching(dict.fromkeys(columns, self._hashes), self._context.privacy_key()).values(rows)

    def _rows_in_quarantine(self) -> Sequence[str]:
        """Return the hashes of the rows of the quarantine that these facts are about, of the persons."""
        source = TableName(QUARANTINE_LAYER, self.table.dataset.removesuffix(_ACTIONS))
        store = self._context.tables.store(source)
        if store.version(source) is None:
            return ()
        rows = eraser_of(store, source, self._context.session).rows(source)
        columns = tuple(name for name in self._wanted if name in rows.columns)
        if not columns or HASH not in rows.columns:
            return ()
        doomed = self._of(columns, self._values(rows, columns))
        return [row[0] for row in doomed.within(rows).select(HASH).distinct().collect()]

    @property
    def _is_actions(self) -> bool:
        return self.table.layer == QUARANTINE_LAYER and self.table.dataset.endswith(_ACTIONS)

    @property
    def _eraser(self) -> Eraser:
        return eraser_of(self._context.tables.store(self.table), self.table, self._context.session)
