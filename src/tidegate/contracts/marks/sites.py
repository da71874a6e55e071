"""Where rules meet a frame: names become columns, values of a contract become literals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.rules.literals import as_value
from tidegate.contracts.types import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyspark.sql import Column

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule, Scalar


@dataclass(frozen=True)
class FrameSite:
    """The place of one rule on a frame that has the contract's columns.

    Attributes:
        rule: The rule.
        types: Types of all columns, by name.
        found: What was found out about the row by looking at others; false where nothing was.
        never_null: Columns that a `not_null` rule of its own keeps free of nulls.
    """

    rule: Rule
    types: Mapping[str, SparkType]
    found: Column
    never_null: frozenset[str] = frozenset()

    @property
    def columns(self) -> Sequence[Column]:
        """The columns that the rule reads."""
        return [column(name) for name in self.rule.columns]

    def literal(self, value: Scalar) -> Column:
        """Return a literal that compares exactly with the first column."""
        return F.lit(as_value(value, self.types[self.rule.columns[0]]))

    def call(self, function: str, *columns: Column) -> Column:
        """Return the result of one of Spark's functions."""
        return F.call_function(function, *columns)

    def sql(self, text: str) -> Column:
        """Return the column that an SQL expression means."""
        return F.expr(text)


def column(name: str) -> Column:
    """Return the column of exactly that name, whatever it is made of."""
    return F.col(quoted(name))


def all_filled(names: Iterable[str]) -> Column:
    """Return whether none of some columns is null; there is at least one."""
    return reduce(and_, [column(name).isNotNull() for name in names])
