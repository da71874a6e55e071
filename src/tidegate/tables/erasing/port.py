"""What it takes to erase rows, whichever format a table has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Protocol

from pyspark.sql import functions as F

from tidegate.tables.columns import column, quoted

if TYPE_CHECKING:
    from datetime import datetime

    from pyspark.sql import Column, DataFrame

    from tidegate.model.names import TableName

VALUE = "_doomed"


@dataclass(frozen=True)
class Doomed:
    """Rows to erase: those that have one of some values in one of some columns.

    The values are rows of data, never literals: those stand in plans and in the logs of tables.

    Attributes:
        columns: Columns of the table.
        values: The column `_doomed`, as `spoken` has values.
        is_empty: Whether there are no values, so that no row is erased.
    """

    columns: tuple[str, ...]
    values: DataFrame
    is_empty: bool = False

    def within(self, rows: DataFrame) -> DataFrame:
        """Return those of the rows that are to be erased."""
        return rows.join(F.broadcast(self.values), self._matches(), "left_semi")

    def beside(self, rows: DataFrame) -> DataFrame:
        """Return those of the rows that stay."""
        return rows.join(F.broadcast(self.values), self._matches(), "left_anti")

    def sql(self, target: str, source: str) -> str:
        """Return the condition under which a row of a target meets one of a source of `values`."""
        met = (f"trim(CAST({target}.{quoted(name)} AS STRING)) = {source}.{VALUE}" for name in self.columns)
        return " OR ".join(met)

    def _matches(self) -> Column:
        return reduce(or_, (spoken(name) == F.col(VALUE) for name in self.columns))


def spoken(name: str) -> Column:
    """Return a column as persons are named by it: as text, without the space around it."""
    return F.trim(column(name).cast("string"))


class Eraser(Protocol):
    """Erases rows from the tables of one format."""

    def rows(self, table: TableName) -> DataFrame:
        """Return all rows that erasing would look at, those that readers do not see among them.

        Of a format whose files are rewritten in place, these are the rows of all versions.

        Raises:
            TableError: The table does not exist.
        """

    def erase(self, table: TableName, doomed: Doomed, facts: str) -> None:
        """Erase rows: no file of the table as it is then holds them. Doing it again does nothing.

        Args:
            table: The table.
            doomed: The rows.
            facts: What the table's log says of it, where it has one.
        """

    def forget(self, table: TableName, before: datetime) -> None:
        """Remove the files that only versions from before a moment (UTC) need.

        No run and no reader that began before it may be under way.
        """

    def leftovers(self, table: TableName, before: datetime) -> int:
        """Return how many data files lie there that are older than a moment (UTC) and are no part of the table.

        They are of old versions, which may hold what was erased.
        """
