"""Kinds of rules: what each may be told, and which rows fail it. A further kind is one function and one entry below.

Rows are judged by `fails`, which returns a `Column` that is true where the row fails. A null in a column that a rule
reads passes, except for `not_null`, `not_missing` and `primary_key`. Spark is not imported here: a contract can be
read without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tidegate.contracts.rules import arguments as check
from tidegate.contracts.rules import failures
from tidegate.contracts.rules.arguments import OPERATORS, Parameter
from tidegate.model.contracts import SCOPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pyspark.sql import Column

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule, Scalar, Scope

GREAT_EXPECTATIONS = "great_expectations"
UNENFORCED = "unenforced"

_ANY_NUMBER = 1_000
_SHOWN_VALUES = 10


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
        parameters: The arguments that it takes.
        columns: How many columns it reads, at least and at most.
        families: Families that its columns may be of, joined by `|`; empty for all.
        scopes: Scopes that it can have; the first is the usual one.
        problems: Yields what is wrong with a rule whose arguments have the right types.
        suffix: End of the id of a rule that is given none, such as `is_not_null`.
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


def _interval(rule: Rule) -> str:
    low, high = rule.argument("min"), rule.argument("max")
    opening = "(" if low is None or rule.argument("exclusive_min") else "["
    closing = ")" if high is None or rule.argument("exclusive_max") else "]"
    return f"{opening}{'…' if low is None else low}, {'…' if high is None else high}{closing}"


def _listed(rule: Rule, name: str) -> str:
    given = rule.argument(name)
    shown = [str(value) for value in given] if isinstance(given, tuple) else []
    return ", ".join(shown[:_SHOWN_VALUES]) + (", …" if len(shown) > _SHOWN_VALUES else "")


def _other_side(rule: Rule) -> str:
    return rule.columns[1] if len(rule.columns) > 1 else str(rule.argument("value"))


_MOMENTS = "date|timestamp"
_BOUNDS = (
    Parameter("exclusive_max", "flag"),
    Parameter("exclusive_min", "flag"),
    Parameter("max", "value"),
    Parameter("min", "value"),
)
_COUNTS = (Parameter("max", "integer"), Parameter("min", "integer"))
_VALUES = (Parameter("values", "values", is_required=True),)

_ALL = (
    Kind(
        "accepted_values",
        lambda rule: f"is not one of {_listed(rule, 'values')}",
        failures.accepted_values,
        parameters=_VALUES,
        problems=check.accepted_problems,
        suffix="is_accepted",
    ),
    Kind(
        "between",
        lambda rule: f"is not in {_interval(rule)}",
        failures.between,
        parameters=_BOUNDS,
        families="number",
        problems=check.range_problems,
        suffix="is_in_range",
    ),
    Kind(
        "castable",
        lambda rule: f"cannot be read as {rule.argument('type')}",
        failures.castable,
        parameters=(Parameter("type", "text", is_required=True),),
        families="string",
        problems=check.type_problems,
        suffix="is_castable",
    ),
    Kind(
        "compare",
        lambda rule: f"is not {rule.argument('operator')} {_other_side(rule)}",
        failures.compare,
        parameters=(Parameter("operator", "text", is_required=True, choices=OPERATORS), Parameter("value", "value")),
        columns=(1, 2),
        families=f"number|string|boolean|{_MOMENTS}",
        problems=check.comparison_problems,
        suffix="compare",
    ),
    Kind(
        "date_between",
        lambda rule: f"is not in {_interval(rule)}",
        failures.between,
        parameters=_BOUNDS,
        families=_MOMENTS,
        problems=check.range_problems,
        suffix="is_in_range",
    ),
    Kind(
        "date_order",
        lambda rule: f"is after {rule.columns[1]}",
        failures.date_order,
        columns=(2, 2),
        families=_MOMENTS,
        problems=check.alike_problems,
        suffix="are_in_order",
    ),
    Kind("email", lambda _: "is not an e-mail address", failures.email, families="string", suffix="is_email"),
    Kind(
        "foreign_key",
        lambda rule: f"is not in {rule.argument('table')} ({_listed(rule, 'references')})",
        failures.foreign_key,
        parameters=(Parameter("references", "names", is_required=True), Parameter("table", "text", is_required=True)),
        columns=(1, _ANY_NUMBER),
        problems=check.reference_problems,
        suffix="is_known",
    ),
    Kind(
        "freshness",
        lambda _: "is too old",
        parameters=(Parameter("max_age_days", "number"), Parameter("max_age_hours", "number")),
        families=_MOMENTS,
        scopes=("batch",),
        problems=check.age_problems,
        suffix="is_fresh",
    ),
    Kind(
        GREAT_EXPECTATIONS,
        lambda rule: f"does not meet {rule.argument('type')}",
        parameters=(Parameter("kwargs", "text", is_required=True), Parameter("type", "text", is_required=True)),
        columns=(0, _ANY_NUMBER),
        scopes=("batch",),
        suffix="meets_its_expectation",
    ),
    Kind(
        "length",
        lambda rule: f"has a length that is not in {_interval(rule)}",
        failures.length,
        parameters=_COUNTS,
        families="string",
        problems=check.count_problems,
        suffix="has_length",
    ),
    Kind(
        "not_missing",
        lambda _: "is missing",
        failures.not_missing,
        parameters=_VALUES,
        problems=check.values_problems,
        suffix="is_not_missing",
    ),
    Kind("not_null", lambda _: "is null", failures.not_null, suffix="is_not_null"),
    Kind(
        "pattern",
        lambda _: "does not match its pattern",
        failures.pattern,
        parameters=(Parameter("pattern", "text", is_required=True),),
        families="string",
        problems=check.pattern_problems,
        suffix="matches",
    ),
    Kind(
        "primary_key",
        lambda _: "has a null in its key, or its key is taken by another row of the table",
        failures.primary_key,
        columns=(1, _ANY_NUMBER),
        scopes=("table", "batch"),
        suffix="is_primary_key",
    ),
    Kind("readable", lambda _: "could not be read", failures.readable, columns=(0, 0), suffix="is_readable"),
    Kind(
        "row_count",
        lambda rule: f"has a number of rows that is not in {_interval(rule)}",
        parameters=_COUNTS,
        columns=(0, 0),
        scopes=("batch",),
        problems=check.count_problems,
        suffix="row_count",
    ),
    Kind(
        "sql",
        lambda _: "does not hold",
        failures.sql,
        parameters=(Parameter("expression", "text", is_required=True),),
        columns=(0, _ANY_NUMBER),
        problems=check.expression_problems,
        suffix="holds",
    ),
    Kind(
        UNENFORCED,
        lambda rule: f"cannot be enforced: {rule.argument('reason')}",
        parameters=(Parameter("reason", "text", is_required=True),),
        columns=(0, _ANY_NUMBER),
        scopes=SCOPES,
        suffix="is_not_enforced",
    ),
    Kind(
        "unique",
        lambda _: "occurs more than once",
        failures.unique,
        columns=(1, _ANY_NUMBER),
        scopes=("table", "batch"),
        suffix="is_unique",
    ),
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
