"""Which rules a row fails, in plain Python: what the gate finds with Spark, for rows that are made up here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.rules.compared_kinds import BALANCE
from tidegate.contracts.rules.formats import parse_format
from tidegate.contracts.rules.literals import as_date, as_timestamp, as_value
from tidegate.contracts.rules.patterns import EMAIL, UUID, python_pattern
from tidegate.contracts.rules.usual import OUTLIER, lacks_usual, outlier_bounds
from tidegate.contracts.samples.comparing import comparable, hashed, is_nan
from tidegate.contracts.samples.conditions import compared, read_condition
from tidegate.contracts.types import parse_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from tidegate.contracts.samples.comparing import Value
    from tidegate.contracts.samples.conditions import Row
    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Contract, Rule

    Fails = Callable[[Row], bool]
    Keys = AbstractSet[tuple[object, ...]]

_WHOLE = re.compile(r"\s*[-+]?\d{1,9}\s*", re.ASCII)


@dataclass(frozen=True)
class Unknown:
    """Why it cannot be told here which rows fail a rule.

    Attributes:
        reason: The reason, as the end of a sentence.
        is_about_rows: Whether single rows fail the rule, so that a row that is made up may fail it unnoticed.
    """

    reason: str
    is_about_rows: bool = False


@dataclass(frozen=True)
class Around:
    """What a row is held against beside itself.

    Attributes:
        types: Types of the columns.
        never_null: Columns that a rule keeps free of nulls.
        references: Per foreign key's rule, the values that the other table has; None where they are not known.
    """

    types: Mapping[str, SparkType]
    never_null: AbstractSet[str]
    references: Mapping[str, Keys | None]


def outcome(rule: Rule, around: Around) -> Fails | Unknown:
    """Return whether a row fails a rule, or why that cannot be told."""
    make = _KINDS.get(rule.kind)
    if make is None:
        said = {
            "unique": "it takes two rows",
            "near_unique": "it takes two rows",
            "unenforced": str(rule.argument("reason")),
        }
        return Unknown(said.get(rule.kind, "it is about a whole batch, not about a row"))
    found = make(rule, around)
    if rule.where is None or isinstance(found, Unknown):
        return found
    concerned = read_condition(rule.where, [*around.types])
    if concerned is None:
        return Unknown("its condition is more than comparisons", is_about_rows=True)
    return lambda row: concerned.holds(row) is True and found(row)


def never_null(contract: Contract) -> frozenset[str]:
    """Return the columns in which a rule that sets rows aside lets no null be."""
    rules = [rule for rule in contract.rules if rule.kind == "not_null" and rule.severity in {"error", "fatal"}]
    return frozenset(rule.columns[0] for rule in rules if rule.where is None)


def key_of(row: Row, columns: tuple[str, ...]) -> tuple[object, ...] | None:
    """Return a row's values as a key; None where one of them is null."""
    values = [row[name] for name in columns]
    return None if None in values else tuple(map(hashed, values))


def _of_value(rule: Rule, fails: Callable[[Value], bool]) -> Fails:
    name = rule.columns[0]
    return lambda row: row[name] is not None and fails(row[name])


def _primary_key(rule: Rule, around: Around) -> Fails | Unknown:
    open_parts = [name for name in rule.columns if name not in around.never_null]
    if not open_parts:
        return Unknown("no part of the key may be null by other rules, and a key that is taken needs a table")
    return lambda row: any(row[name] is None for name in open_parts)


def _foreign_key(rule: Rule, around: Around) -> Fails | Unknown:
    known = around.references.get(rule.id)
    if known is None:
        table = rule.argument("table")
        return Unknown(f"there are no rows of {table} to refer to", is_about_rows=True)
    return lambda row: (key := key_of(row, rule.columns)) is not None and key not in known


def _between(rule: Rule, around: Around) -> Fails:
    low, high = (_bound(rule, name, around) for name in ("min", "max"))
    opens = {name: bool(rule.argument(f"exclusive_{name}")) for name in ("min", "max")}

    def fails(value: Value) -> bool:
        below = low is not None and _is_below(value, low, or_equal=opens["min"])
        return below or is_nan(value) or (high is not None and _is_below(high, value, or_equal=opens["max"]))

    return _of_value(rule, fails)


def _is_below(left: Value, right: Value, *, or_equal: bool) -> bool:
    one, other = comparable(left, right)
    return one < other or (or_equal and one == other)  # type: ignore[operator]


def _bound(rule: Rule, name: str, around: Around) -> Value:
    given = rule.scalar(name)
    return None if given is None else as_value(given, around.types[rule.columns[0]])


def _length(rule: Rule, around: Around) -> Fails:  # noqa: ARG001 - all kinds are made alike
    low, high = rule.argument("min"), rule.argument("max")
    return _of_value(
        rule,
        lambda value: (
            (isinstance(low, int) and len(str(value)) < low) or (isinstance(high, int) and len(str(value)) > high)
        ),
    )


