"""Metrics of the standard's library, such as `nullValues`, as rules about rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tidegate.contracts.odcs.counted import failing_rows, row_bounds, share_bounds
from tidegate.contracts.rules.kinds import UNENFORCED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from open_data_contract_standard.model import DataQuality

    from tidegate.contracts.odcs.drafts import Handling
    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Argument

OPERATORS = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)
METRICS: Mapping[str, str] = {
    "duplicateValues": "duplicateValues",
    "invalidValues": "invalidValues",
    "missingValues": "missingValues",
    "nullValues": "nullValues",
    "rowCount": "rowCount",
    # Names of version 3.0.
    "duplicateCount": "duplicateValues",
    "nullCheck": "nullValues",
    "validValues": "invalidValues",
}


@dataclass(frozen=True)
class Measured:
    """A metric as a rule.

    Attributes:
        kind: Kind of the rule; `unenforced` where there is none that means the same.
        arguments: Its arguments.
        handling: How failures are handled, the metric's tolerance included.
        columns: Columns that the metric names itself; empty takes those of its place.
    """

    kind: str
    arguments: Mapping[str, Argument]
    handling: Handling
    columns: tuple[str, ...] = ()


def measure(item: DataQuality, handling: Handling, column: tuple[str, SparkType] | None) -> Measured:
    """Return the rule that a metric of the library means.

    Args:
        item: The quality item.
        handling: How failures are handled, as far as the item says.
        column: Name and type of the column that it stands at; None where it stands at the table.
    """
    metric = METRICS.get(item.metric or item.rule or "")
    if metric is None:
        return _unenforced(
            f"the metric {item.metric or item.rule!r} is unknown; known are {', '.join(METRICS)}", handling
        )
    if metric == "rowCount":
        return _row_count(item, handling)
    tolerated = tolerate(item, handling)
    kind, arguments, columns = _meaning(metric, item.arguments or {})
    if kind is None:
        return _unenforced(f"the arguments of {metric} are not enough to tell which rows fail", handling)
    if tolerated is not None:
        return Measured(kind, arguments, tolerated, columns)
    where = failing_rows(kind, arguments, column[0], column[1].family) if column else None
    bounds = bounds_of(item)
    if where is None or bounds is None or handling.where is not None:
        return _unenforced(f"{metric} is compared in a way that is not a range of rows", handling)
    return Measured("row_count", {**bounds, "where": where}, handling)


def bounds_of(item: DataQuality) -> Mapping[str, Argument] | None:
    """Return the range of rows, or of their share, that an item asks for; None where it is none."""
    if item.unit not in {None, "rows", "percent"}:
        return None
    return (share_bounds if item.unit == "percent" else row_bounds)(_given(item))


def tolerate(item: DataQuality, handling: Handling) -> Handling | None:
    """Return the handling with the number or share of failures that an item allows; None where it cannot be told.

    A contract that allows some failures does not want their rows set aside, so they are of severity `warn` unless it
    says otherwise; a run fails when there are more. Where they are only to be warned about, the limit fails nothing.
    """
    limit = _limit(_given(item) or {"mustBe": 0})
    if limit is None or item.unit not in {None, "rows", "percent"}:
        return None
    most, is_below = limit
    if most < 0 or (most == 0 and is_below):
        return None
    if (
        handling.severity in {"info", "warn"}
        or handling.max_failed is not None
        or handling.max_failed_share is not None
    ):
        return handling
    if item.unit == "percent":
        share = math.nextafter(most / 100, 0) if is_below else most / 100
        return replace(
            handling, severity=handling.severity or ("warn" if share else None), max_failed_share=min(share, 1) or None
        )
    rows = math.ceil(most) - 1 if is_below else math.floor(most)
    return replace(handling, severity=handling.severity or ("warn" if rows else None), max_failed=rows or None)


def _limit(given: Mapping[str, object]) -> tuple[float, bool] | None:
    """Return the most that an item allows, and whether it must stay below it; None where it asks for something else."""
    if len(given) != 1:
        return None
    ((name, value),) = given.items()
    if name == "mustBeBetween" and isinstance(value, list):
        low, high = value
        return (float(high), False) if low <= 0 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if name in {"mustBeLessThan", "mustBeLessOrEqualTo"}:
        return float(value), name == "mustBeLessThan"
    return (0.0, False) if name == "mustBe" and value == 0 else None


def _meaning(metric: str, given: Mapping[str, object]) -> tuple[str | None, Mapping[str, Argument], tuple[str, ...]]:
    if metric == "nullValues":
        return "not_null", {}, ()
    if metric == "duplicateValues":
        return "unique", {}, tuple(map(str, _listed(given.get("properties"))))
    if metric == "missingValues":
        values = _listed(given.get("missingValues"))
        return ("not_missing" if values else None), {"values": values}, ()
    values, pattern = _listed(given.get("validValues")), given.get("pattern")
    if values and pattern is None:
        return "accepted_values", {"values": values}, ()
    return ("pattern" if isinstance(pattern, str) and not values else None), {"pattern": str(pattern)}, ()


def _row_count(item: DataQuality, handling: Handling) -> Measured:
    bounds = row_bounds(_given(item)) if item.unit in {None, "rows"} else None
    if bounds is None:
        return _unenforced("rowCount is compared in a way that is not a range of rows", handling)
    return Measured("row_count", bounds, handling)


def _given(item: DataQuality) -> dict[str, object]:
    return {name: getattr(item, name) for name in OPERATORS if getattr(item, name) is not None}


def _unenforced(reason: str, handling: Handling) -> Measured:
    return Measured(
        UNENFORCED, {"reason": reason}, replace(handling, max_failed=None, max_failed_share=None, where=None)
    )


def _listed(value: object) -> tuple[str | int | float | bool | None, ...]:
    items = value if isinstance(value, list) else []
    scalars = tuple(item for item in items if item is None or isinstance(item, str | int | float | bool))
    return scalars if len(scalars) == len(items) else ()
