"""Rules as SQL: the condition that a row meets which passes, for places that ask no gate (DDL, dbt, other engines)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tidegate.contracts.rules.concern import where_sql
from tidegate.contracts.rules.formats import parse_format
from tidegate.contracts.rules.literals import as_value
from tidegate.contracts.rules.patterns import EMAIL, UUID
from tidegate.contracts.rules.usual import OUTLIER, lacks_usual, outlier_bounds
from tidegate.contracts.sql.expressions import parse_expression
from tidegate.contracts.sql.moments import has_format
from tidegate.contracts.sql.tokens import sql_text
from tidegate.contracts.types import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule, Scalar

    Types = Mapping[str, SparkType]


def condition(rule: Rule, types: Types) -> str | None:
    """Return the SQL condition of the rows that pass a rule; null means that a row passes, too.

    Args:
        rule: The rule; what it says was checked when the contract was read.
        types: Types of the contract's columns, by name.

    Returns:
        Spark SQL; None for kinds that look at more than one row, and where only a baseline says what passes.
    """
    write = _CONDITIONS.get(rule.kind)
    if write is None or lacks_usual(rule):
        return None
    holds = write(rule, types)
    concerned = where_sql(rule, types)
    return f"(NOT {concerned} OR ({holds}))" if concerned else holds


def sql_literal(value: Scalar | date | Decimal) -> str:
    """Return a value as a literal of Spark SQL, exactly."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value!r}D"
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    return f"DATE '{value.isoformat()}'" if isinstance(value, date) else sql_text(value)


def _name(rule: Rule, position: int = 0) -> str:
    return quoted(rule.columns[position])


def _literal(rule: Rule, value: Scalar, types: Types) -> str:
    return sql_literal(as_value(value, types[rule.columns[0]]))


def _and(parts: Iterable[str]) -> str:
    return " AND ".join(parts)


def _not_nan(rule: Rule, types: Types) -> list[str]:
    return [f"NOT isnan({quoted(name)})" for name in rule.columns if types[name].has_nan]


def _bounds(rule: Rule, subject: str, write: Callable[[Scalar], str]) -> list[str]:
    parts = []
    for name, sign in (("min", ">"), ("max", "<")):
        bound = rule.scalar(name)
        if bound is not None:
            equal = "" if rule.argument(f"exclusive_{name}") else "="
            parts.append(f"{subject} {sign}{equal} {write(bound)}")
    return parts


def _between(rule: Rule, types: Types) -> str:
    parts = _bounds(rule, _name(rule), lambda bound: _literal(rule, bound, types))
    return _and([*parts, *_not_nan(rule, types)])


def _length(rule: Rule, types: Types) -> str:  # noqa: ARG001 - all conditions are written alike
    return _and(_bounds(rule, f"char_length({_name(rule)})", sql_literal))


def _accepted(rule: Rule, types: Types) -> str:
    return f"{_name(rule)} IN ({_listed(rule, rule.listed('values'), types)})"


def _forbidden(rule: Rule, types: Types) -> str:
    return f"{_name(rule)} NOT IN ({_listed(rule, rule.listed('values'), types)})"


def _date_format(rule: Rule, types: Types) -> str:  # noqa: ARG001 - all conditions are written alike
    return has_format(rule.columns[0], parse_format(str(rule.argument("format"))))


def _not_missing(rule: Rule, types: Types) -> str:
    values = rule.listed("values")
    named = [value for value in values if value is not None]
    parts = [f"{_name(rule)} NOT IN ({_listed(rule, named, types)})"] if named else []
    return _and([*parts, *([f"{_name(rule)} IS NOT NULL"] if None in values else [])])


def _listed(rule: Rule, values: Iterable[Scalar], types: Types) -> str:
    return ", ".join(_literal(rule, value, types) for value in values)


def _compare(rule: Rule, types: Types) -> str:
    value = rule.scalar("value")
    right = _name(rule, 1) if value is None else _literal(rule, value, types)
    return _and([f"{_name(rule)} {rule.argument('operator')} {right}", *_not_nan(rule, types)])


def _castable(rule: Rule, types: Types) -> str:  # noqa: ARG001 - all conditions are written alike
    return f"({_name(rule)} IS NULL OR try_cast({_name(rule)} AS {rule.argument('type')}) IS NOT NULL)"


def _outlier(rule: Rule, types: Types) -> str:
    low, high = outlier_bounds(rule)
    subject = f"CAST({_name(rule)} AS DOUBLE)"
    return _and([f"{subject} >= {low!r}D", f"{subject} <= {high!r}D", *_not_nan(rule, types)])


_CONDITIONS: Mapping[str, Callable[[Rule, Types], str]] = {
    "accepted_values": _accepted,
    "between": _between,
    "castable": _castable,
    "compare": _compare,
    "date_between": _between,
    "date_format": _date_format,
    "date_order": lambda rule, _: f"{_name(rule)} <= {_name(rule, 1)}",
    "email": lambda rule, _: f"{_name(rule)} RLIKE {sql_text(EMAIL)}",
    "forbidden_values": _forbidden,
    "length": _length,
    OUTLIER: _outlier,
    "not_missing": _not_missing,
    "not_null": lambda rule, _: f"{_name(rule)} IS NOT NULL",
    "pattern": lambda rule, _: f"{_name(rule)} RLIKE {sql_text(str(rule.argument('pattern')))}",
    "sql": lambda rule, types: parse_expression(str(rule.argument("expression")), types).sql,
    "uuid": lambda rule, _: f"{_name(rule)} RLIKE {sql_text(UUID)}",
}
