"""Texts in a form in which those that people would call the same are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.marks.likeness import block_letters, compared_text
from tidegate.contracts.marks.sites import column
from tidegate.contracts.rules.likeness import likeness_of
from tidegate.contracts.rules.normal import NEAR_UNIQUE, steps_of
from tidegate.contracts.types import parse_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.marks.checks import Check
    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule

_STEPS: Mapping[str, Callable[[Column], Column]] = {
    "trim": F.trim,
    "lower": F.lower,
    "spaces": lambda text: F.regexp_replace(text, r"\s+", " "),
    "letters": lambda text: F.regexp_replace(text, r"[^\p{L}\p{N}]+", ""),
    "soundex": F.soundex,
}


def compared_names(check: Check) -> tuple[str, ...]:
    """Return the columns by which rows are compared with each other for a rule about uniqueness.

    Where texts only have to be alike, the first of them holds what is compared, and the others say with which rows.
    """
    if check.rule.kind != NEAR_UNIQUE:
        return check.rule.columns
    how, count = likeness_of(check.rule), len(check.rule.columns)
    return tuple(f"_near_{check.index}_{place}" for place in range(count + bool(how and how.first_letters)))


def searched_names(check: Check, types: Mapping[str, SparkType]) -> Mapping[str, SparkType]:
    """Return the columns, with their types, that rows have to share before anything else is asked of them.

    Args:
        check: A rule about uniqueness.
        types: Types of the contract's columns, by name.
    """
    kinds = [types[name] for name in check.rule.columns]
    names = compared_names(check)
    found = dict(zip(names, [*kinds, parse_type("string")][: len(names)], strict=True))
    return found if likeness_of(check.rule) is None else {name: found[name] for name in names[1:]}


def with_normal(
    rows: DataFrame, checks: Sequence[Check], types: Mapping[str, SparkType], stored: Mapping[str, str] | None = None
) -> DataFrame:
    """Return rows with the columns `compared_names`, for rules about near duplicates; others need none.

    Texts are normalised, all else stays as it is. A text of which nothing is left becomes null, so it has no equal.

    Args:
        rows: The rows.
        checks: The rules.
        types: Types of the contract's columns, by name.
        stored: Per column that the table holds otherwise than it comes, the column of the rows with what it holds.
    """
    made: dict[str, Column] = {}
    for check in checks:
        if check.rule.kind == NEAR_UNIQUE:
            found = [_normal(check.rule, types[own], (stored or {}).get(own, own)) for own in check.rule.columns]
            how = likeness_of(check.rule)
            if how is not None:
                letters = [block_letters(found[0], how)] if how.first_letters else []
                found = [compared_text(found[0], how), *found[1:], *letters]
            made |= dict(zip(compared_names(check), found, strict=True))
    return rows.withColumns(made) if made else rows


def _normal(rule: Rule, type_: SparkType, held: str) -> Column:
    found = column(held)
    if type_.name != "string":
        return found
    steps = steps_of(rule)
    for step, normalised in _STEPS.items():
        found = normalised(found) if step in steps else found
    return F.when(found != "", found)
