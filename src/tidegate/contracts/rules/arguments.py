"""Arguments of rules: their types, and what must hold between them. Each check yields what is wrong, in words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from tidegate.contracts.rules.formats import parse_format
from tidegate.contracts.rules.literals import as_value
from tidegate.contracts.rules.patterns import pattern_problem
from tidegate.contracts.sql.expressions import ExpressionError, parse_expression
from tidegate.contracts.sql.operands import CASTS
from tidegate.contracts.types import parse_type
from tidegate.errors import JobDefinitionError
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Argument, Rule, Scalar

    Types = Mapping[str, SparkType]

OPERATORS = ("<", "<=", ">", ">=", "=", "!=")

_HOURS_A_DAY = 24
_WORDS = {"text": "a text", "integer": "a whole number", "number": "a number", "flag": "true or false"}


@dataclass(frozen=True)
class Parameter:
    """An argument that a kind takes.

    Attributes:
        name: Its name.
        type: `value` stands for any single value, `values` for a list of such, `names` for a list of texts.
        is_required: Whether a rule must give it.
        choices: The texts it may be; empty for all.
    """

    name: str
    type: Literal["text", "integer", "number", "flag", "value", "values", "names"]
    is_required: bool = False
    choices: tuple[str, ...] = ()

    def problem(self, given: Argument) -> str | None:
        """Return what is wrong with an argument, or None where nothing is."""
        if self.type in {"values", "names"}:
            if not isinstance(given, tuple) or not given:
                return f"{self.name} must be a list with at least one value"
            is_fine = self.type == "values" or all(isinstance(item, str) for item in given)
            return None if is_fine else f"{self.name} must be a list of texts"
        if isinstance(given, tuple):
            return f"{self.name} must be a single value, not a list"
        if not _fits(self.type, given):
            return f"{self.name} must be {_WORDS[self.type]}, not {given!r}"
        if self.choices and given not in self.choices:
            return f"{self.name} must be one of {' '.join(self.choices)}, not {given!r}"
        return None


MOMENTS = "date|timestamp"
BOUNDS = (
    Parameter("exclusive_max", "flag"),
    Parameter("exclusive_min", "flag"),
    Parameter("max", "value"),
    Parameter("min", "value"),
)
COUNTS = (Parameter("max", "integer"), Parameter("min", "integer"))


def range_problems(rule: Rule, types: Types) -> Iterator[str]:
    """Yield what is wrong with `min` and `max`, beside the values of the first column."""
    bounds = [(name, bound) for name in ("min", "max") if (bound := rule.scalar(name)) is not None]
    if not bounds:
        yield "min or max is needed"
    wanted = types[rule.columns[0]]
    values = []
    for name, bound in bounds:
        try:
            values.append(as_value(bound, wanted))
        except ValueError as error:
            yield f"{name}: {error}"
    yield from _order_problems(values)


def count_problems(rule: Rule, types: Types) -> Iterator[str]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with `min` and `max` where they count something."""
    bounds = [bound for name in ("min", "max") if isinstance(bound := rule.scalar(name), int)]
    if not bounds:
        yield "min or max is needed"
    if any(bound < 0 for bound in bounds):
        yield "a count is never less than 0"
    yield from _order_problems(bounds)


def rows_problems(rule: Rule, types: Types) -> Iterator[str]:
    """Yield what is wrong with how many rows there may be: a range of numbers, or of shares of all rows."""
    shares = [share for name in ("min_share", "max_share") if (share := rule.scalar(name)) is not None]
    if not shares or rule.scalar("min") is not None or rule.scalar("max") is not None:
        yield from count_problems(rule, types)
    if shares and rule.where is None:
        yield "a share of all rows needs a where, which says the share of what"
    yield from _share_problems(rule, "min_share", "max_share")
    yield from _order_problems([share for share in shares if isinstance(share, int | float)])


def null_problems(rule: Rule, types: Types) -> Iterator[str]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with how many nulls there may be."""
    most = rule.scalar("max_nulls")
    if most is None and rule.scalar("max_null_share") is None:
        yield "max_nulls or max_null_share is needed"
    if isinstance(most, int) and most < 0:
        yield "a count is never less than 0"
    yield from _share_problems(rule, "max_null_share")


def other_share_problems(rule: Rule, types: Types) -> Iterator[str]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with how many values may be of another type."""
    yield from _share_problems(rule, "max_other_share")


def quantile_problems(rule: Rule, types: Types) -> Iterator[str]:
    """Yield what is wrong with the `quantile` and its bounds."""
    yield from _share_problems(rule, "quantile")
    yield from range_problems(rule, types)


