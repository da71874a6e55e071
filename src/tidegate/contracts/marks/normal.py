"""Texts in a form in which those that people would call the same are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.marks.sites import column
from tidegate.contracts.rules.normal import NEAR_UNIQUE, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.marks.checks import Check
    from tidegate.contracts.types import SparkType

_STEPS: Mapping[str, Callable[[Column], Column]] = {
    "trim": F.trim,
    "lower": F.lower,
    "spaces": lambda text: F.regexp_replace(text, r"\s+", " "),
    "letters": lambda text: F.regexp_replace(text, r"[^\p{L}\p{N}]+", ""),
    "soundex": F.soundex,
}


def compared_names(check: Check) -> tuple[str, ...]:
    """Return the columns by which rows are compared with each other for a rule about uniqueness."""
    if check.rule.kind != NEAR_UNIQUE:
        return check.rule.columns
    return tuple(f"_near_{check.index}_{place}" for place in range(len(check.rule.columns)))


def with_normal(rows: DataFrame, checks: Sequence[Check], types: Mapping[str, SparkType]) -> DataFrame:
    """Return rows with the columns `compared_names`, for rules about near duplicates; others need none.

    Texts are normalised, all else stays as it is. A text of which nothing is left becomes null, so it has no equal.

    Args:
        rows: The rows.
        checks: The rules.
        types: Types of the contract's columns, by name.
    """
    made: dict[str, Column] = {}
    for check in checks:
        if check.rule.kind == NEAR_UNIQUE:
            for name, own in zip(compared_names(check), check.rule.columns, strict=True):
                made[name] = _normal(own, steps_of(check.rule)) if types[own].name == "string" else column(own)
    return rows.withColumns(made) if made else rows


def _normal(name: str, steps: Sequence[str]) -> Column:
    found = column(name)
    for step in _STEPS:
        found = _STEPS[step](found) if step in steps else found
    return F.when(found != "", found)
