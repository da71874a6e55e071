"""Kinds of rules about a batch as a whole: what each may be told. How they are judged is in `contracts.measures`."""

from __future__ import annotations

from tidegate.contracts.rules import arguments as check
from tidegate.contracts.rules.arguments import COUNTS, MOMENTS, Parameter
from tidegate.contracts.rules.kind import Kind
from tidegate.contracts.rules.words import interval

BATCH_KINDS = (
    Kind(
        "freshness",
        lambda _: "is too old",
        parameters=(Parameter("max_age_days", "number"), Parameter("max_age_hours", "number")),
        families=MOMENTS,
        scopes=("batch",),
        takes_where=False,
        problems=check.age_problems,
        suffix="is_fresh",
    ),
    Kind(
        "row_count",
        lambda rule: f"has a number of rows that is not in {interval(rule)}",
        parameters=COUNTS,
        columns=(0, 0),
        scopes=("batch",),
        takes_where=False,
        problems=check.count_problems,
        suffix="row_count",
    ),
)
