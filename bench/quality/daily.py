"""The late benchmark's daily batch merged by a job with the rules and by the same job without."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bench.late import data as late
from bench.late import lakes
from bench.late.contenders import Case, Tidegate
from bench.late.jobs import LINES, Lines
from bench.quality.contracts import LINE_RULES
from tidegate.contracts.book import ContractBook
from tidegate.model.contracts import Rule

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tidegate.job.context import RunContext

KINDS = ("ungated", "gated")
HISTORY = 1_000_000
SCALE = 5.2  # of the late benchmark, whose files are shared


def prepared(spark: SparkSession, folder: Path, kind: str) -> tuple[RunContext, Path]:
    """Return a lake with the history and the batch, and its folder.

    Args:
        spark: The session.
        folder: The benchmarks' folder.
        kind: `ungated` for the rules that every merge needs, that keys are not null; `gated` for the twelve more.
    """
    data = late.Data(folder, SCALE)
    late.prepare(data, HISTORY)
    contender = Tidegate(spark, "delta", Lines())
    case = Case(data, HISTORY, "on-time")
    contender.prepare(case)
    place = contender.fresh(case)
    context = lakes.opened(place, "delta")
    contract = context.contracts.get(LINES)
    needed = tuple(Rule(f"{name}_is_given", "not_null", (name,)) for name in (*late.KEYS, late.EVENT, late.SEQUENCE))
    asked = tuple(_fitting(rule) for rule in LINE_RULES if rule.columns != (late.EVENT,)) if kind == "gated" else ()
    return replace(context, contracts=ContractBook.of((replace(contract, rules=(*needed, *asked)),))), place


def _fitting(rule: Rule) -> Rule:
    """Return a rule that the batch keeps: of the lines that it changes it orders one piece more."""
    return (
        replace(rule, arguments=(("max", 51), ("min", 1)))
        if rule.columns == ("l_quantity",) and rule.kind == "between"
        else rule
    )


def merge(context: RunContext) -> dict[str, int]:
    """Merge the batch, and return the rows by what became of them."""
    report = lakes.run(Lines(), context)
    return {"published": report.counts.published, "quarantined": report.counts.quarantined}
