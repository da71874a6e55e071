"""What an expectation means in the gate's own words, where these mean the same on every row.

The same means: as Great Expectations' Spark engine decides it. Where values could be told apart otherwise (NaN, numbers
that a double cannot hold, texts beside numbers) there is no such word, and Great Expectations evaluates it itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tidegate.contracts.rules.kinds import UNENFORCED
from tidegate.contracts.rules.patterns import pattern_problem
from tidegate.contracts.sql.expressions import ExpressionError, parse_expression
from tidegate.contracts.types import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Argument
    from tidegate.storage.yaml_documents import YamlValue

    Types: TypeAlias = Mapping[str, SparkType]

_WHOLE = frozenset({"tinyint", "smallint", "int", "bigint"})
_LONG = 2**63
_QUERY = re.compile(r"\s*select\s+\*\s+from\s+\{batch\}\s+where\s+(?P<fails>.+?)\s*;?\s*", re.IGNORECASE | re.DOTALL)
_PASSES = re.compile(r"not\s+coalesce\s*\((?P<holds>.+),\s*true\s*\)", re.IGNORECASE | re.DOTALL)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_QUERIES = frozenset({"expect_query_results_to_match_comparison", "expect_table_row_count_to_equal_other_table"})


@dataclass(frozen=True)
class Meaning:
    """An expectation as a kind of rule.

    Attributes:
        kind: The kind.
        columns: Columns that it reads.
        arguments: Its arguments.
    """

    kind: str
    columns: tuple[str, ...] = ()
    arguments: Mapping[str, Argument] = field(default_factory=dict)


class Arguments:
    """The arguments of an expectation; what is asked for in vain makes it one that has no meaning here."""

    def __init__(self, given: Mapping[str, YamlValue], types: Types) -> None:
        """Keep what was given, and the types of the contract's columns."""
        self.types = types
        self._left = {name: value for name, value in given.items() if name != "mostly"}

    def take(self, name: str) -> YamlValue:
        """Return an argument; None where it is not given."""
        return self._left.pop(name, None)

    def column(self, name: str = "column") -> tuple[str, SparkType]:
        """Return the column that is named, and its type."""
        found = self.take(name)
        name = found if isinstance(found, str) else ""
        return name, self.types[name]

    def columns(self) -> tuple[str, ...]:
        """Return the columns of `column_list`."""
        found = self.take("column_list")
        listed = [str(name) for name in found] if isinstance(found, list) else []
        if not listed or len(set(listed)) < len(listed) or not self.types.keys() >= set(listed):
            raise LookupError
        return tuple(listed)

    def number(self, name: str) -> int | float | None:
        """Return a number; None where it is not given."""
        found = self.take(name)
        if isinstance(found, int | float | None) and not isinstance(found, bool):
            return found
        raise LookupError

    def count(self, name: str, *, strict: int = 0) -> int | None:
        """Return a whole number, moved by `strict` where its `strict_…` is given; None where it is not given."""
        found = self.number(name)
        is_strict = bool(strict) and self.flag(f"strict_{name.partition('_')[0]}")
        if found is None:
            return None
        if found != int(found):
            raise LookupError
        return int(found) + (strict if is_strict else 0)

    def flag(self, name: str) -> bool:
        """Return whether something is wanted."""
        return self.take(name) is True

    def need(self, name: str, wanted: YamlValue) -> None:
        """Go on only where an argument has that value."""
        if self.take(name) != wanted:
            raise LookupError

    def text(self, name: str) -> str:
        """Return a text."""
        found = self.take(name)
        if isinstance(found, str):
            return found
        raise LookupError

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left that nobody asked for, such as a row condition."""
        return not self._left


def meaning(type_: str, kwargs: Mapping[str, YamlValue], types: Types) -> Meaning | None:
    """Return the kind of rule that an expectation means; None where only Great Expectations can evaluate it.

    An expectation with free SQL in it gives a rule that cannot be enforced, whoever would run it.

    Args:
        type_: Its type.
        kwargs: Its arguments.
        types: Types of the contract's columns, by name.
    """
    if problem := _free_sql(type_, kwargs, types):
        return Meaning(UNENFORCED, arguments={"reason": problem})
    given = Arguments(kwargs, types)
    try:
        found = _MEANINGS[type_](given)
    except (LookupError, ValueError, OverflowError):
        return None
    return found if given.is_used_up else None


def _free_sql(type_: str, kwargs: Mapping[str, YamlValue], types: Types) -> str | None:
    """Return why the SQL in an expectation may not run; None where there is none, or it is an expression on a row."""
    if type_ in _QUERIES:
        return f"{type_} runs SQL of its own"
    if type_ == "unexpected_rows_expectation":
        found = _QUERY.fullmatch(str(kwargs.get("unexpected_rows_query")))
        if found is None:
            return "of queries only SELECT * FROM {batch} WHERE <a condition that no row may meet> is asked of a batch"
        return _expression_problem(_condition(found["fails"]), types)
    if "row_condition" not in kwargs or isinstance(kwargs["row_condition"], dict):
        return None
    if kwargs.get("condition_parser") != "spark":
        return "of row conditions that are texts only those of condition_parser: spark are understood"
    return _expression_problem(str(kwargs["row_condition"]), types)


def _expression_problem(text: str, types: Types) -> str | None:
    try:
        parse_expression(text, types)
    except ExpressionError as error:
        return f"its condition cannot be used: {error}"
    return None


def _condition(fails: str) -> str:
    """Return the condition that rows of a query pass, as Great Expectations formats it: braces are written twice."""
    fails = fails.replace("{{", "{").replace("}}", "}")
    passes = _PASSES.fullmatch(fails)
    return passes["holds"] if passes and _is_closed(passes["holds"]) else f"NOT ({fails})"


def _is_closed(text: str) -> bool:
    """Return whether no bracket of a text closes one outside of it, so that it was the whole argument."""
    depth = 0
    for sign in re.sub(r"'(?:[^'\\]|\\.)*'|`[^`]*`", "", text):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return not depth


def _not_null(given: Arguments) -> Meaning:
    name, _ = given.column()
    return Meaning("not_null", (name,))


def _unique(given: Arguments) -> Meaning:
    name, kind = given.column()
    return Meaning("unique", (_comparable(name, kind),))


def _compound(given: Arguments) -> Meaning:
    given.need("ignore_row_if", "any_value_is_missing")
    names = given.columns()
    return Meaning("unique", names)


def _between(given: Arguments) -> Meaning:
    name, kind = given.column()
    bounds: dict[str, Argument] = {}
    for end in ("min", "max"):
        value = given.take(f"{end}_value")
        if given.flag(f"strict_{end}") and value is not None:
            bounds[f"exclusive_{end}"] = True
        if value is not None:
            bounds[end] = _bound(value, kind)
    if not {"min", "max"} & bounds.keys() or (kind.has_nan and "max" not in bounds):
        raise LookupError  # a NaN is greater than every number to Spark, and fails here
    return Meaning("date_between" if kind.name == "date" else "between", (name,), bounds)


def _bound(value: YamlValue, kind: SparkType) -> int | float | str:
    if kind.name == "date" and isinstance(value, str) and _DAY.fullmatch(value):
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and kind.family == "number"
    if not is_number or not (kind.has_nan or (isinstance(value, int) and abs(value) < _LONG)):
        raise LookupError
    return value  # type: ignore[return-value]


def _lengths(given: Arguments) -> Meaning:
    name = _string(given)
    bounds = {"max": given.count("max_value", strict=-1), "min": given.count("min_value", strict=1)}
    return Meaning("length", (name,), _counts(bounds))


def _length(given: Arguments) -> Meaning:
    name, value = _string(given), given.count("value")
    return Meaning("length", (name,), _counts({"max": value, "min": value}))


def _rows(given: Arguments) -> Meaning:
    bounds = {"max": given.count("max_value", strict=-1), "min": given.count("min_value", strict=1)}
    return Meaning("row_count", (), _counts(bounds))


def _rows_equal(given: Arguments) -> Meaning:
    value = given.count("value")
    return Meaning("row_count", (), _counts({"max": value, "min": value}))


def _counts(bounds: Mapping[str, int | None]) -> dict[str, Argument]:
    """Return bounds of a count that some count lies within; a negative one says nothing, or cannot be met."""
    found = {name: value for name, value in bounds.items() if value is not None}
    if not found or min(found.values()) < 0 or found.get("min", 0) > found.get("max", _LONG):
        raise LookupError
    return {**found}


def _values(kind: str) -> Callable[[Arguments], Meaning]:
    def write(given: Arguments) -> Meaning:
        name, type_ = given.column()
        listed = given.take("value_set")
        if not isinstance(listed, list) or not listed:
            raise LookupError
        return Meaning(kind, (name,), {"values": tuple(_value(value, type_) for value in listed)})

    return write


def _value(value: YamlValue, kind: SparkType) -> int | str | bool:
    wanted: type[object] = {"string": str, "boolean": bool}.get(kind.name, int if kind.name in _WHOLE else list)
    if type(value) is not wanted or (isinstance(value, int) and abs(value) >= _LONG):
        raise LookupError
    return value  # type: ignore[return-value]


def _pattern(given: Arguments) -> Meaning:
    return Meaning("pattern", (_string(given),), {"pattern": _regex(given)})


def _not_pattern(given: Arguments) -> Meaning:
    name = _string(given)
    text = _regex(given).replace("\\", "\\\\").replace("'", "''")
    return _sql([name], f"NOT {quoted(name)} RLIKE '{text}'", given)


def _regex(given: Arguments) -> str:
    found = given.text("regex")
    if pattern_problem(found):
        raise LookupError
    return found


def _greater(given: Arguments) -> Meaning:
    return _pair(given, ">=" if given.flag("or_equal") else ">")


def _equal(given: Arguments) -> Meaning:
    return _pair(given, "=")


def _pair(given: Arguments, operator: str) -> Meaning:
    given.need("ignore_row_if", "either_value_is_missing")
    (left, first), (right, second) = given.column("column_A"), given.column("column_B")
    if left == right or first.name != second.name or first.name not in _WHOLE | {"string", "date", "boolean"}:
        raise LookupError
    return Meaning("compare", (left, right), {"operator": operator})


def _unexpected_rows(given: Arguments) -> Meaning:
    found = _QUERY.fullmatch(given.text("unexpected_rows_query"))
    if found is None:
        raise LookupError
    return _sql([], _condition(found["fails"]), given)


def _sql(names: Iterable[str], expression: str, given: Arguments) -> Meaning:
    columns = parse_expression(expression, given.types).columns
    return Meaning("sql", tuple(names) or columns, {"expression": expression})


def _string(given: Arguments) -> str:
    name, kind = given.column()
    if kind.name != "string":
        raise LookupError
    return name


def _comparable(name: str, kind: SparkType) -> str:
    if kind.has_map:
        raise LookupError
    return name


_MEANINGS: Mapping[str, Callable[[Arguments], Meaning]] = {
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    "expect_column_pair_values_to_be_equal": _equal,
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_value_lengths_to_equal": _length,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _values("accepted_values"),
    "expect_column_values_to_be_unique": _unique,
    "expect_column_values_to_match_regex": _pattern,
    "expect_column_values_to_not_be_in_set": _values("not_missing"),
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_not_match_regex": _not_pattern,
    "expect_compound_columns_to_be_unique": _compound,
    "expect_table_row_count_to_be_between": _rows,
    "expect_table_row_count_to_equal": _rows_equal,
    "unexpected_rows_expectation": _unexpected_rows,
}