def values_problems(rule: Rule, types: Types) -> Iterator[str]:
    """Yield which of `values` cannot be compared with the column; a null there stands for itself."""
    for value in rule.listed("values"):
        try:
            if value is not None:
                as_value(value, types[rule.columns[0]])
        except ValueError as error:
            yield f"values: {error}"


def accepted_problems(rule: Rule, types: Types) -> Iterator[str]:
    """Yield what is wrong with the accepted or forbidden `values`."""
    if None in rule.listed("values"):
        yield "null is not a value; it passes anyway unless the column is required"
    yield from values_problems(rule, types)


def pattern_problems(rule: Rule, types: Types) -> Iterator[str]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with the `pattern`."""
    if problem := pattern_problem(str(rule.argument("pattern"))):
        yield problem


def format_problems(rule: Rule, types: Types) -> Iterator[str]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with the `format` of dates and times."""
    try:
        parse_format(str(rule.argument("format")))
    except ValueError as error:
        yield str(error)


def expression_problems(rule: Rule, types: Types) -> Iterator[str]:
    """Yield what is wrong with the `expression`."""
    try:
        parse_expression(str(rule.argument("expression")), types)
    except ExpressionError as error:
        yield f"the expression cannot be used: {error}"


def comparison_problems(rule: Rule, types: Types) -> Iterator[str]:
    """Yield what is wrong with the sides of a comparison: two columns, or one column and a `value`."""
    value = rule.scalar("value")
    if (value is None) == (len(rule.columns) == 1):
        yield "two columns are compared, or one column with a value"
    elif value is None:
        yield from alike_problems(rule, types)
    else:
        yield from _value_problems(value, types[rule.columns[0]])


def alike_problems(rule: Rule, types: Types) -> Iterator[str]:
    """Yield columns that cannot be compared with each other."""
    for left, right in pairwise(rule.columns):
        families = {"timestamp" if types[name].family == "date" else types[name].family for name in (left, right)}
        if len(families) > 1:
            yield f"{left} ({types[left]}) and {right} ({types[right]}) cannot be compared"


def reference_problems(rule: Rule, types: Types) -> Iterator[str]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with the `table` and the columns that a foreign key `references`."""
    try:
        TableName.parse(str(rule.argument("table")))
    except JobDefinitionError as error:
        yield f"{error.what}; {error.hint}"
    references = rule.listed("references")
    if references and len(references) != len(rule.columns):
        yield f"{len(rule.columns)} columns cannot refer to {len(references)}"


def type_problems(rule: Rule, types: Types) -> Iterator[str]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with the `type` that texts should be castable to."""
    try:
        wanted = parse_type(str(rule.argument("type")))
    except ValueError as error:
        yield str(error)
        return
    if "string" not in CASTS.get(wanted.family, ()) or wanted.family == "string":
        yield f"a text cannot be cast to {wanted}"


def age_problems(rule: Rule, types: Types) -> Iterator[str]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with `max_age_hours` and `max_age_days`."""
    ages = [age for name in ("max_age_hours", "max_age_days") if (age := rule.scalar(name)) is not None]
    if len(ages) != 1:
        yield "one of max_age_hours and max_age_days is needed"
    if any(isinstance(age, int | float) and not 0 < age < float("inf") for age in ages):
        yield "an age is more than 0"


def age_in_hours(rule: Rule) -> float:
    """Return the age that a rule of the kind `freshness` allows, in hours."""
    hours, days = rule.argument("max_age_hours"), rule.argument("max_age_days")
    return float(str(days)) * _HOURS_A_DAY if hours is None else float(str(hours))


def _value_problems(value: Scalar, wanted: SparkType) -> Iterator[str]:
    try:
        as_value(value, wanted)
    except ValueError as error:
        yield f"value: {error}"


def _share_problems(rule: Rule, *names: str) -> Iterator[str]:
    for name in names:
        share = rule.scalar(name)
        if isinstance(share, int | float) and not 0 <= share <= 1:
            yield f"{name} is a share from 0 to 1, not {share}"


def _order_problems(bounds: Sequence[float | str | Decimal | date]) -> Iterator[str]:
    # Both were made for one type, so they can be compared.
    if len(bounds) > 1 and bounds[0] > bounds[1]:  # type: ignore[operator]
        yield "min is greater than max, so nothing passes"


def _fits(wanted: str, given: Scalar) -> bool:
    if wanted in {"integer", "number"}:
        return isinstance(given, int if wanted == "integer" else int | float) and not isinstance(given, bool)
    if wanted == "flag":
        return isinstance(given, bool)
    return isinstance(given, str) if wanted == "text" else given is not None
