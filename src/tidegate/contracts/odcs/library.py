"""Metrics of the standard's library, such as `nullValues`, as rules about rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tidegate.contracts.rules.kinds import UNENFORCED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from open_data_contract_standard.model import DataQuality

    from tidegate.contracts.odcs.drafts import Handling
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


def measure(item: DataQuality, handling: Handling) -> Measured:
    """Return the rule that a metric of the library means.

    Args:
        item: The quality item.
        handling: How failures are handled, as far as the item says.
    """
    metric = METRICS.get(item.metric or item.rule or "")
    if metric is None:
        return _unenforced(
            f"the metric {item.metric or item.rule!r} is unknown; known are {', '.join(METRICS)}", handling
        )
    if metric == "rowCount":
        return _row_count(item, handling)
    tolerated = tolerate(item, handling)
    if tolerated is None:
        return _unenforced(f"{metric} is compared in a way that says nothing about single rows", handling)
    kind, arguments, columns = _meaning(metric, item.arguments or {})
    if kind is None:
        return _unenforced(f"the arguments of {metric} are not enough to tell which rows fail", tolerated)
    return Measured(kind, arguments, tolerated, columns)


def tolerate(item: DataQuality, handling: Handling) -> Handling | None:
    """Return the handling with the number or share of failures that an item allows; None where it cannot be told.

    A contract that allows some failures does not want their rows set aside, so they are of severity `warn` unless it
    says otherwise; a run fails when there are more. Where they are only to be warned about, the limit fails nothing.
    """
    given = {name: getattr(item, name) for name in OPERATORS if getattr(item, name) is not None}
    limit = _limit(given or {"mustBe": 0})
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
    found = [_row_bounds(name, getattr(item, name)) for name in OPERATORS if getattr(item, name) is not None]
    lows = [bounds[0] for bounds in found if bounds and bounds[0] is not None]
    highs = [bounds[1] for bounds in found if bounds and bounds[1] is not None]
    if None in found or not found or item.unit not in {None, "rows"}:
        return _unenforced("rowCount is compared in a way that is not a range of rows", handling)
    arguments = ({"min": max(lows)} if lows else {}) | ({"max": min(highs)} if highs else {})
    return Measured("row_count", arguments, handling)


def _row_bounds(name: str, value: object) -> tuple[int | None, int | None] | None:
    if name == "mustBeBetween" and isinstance(value, list):
        return math.ceil(value[0]), math.floor(value[1])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if name == "mustNotBe":
        return (1, None) if value == 0 else None
    at_least, at_most = math.ceil(value), math.floor(value)
    bounds: dict[str, tuple[int | None, int | None]] = {
        "mustBe": (at_least, at_most),
        "mustBeGreaterThan": (at_most + 1, None),
        "mustBeGreaterOrEqualTo": (at_least, None),
        "mustBeLessThan": (None, at_least - 1),
        "mustBeLessOrEqualTo": (None, at_most),
    }
    return bounds.get(name)


def _unenforced(reason: str, handling: Handling) -> Measured:
    return Measured(
        UNENFORCED, {"reason": reason}, replace(handling, max_failed=None, max_failed_share=None, where=None)
    )


def _listed(value: object) -> tuple[str | int | float | bool | None, ...]:
    items = value if isinstance(value, list) else []
    scalars = tuple(item for item in items if item is None or isinstance(item, str | int | float | bool))
    return scalars if len(scalars) == len(items) else ()
