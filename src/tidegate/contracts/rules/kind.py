"""What a kind of rules is: the arguments that it takes, the columns that it reads, and which rows fail it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tidegate.contracts.rules.arguments import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pyspark.sql import Column

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule, Scalar, Scope

ANY_NUMBER = 1_000

WHERE = Parameter("where", "text")


class Site(Protocol):
    """Where a rule meets a frame."""

    @property
    def rule(self) -> Rule:
        """The rule."""

    @property
    def types(self) -> Mapping[str, SparkType]:
        """Types of all columns, by name."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns that the rule reads."""

    @property
    def found(self) -> Column:
        """What was found out about the row by looking at others, true or false; for kinds that need it."""

    @property
    def never_null(self) -> frozenset[str]:
        """Columns that a `not_null` rule of its own keeps free of nulls."""

    def literal(self, value: Scalar) -> Column:
        """Return a literal that compares exactly with the first column; where that is a date, a text becomes one."""

    def call(self, function: str, *columns: Column) -> Column:
        """Return the result of one of Spark's functions."""

    def sql(self, text: str) -> Column:
        """Return the column that an SQL expression means; never one from a contract that was not parsed."""


@dataclass(frozen=True)
class Kind:
    """A kind of rule.

    Attributes:
        name: Its name.
        says: What is wrong with a row or batch that fails, as the end of a sentence; never with data in it.
        fails: Returns whether a row fails; None where the kind has no rows of its own.
        parameters: The arguments that it takes, beside `where`.
        columns: How many columns it reads, at least and at most.
        families: Families that its columns may be of, joined by `|`; empty for all.
        scopes: Scopes that it can have; the first is the usual one.
        problems: Yields what is wrong with a rule whose arguments have the right types.
        suffix: End of the id of a rule that is given none, such as `is_not_null`.
        takes_where: Whether a rule can concern only rows of which a condition holds.
    """

    name: str
    says: Callable[[Rule], str]
    fails: Callable[[Site], Column] | None = None
    parameters: tuple[Parameter, ...] = ()
    columns: tuple[int, int] = (1, 1)
    families: str = ""
    scopes: tuple[Scope, ...] = ("row",)
    problems: Callable[[Rule, Mapping[str, SparkType]], Iterator[str]] | None = None
    suffix: str = ""
    takes_where: bool = True

    @property
    def arguments(self) -> Mapping[str, Parameter]:
        """All arguments that it takes, by name."""
        return {parameter.name: parameter for parameter in (*self.parameters, *((WHERE,) if self.takes_where else ()))}
