"""Rules that follow from the schema itself: required, unique, primary key, options of logical types, freshness."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.contracts.odcs.columns import column_name
from tidegate.contracts.odcs.drafts import Handling, draft, read_handling
from tidegate.contracts.rules.kinds import UNENFORCED
from tidegate.contracts.types import quoted
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from open_data_contract_standard.model import SchemaProperty, ServiceLevelAgreementProperty

    from tidegate.contracts.problems import Problems
    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Argument, Rule
    from tidegate.storage.yaml_documents import Path

_USUAL = Handling()
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_LENGTHS = ("minLength", "maxLength")
_INFORMATIVE = frozenset({"format", "timezone", "defaultTimezone"})
_HOURS: Mapping[str, float] = {
    **dict.fromkeys(["d", "day", "days"], 24),
    **dict.fromkeys(["h", "hr", "hour", "hours"], 1),
    **dict.fromkeys(["m", "min", "minute", "minutes"], 1 / 60),
}
_PLAIN_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def primary_key(properties: Sequence[SchemaProperty], path: Path, problems: Problems) -> tuple[str, ...]:
    """Return the columns of the primary key in the order of their positions."""
    keys: list[tuple[int, int, str]] = []
    for place, item in enumerate(properties):
        position = item.primaryKeyPosition
        if item.primaryKey:
            keys.append(
                (position if position is not None and position >= 0 else len(properties), place, column_name(item))
            )
        elif position is not None and position >= 0:
            problems.add((*path, place, "primaryKeyPosition"), "a position in the primary key needs primaryKey: true")
    given = [position for position, _, _ in keys if position < len(properties)]
    for position, place, _ in keys:
        if given.count(position) > 1:
            problems.add((*path, place, "primaryKeyPosition"), f"the position {position} is given twice")
    return tuple(name for _, _, name in sorted(keys))


def key_rule(
    key: Sequence[str], properties: Sequence[SchemaProperty], path: Path, problems: Problems
) -> Iterator[Rule]:
    """Yield the rule of the primary key, where there is one."""
    if key:
        first = next(place for place, item in enumerate(properties) if item.primaryKey)
        yield draft("primary_key", tuple(key), _USUAL, line=problems.line((*path, first, "primaryKey")))


def property_rules(item: SchemaProperty, kind: SparkType, path: Path, problems: Problems) -> Iterator[Rule]:
    """Yield the rules that follow from what a property says of its values.

    Args:
        item: The property.
        kind: Type of its column.
        path: Its place.
        problems: Gives lines.
    """
    columns = (column_name(item),)
    if item.required:
        yield draft("not_null", columns, _USUAL, line=problems.line((*path, "required")))
    if item.unique:
        yield draft("unique", columns, _USUAL, line=problems.line((*path, "unique")))
    if item.enum:
        values = tuple(choice.value for choice in item.enum)
        yield draft("accepted_values", columns, _USUAL, {"values": values}, line=problems.line((*path, "enum")))
    line = problems.line((*path, "logicalTypeOptions"))
    for name, arguments in _options(item.logicalTypeOptions or {}, kind):
        yield draft(name, columns, _USUAL, arguments, line=line)
    yield from _inner_rules(item, columns, (quoted(columns[0]),), problems.line(path))


def _inner_rules(
    item: SchemaProperty, columns: tuple[str, ...], above: tuple[str, ...] | None, line: int
) -> Iterator[Rule]:
    """Yield the rules of fields within a column; `above` is the way to them, None within a list."""
    inner = [*(item.properties or ()), *([item.items] if item.items else [])]
    for field in inner:
        here = (*above, quoted(column_name(field))) if above and field is not item.items else None
        if field.required and here:
            expression = f"{'.'.join(above or ())} IS NULL OR {'.'.join(here)} IS NOT NULL"
            rule = draft("sql", columns, _USUAL, {"expression": expression}, line=line)
            yield replace(rule, id=f"{'.'.join(here).replace('`', '')}_is_not_null")
        options = (field.logicalTypeOptions or {}).keys() - _INFORMATIVE
        is_told = field.unique or field.primaryKey or field.quality or field.relationships or field.enum or options
        if is_told or (field.required and not here):
            name = column_name(field) or "items"
            reason = f"rules about {name} within {columns[0]} can only be given as sql of the column"
            yield draft(UNENFORCED, (*columns,), _USUAL, {"reason": reason}, line=line)
        yield from _inner_rules(field, columns, here, line)


def _options(options: Mapping[str, object], kind: SparkType) -> Iterator[tuple[str, Mapping[str, Argument]]]:
    given = {name: value for name, value in options.items() if isinstance(value, str | int | float)}
    bounds = {name: given[name] for name in _BOUNDS if name in given}
    lengths = {name.removesuffix("Length"): given[name] for name in _LENGTHS if name in given}
    if bounds:
        yield _range(bounds, kind)
    if lengths:
        yield "length", lengths
    if "pattern" in given:
        yield "pattern", {"pattern": given["pattern"]}
    if given.get("format") in {"email", "uuid"}:
        yield str(given["format"]), {}
    others = sorted(options.keys() - bounds.keys() - {*_LENGTHS, "pattern"} - _INFORMATIVE)
    if others:
        yield UNENFORCED, {"reason": f"no rule of tidegate means logicalTypeOptions.{', '.join(others)}"}


def _range(bounds: Mapping[str, Argument], kind: SparkType) -> tuple[str, Mapping[str, Argument]]:
    arguments: dict[str, Argument] = {}
    for end in ("min", "max"):
        closed, open_ = bounds.get(f"{end}imum"), bounds.get(f"exclusive{end.title()}imum")
        if closed is not None and open_ is not None:
            return UNENFORCED, {"reason": f"{end}imum is given twice, with and without the value itself"}
        if closed is not None or open_ is not None:
            arguments[end] = open_ if closed is None else closed
            arguments |= {f"exclusive_{end}": True} if closed is None else {}
    return ("date_between" if kind.family in {"date", "timestamp"} else "between"), arguments


def freshness_rules(
    levels: Sequence[ServiceLevelAgreementProperty], columns: Sequence[str], path: Path, problems: Problems
) -> Iterator[Rule]:
    """Yield a rule for each service level about freshness, of severity `warn` unless the level says otherwise.

    Args:
        levels: The service levels.
        columns: The table's columns.
        path: Place of the levels.
        problems: Takes what is wrong.
    """
    for position, level in enumerate(levels):
        place = (*path, position)
        if (level.property or "").lower() != "freshness":
            continue
        hours = _HOURS.get((level.unit or "d").lower())
        age = _age(level.value)
        name = (level.element or "").rpartition(".")[2]
        if hours is None or age is None:
            problems.add(place, "freshness needs a value (a number) and a unit: d, h or min")
        elif name not in columns:
            problems.add(
                place, f"freshness needs an element, the column that says how new a row is{did_you_mean(name, columns)}"
            )
        else:
            handling = read_handling(None, level.customProperties, place, problems)
            usual = Handling(handling.severity or "warn", handling.scope, where=handling.where, weight=handling.weight)
            rule = draft("freshness", (name,), usual, {"max_age_hours": age * hours}, line=problems.line(place))
            yield replace(rule, id=level.id or rule.id, description=(level.description or "").strip())


def _age(value: object) -> float | None:
    if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value):
        return float(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
