"""Why rows failed, in words that hold no data."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.marks import masks
from tidegate.contracts.rules.failures import PROBLEMS_COLUMN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column

    from tidegate.contracts.marks.checks import Check

_REASONS = "array<struct<rule:string,column:string,message:string,severity:string>>"


def reasons_of(checks: Sequence[Check]) -> Column:
    """Return one reason per rule that a marked row failed, in the contract's order; empty where it failed none."""
    ours = [F.when(masks.has_failed(check), _reason(check)) for check in checks if check.rule.kind != "readable"]
    parts = [F.array_compact(F.array(*ours)).cast(_REASONS)] if ours else []
    for check in checks:
        if check.rule.kind == "readable":
            told = F.transform(F.col(PROBLEMS_COLUMN), partial(_told, check))
            parts.append(F.coalesce(told, F.array()).cast(_REASONS))
    return F.concat(*parts) if parts else F.array().cast(_REASONS)


def warnings_of(checks: Sequence[Check]) -> Column:
    """Return the ids of the rules of severity warn that a marked row failed; null where there are none."""
    ids = [F.when(masks.has_failed(check), F.lit(check.rule.id)) for check in checks if check.rule.severity == "warn"]
    failed = F.array_compact(F.array(*ids))
    return F.when(F.size(failed) > 0, failed) if ids else F.lit(None).cast("array<string>")


def _reason(check: Check) -> Column:
    rule = check.rule
    return _struct(
        rule.id,
        F.lit(", ".join(rule.columns) or None).cast("string"),
        F.lit(rule.description or check.kind.says(rule)),
        rule.severity,
    )


def _told(check: Check, problem: Column) -> Column:
    return _struct(check.rule.id, problem["column"], problem["reason"], check.rule.severity)


def _struct(rule: str, name: Column, message: Column, severity: str) -> Column:
    return F.struct(
        F.lit(rule).alias("rule"), name.alias("column"), message.alias("message"), F.lit(severity).alias("severity")
    )
