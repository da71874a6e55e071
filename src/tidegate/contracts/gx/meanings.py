"""What an expectation means in the gate's own words, where these mean the same on every row.

The same means: as Great Expectations' Spark engine decides it. Where values could be told apart otherwise (NaN, numbers
that a double cannot hold, texts beside numbers) there is no such word, and Great Expectations evaluates it itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tidegate.contracts.gx.arguments import Arguments
from tidegate.contracts.gx.queries import condition, sql_problem
from tidegate.contracts.rules.kinds import UNENFORCED
from tidegate.contracts.rules.patterns import pattern_problem
from tidegate.contracts.sql.expressions import parse_expression
from tidegate.contracts.types import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Argument
    from tidegate.storage.yaml_documents import YamlValue

    Types: TypeAlias = Mapping[str, SparkType]

_WHOLE = frozenset({"tinyint", "smallint", "int", "bigint"})
_LONG = 2**63
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


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


def meaning(type_: str, kwargs: Mapping[str, YamlValue], types: Types) -> Meaning | None:
    """Return the kind of rule that an expectation means; None where only Great Expectations can evaluate it.

    An expectation with free SQL in it gives a rule that cannot be enforced, whoever would run it.

    Args:
        type_: Its type.
        kwargs: Its arguments.
        types: Types of the contract's columns, by name.
    """
    if problem := sql_problem(type_, kwargs, types):
        return Meaning(UNENFORCED, arguments={"reason": problem})
    given = Arguments(kwargs, types)
    try:
        found = _MEANINGS[type_](given)
    except (LookupError, ValueError, OverflowError):
        return None
    return found if given.is_used_up else None


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
    return _sql([], condition(given.text("unexpected_rows_query")) or "", given)  # free SQL has been refused before


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
