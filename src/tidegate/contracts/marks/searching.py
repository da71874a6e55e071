"""A search for rows of a batch that are alike: first by words of keys, then by the keys in crowded words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.marks.neighbours import comparable
from tidegate.contracts.marks.packed import Packed, crowded, packed, same_word, suspected_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.types import SparkType

_ROWS = "_rows"


@dataclass(frozen=True)
class Search:
    """A search.

    Attributes:
        names: Columns by which rows are alike; nulls are equal.
        types: Types of all columns, by name.
        mark: What the columns of the search begin with.
        among: Which rows are searched; None for all.
    """

    names: Sequence[str]
    types: Mapping[str, SparkType]
    mark: str
    among: Column | None = None

    def suspects(self, rows: DataFrame) -> DataFrame:
        """Return the words that have more rows than keys, and how many rows; one row per word."""
        return crowded(self._searched(rows), self._packed, self.mark)

    def alike(self, rows: DataFrame, suspects: DataFrame) -> DataFrame:
        """Return the keys that several rows have; one row per key."""
        searched = self._searched(rows).join(F.broadcast(suspects), same_word(self._packed, self.mark), "left_semi")
        keys = [key.alias(name) for key, name in zip(self._keys, self._key_names, strict=True)]
        counted = searched.select(*keys).groupBy(*self._key_names).agg(F.count(F.lit(1)).alias(self._count))
        return counted.filter(F.col(self._count) > 1)

    def tagged(self, rows: DataFrame, suspects: DataFrame) -> DataFrame:
        """Return the rows, each with whether its key is in a word of `suspects`, as `is_suspect` says."""
        return rows.join(F.broadcast(suspects), same_word(self._packed, self.mark), "left")

    @property
    def is_suspect(self) -> Column:
        """Return whether the key of a row of `tagged` is in a word of those that were suspected."""
        return suspected_rows().isNotNull()

    @property
    def exact(self) -> Packed:
        """The key as words and bits that are equal for equal keys only."""
        return packed(self.names, [self.types[name] for name in self.names], is_exact=True)

    def flagged(self, rows: DataFrame, alike: DataFrame) -> DataFrame:
        """Return the rows with the columns of `alike`; null where a row is like no other."""
        is_same = [key.eqNullSafe(F.col(name)) for key, name in zip(self._keys, self._key_names, strict=True)]
        return rows.join(F.broadcast(alike), reduce(and_, is_same), "left")

    @property
    def has_flag(self) -> Column:
        """Return whether a row of `flagged` is like another one."""
        return F.col(self._count).isNotNull()

    @cached_property
    def _packed(self) -> Packed:
        return packed(self.names, [self.types[name] for name in self.names], is_exact=False)

    @property
    def _keys(self) -> list[Column]:
        return [comparable(name, self.types[name]) for name in self.names]

    @property
    def _key_names(self) -> list[str]:
        return [f"{self.mark}_{position}" for position in range(len(self.names))]

    @property
    def _count(self) -> str:
        return f"{self.mark}{_ROWS}_of_key"

    def _searched(self, rows: DataFrame) -> DataFrame:
        return rows if self.among is None else rows.filter(self.among)
