"""How far the values of a batch reach, so that of a table only files are read that may hold the same values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.marks.sites import column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

_TRUE = True  # F.lit names its only parameter differently in different releases


@dataclass(frozen=True)
class Bounds:
    """The least and the greatest value of a column in a batch, as literals; nulls where it has none.

    Attributes:
        least: The least.
        greatest: The greatest.
    """

    least: Column
    greatest: Column

    def around(self, name: str) -> Column:
        """Return whether a value lies between the two; not true for null."""
        return column(name).between(self.least, self.greatest)

    def misses(self, name: str) -> Column:
        """Return whether a value, of a batch that the bounds are said to be of, lies outside; never null."""
        return column(name).isNotNull() & ~F.coalesce(self.around(name), F.lit(not _TRUE))


def within(table: DataFrame, names: Mapping[str, str], bounds: Mapping[str, Bounds]) -> DataFrame:
    """Return the rows of a table that may equal one of a batch; formats with statistics read no other files.

    Args:
        table: The table.
        names: Columns of the batch, each with the column of the table that it is compared with.
        bounds: Of some columns of the batch, how far they reach.
    """
    for name, other in names.items():
        if name in bounds:
            table = table.filter(bounds[name].around(other))
    return table


def implied_by(keys: Sequence[str], columns: Sequence[str]) -> bool:
    """Return whether rows with one value per key cannot be equal in some columns: the key is among them.

    Args:
        keys: Columns that identify a row; none where no columns do.
        columns: The columns that have to be unique.
    """
    return bool(keys) and set(keys) <= set(columns)
