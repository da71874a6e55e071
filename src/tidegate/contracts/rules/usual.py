"""What is usual: the numbers that a rule about outliers or drift compares with, and what is wrong with given ones.

A rule has them in its arguments, or leaves them to the baseline of its table, which fills them in before a run.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from tidegate.contracts.rules.literals import as_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule

    Types = Mapping[str, SparkType]

OUTLIER, DRIFT = "outlier", "drift"
Z_SCORE, IQR, MAD = "z_score", "iqr", "mad"
PSI, KOLMOGOROV_SMIRNOV, CHI_SQUARE = "psi", "kolmogorov_smirnov", "chi_square"

MOST_BINS = 100

_SCALE = 0.6745  # of a median absolute deviation to a standard deviation, where values are normally distributed
_SLACK = 1e-6
_OF_OUTLIERS: Mapping[str, tuple[str, str]] = {
    Z_SCORE: ("mean", "deviation"),
    IQR: ("low_quartile", "high_quartile"),
    MAD: ("median", "mad"),
}
_OF_DRIFT = ("edges", "values", "shares")


def usual_names(rule: Rule) -> tuple[str, ...]:
    """Return the arguments that say what is usual, given or not; none for kinds that compare with nothing usual."""
    if rule.kind == OUTLIER:
        return tuple(name for names in _OF_OUTLIERS.values() for name in names)
    return _OF_DRIFT if rule.kind == DRIFT else ()


def lacks_usual(rule: Rule) -> bool:
    """Return whether a rule compares with what is usual and does not say what that is."""
    names = usual_names(rule)
    return bool(names) and all(rule.argument(name) is None for name in names)


def outlier_bounds(rule: Rule) -> tuple[float, float]:
    """Return the least and the greatest value that is no outlier, both included.

    Source: for `mad` the modified z-score of B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers (1993); for
    `iqr` the fences of J. Tukey, Exploratory Data Analysis (1977).
    """
    by, most = str(rule.argument("by")), _number(rule, "max")
    first, second = (_number(rule, name) for name in _OF_OUTLIERS[by])
    if by == IQR:
        return first - most * (second - first), second + most * (second - first)
    apart = most * second / (_SCALE if by == MAD else 1)
    return first - apart, first + apart


def outlier_problems(rule: Rule, types: Types) -> Iterator[str]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with a rule about outliers."""
    most = _number(rule, "max")
    if not 0 < most < math.inf:
        yield f"max is more than 0, not {most}"
    names = _OF_OUTLIERS[str(rule.argument("by"))]
    given = [name for name in usual_names(rule) if rule.argument(name) is not None]
    if not given:
        return
    if {*given} != {*names}:
        yield f"{rule.argument('by')} needs {names[0]} and {names[1]}, or none of both, which leaves them to a baseline"
        return
    first, second = (_number(rule, name) for name in names)
    if not (math.isfinite(first) and math.isfinite(second)):
        yield f"{names[0]} and {names[1]} are finite numbers"
    elif not all(map(math.isfinite, outlier_bounds(rule))):
        yield f"{names[0]}, {names[1]} and max are too great to be of use"
    elif second < (first if names[0] == "low_quartile" else 0):
        yield f"{names[1]} is less than {'low_quartile' if names[0] == 'low_quartile' else '0'}"


def drift_problems(rule: Rule, types: Types) -> Iterator[str]:
    """Yield what is wrong with a rule about drift."""
    kind = types[rule.columns[0]]
    yield from _limit_problems(rule)
    if rule.argument("by") == KOLMOGOROV_SMIRNOV and kind.family != "number":
        yield f"{KOLMOGOROV_SMIRNOV} reads numbers, and {rule.columns[0]} is a {kind}; take {CHI_SQUARE} or {PSI}"
    edges, values, shares = (rule.listed(name) for name in _OF_DRIFT)
    if not edges and not values and not shares:
        return
    if (bool(edges) == bool(values)) or not shares:
        yield "edges or values stand beside shares, or none of them, which leaves them to a baseline"
        return
    bins = edges or values
    if len(bins) > MOST_BINS:
        yield f"there are at most {MOST_BINS} edges or values, not {len(bins)}"
    if len(shares) != len(bins) + 1:
        yield f"{len(bins)} edges or values need {len(bins) + 1} shares, the last of all others, not {len(shares)}"
    if edges and kind.family != "number":
        yield f"edges are of numbers, and {rule.columns[0]} is a {kind}; give values"
        return
    yield from _bin_problems(rule, bins, kind)
    if not all(_is_number(share) and 0 <= float(str(share)) <= 1 for share in shares):
        yield "shares are numbers from 0 to 1"
    elif abs(math.fsum(float(str(share)) for share in shares) - 1) > _SLACK:
        yield "the shares do not add up to 1"


def _limit_problems(rule: Rule) -> Iterator[str]:
    most, chance, least = (rule.scalar(name) for name in ("max", "min_p_value", "min_values"))
    if (most is None) == (chance is None):
        yield "one of max and min_p_value is needed"
    if rule.argument("by") == PSI and chance is not None:
        yield f"{PSI} has no p-value; give max"
    if most is not None and not 0 <= float(str(most)) < math.inf:
        yield f"max is a number from 0, not {most}"
    if chance is not None and not 0 <= float(str(chance)) <= 1:
        yield f"min_p_value is a number from 0 to 1, not {chance}"
    if isinstance(least, int) and least < 1:
        yield f"min_values is a number from 1, not {least}"


def _bin_problems(rule: Rule, bins: Sequence[object], kind: SparkType) -> Iterator[str]:
    name = "edges" if rule.listed("edges") else "values"
    found = []
    for value in rule.listed(name):
        try:
            found.append(as_value(value, kind))
        except ValueError as error:
            yield f"{name}: {error}"
    if len(found) < len(bins):
        return
    if name == "values" and len({*map(repr, found)}) < len(found):
        yield "a value is there twice"
    if name == "edges" and any(low >= high for low, high in pairwise(found)):  # type: ignore[operator]
        yield "edges rise, each is greater than the one before"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(rule: Rule, name: str) -> float:
    return float(str(rule.scalar(name)))