def listed(rule: Rule, around: Around) -> list[Value]:
    """Return the values that a rule lists, null left out."""
    return [as_value(value, around.types[rule.columns[0]]) for value in rule.listed("values") if value is not None]


def _accepted(rule: Rule, around: Around) -> Fails:
    values = listed(rule, around)
    return _of_value(rule, lambda value: not any(_are_equal(value, other) for other in values))


def _forbidden(rule: Rule, around: Around) -> Fails:
    values = listed(rule, around)
    return _of_value(rule, lambda value: any(_are_equal(value, other) for other in values))


def _date_format(rule: Rule, around: Around) -> Fails:  # noqa: ARG001 - all kinds are made alike
    wanted = parse_format(str(rule.argument("format")))
    return _of_value(rule, lambda value: not wanted.accepts(str(value)))


def _not_missing(rule: Rule, around: Around) -> Fails:
    values = listed(rule, around)
    if None in rule.listed("values"):
        return lambda row: row[rule.columns[0]] is None or any(_are_equal(row[rule.columns[0]], v) for v in values)
    return _of_value(rule, lambda value: any(_are_equal(value, other) for other in values))


def _are_equal(left: Value, right: Value) -> bool:
    one, other = comparable(left, right)
    return one == other


def _pattern(rule: Rule, around: Around) -> Fails | Unknown:  # noqa: ARG001 - all kinds are made alike
    wanted = python_pattern({"email": EMAIL, "uuid": UUID}.get(rule.kind) or str(rule.argument("pattern")))
    if wanted is None:
        return Unknown("only Java reads its pattern", is_about_rows=True)
    return _of_value(rule, lambda value: wanted.search(str(value)) is None)


def _compare(rule: Rule, around: Around) -> Fails:
    left, value = rule.columns[0], rule.scalar("value")
    other = None if value is None else as_value(value, around.types[left])

    def fails(row: Row) -> bool:
        right = row[rule.columns[1]] if other is None else other
        return is_nan(row[left]) or is_nan(right) or compared(str(rule.argument("operator")), row[left], right) is False

    return fails


def _date_order(rule: Rule, around: Around) -> Fails:  # noqa: ARG001 - all kinds are made alike
    first, second = rule.columns
    return lambda row: None not in {row[first], row[second]} and _is_below(row[second], row[first], or_equal=False)


def _castable(rule: Rule, around: Around) -> Fails | Unknown:  # noqa: ARG001 - all kinds are made alike
    wanted = parse_type(str(rule.argument("type")))
    if wanted.family == "number":
        return _of_value(rule, lambda value: _WHOLE.fullmatch(str(value)) is None)
    if wanted.family in {"date", "timestamp"}:
        read = as_date if wanted.family == "date" else as_timestamp

        def fails(value: Value) -> bool:
            try:
                read(str(value))
            except ValueError:
                return True
            return False

        return _of_value(rule, fails)
    return Unknown(f"what becomes a {wanted} is not told here", is_about_rows=True)


def _sql(rule: Rule, around: Around) -> Fails | Unknown:
    found = read_condition(str(rule.argument("expression")), [*around.types])
    if found is None:
        return Unknown("its expression is more than comparisons", is_about_rows=True)
    return lambda row: found.holds(row) is False


def _outlier(rule: Rule, around: Around) -> Fails | Unknown:  # noqa: ARG001 - all kinds are made alike
    if lacks_usual(rule):
        return Unknown("what is usual stands in the baseline")
    low, high = outlier_bounds(rule)
    return _of_value(rule, lambda value: not low <= float(str(value)) <= high)


def _elsewhere(rule: Rule, around: Around) -> Unknown:  # noqa: ARG001 - all kinds are made alike
    return Unknown("it depends on more than the columns of a row", is_about_rows=True)


_KINDS: Mapping[str, Callable[[Rule, Around], Fails | Unknown]] = {
    "accepted_values": _accepted,
    BALANCE: _elsewhere,
    "between": _between,
    "castable": _castable,
    "compare": _compare,
    "custom": lambda rule, _: Unknown(f"{rule.argument('function')} says it", is_about_rows=True),
    "date_between": _between,
    "date_format": _date_format,
    "date_order": _date_order,
    "email": _pattern,
    "forbidden_values": _forbidden,
    "foreign_key": _foreign_key,
    "known_fields": lambda _, __: Unknown("it is about fields that are no columns"),
    "length": _length,
    "not_missing": _not_missing,
    OUTLIER: _outlier,
    "not_null": lambda rule, _: lambda row: row[rule.columns[0]] is None,
    "pattern": _pattern,
    "primary_key": _primary_key,
    "sql": _sql,
    "uuid": _pattern,
}
