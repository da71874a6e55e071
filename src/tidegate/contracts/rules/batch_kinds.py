"""Kinds of rules about a batch as a whole: what each may be told. How they are judged is in `contracts.measures`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.rules import arguments as check
from tidegate.contracts.rules.arguments import BOUNDS, COUNTS, MOMENTS, Parameter
from tidegate.contracts.rules.kind import Kind
from tidegate.contracts.rules.words import interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule

    Problems = Callable[[Rule, Mapping[str, SparkType]], Iterator[str]]

ONE_TYPE = "one_type"


def _of_values(
    name: str,
    said: str,
    families: str,
    parameters: tuple[Parameter, ...] = BOUNDS,
    problems: Problems = check.range_problems,
) -> Kind:
    """Return a kind about one value of a column's good values, which lies in an interval."""
    return Kind(
        name,
        lambda rule: f"has {said} that is not in {interval(rule)}",
        parameters=parameters,
        families=families,
        scopes=("batch", "window"),
        problems=problems,
        suffix=name,
    )


BATCH_KINDS = (
    Kind(
        "completeness",
        lambda _: "is null too often",
        parameters=(Parameter("max_null_share", "number"), Parameter("max_nulls", "integer")),
        scopes=("batch", "window"),
        problems=check.null_problems,
        suffix="is_complete",
    ),
    _of_values(
        "distinct_count", "a number of values", f"number|string|boolean|binary|{MOMENTS}", COUNTS, check.count_problems
    ),
    Kind(
        "freshness",
        lambda _: "is too old",
        parameters=(Parameter("max_age_days", "number"), Parameter("max_age_hours", "number")),
        families=MOMENTS,
        scopes=("batch",),
        problems=check.age_problems,
        suffix="is_fresh",
    ),
    _of_values("maximum", "a greatest value", f"number|{MOMENTS}"),
    _of_values("mean", "a mean", "number"),
    Kind(
        ONE_TYPE,
        lambda _: "holds values of several types",
        parameters=(Parameter("max_other_share", "number"),),
        families="string",
        scopes=("batch", "window"),
        problems=check.other_share_problems,
        suffix="is_of_one_type",
    ),
    _of_values("minimum", "a least value", f"number|{MOMENTS}"),
    _of_values(
        "quantile",
        "a quantile",
        "number",
        (*BOUNDS, Parameter("quantile", "number", is_required=True)),
        check.quantile_problems,
    ),
    Kind(
        "row_count",
        lambda rule: f"has a number of rows that is not in {interval(rule)}",
        parameters=(*COUNTS, Parameter("max_share", "number"), Parameter("min_share", "number")),
        columns=(0, 0),
        scopes=("batch", "window"),
        problems=check.rows_problems,
        suffix="row_count",
    ),
    _of_values("standard_deviation", "a standard deviation", "number"),
    _of_values("sum", "a sum", "number"),
)
