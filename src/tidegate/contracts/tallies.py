"""Tallies of a batch as they come to the driver, one mapping per group of rows, and how groups are put together.

However rows are grouped, the whole is the same: counts, sums and extremes exactly, a standard deviation to the last
bits of a double, a quantile within `QUANTILE_ERROR` of the rows.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Groups = Sequence[Mapping[str, object]]

Number: TypeAlias = "int | float | Fraction"

ROWS = "gate_rows"
PUBLISHABLE = "gate_publishable"
QUARANTINED = "gate_quarantined"
DUPLICATES = "gate_duplicates"
KNOWN_ROWS = "gate_known"

POINTS = 1_000
ACCURACY = 10_000
QUANTILE_ERROR = 1 / POINTS + 1 / ACCURACY


def name_of(what: str, index: int) -> str:
    """Return the name of a tally of the rule of that position, such as `gate_sum_3`."""
    return f"gate_{what}_{index}"


def bin_name(place: int) -> str:
    """Return what the count of a bin is called, before the position of its rule is added."""
    return f"bin{place}"


def binned(groups: Groups, index: int, bins: int) -> list[int]:
    """Return the counts of the bins of the rule of that position."""
    return [total(groups, name_of(bin_name(place), index)) for place in range(bins)]


def total(groups: Groups, name: str) -> int:
    """Return the sum of a count."""
    return sum(count for group in groups if isinstance(count := group.get(name), int))


def exact_sum(groups: Groups, sums: str, values: str) -> Number | None:
    """Return the sum of sums; None where there is no value, or where one of the sums did not fit its type."""
    found = [(_number(group.get(sums)), total([group], values)) for group in groups]
    parts = [part for part, count in found if count]
    known = [part for part in parts if part is not None]
    return sum(known, start=0) if known and len(known) == len(parts) else None


def greatest(groups: Groups, name: str) -> Number | None:
    """Return the greatest of what groups have; None where none has anything."""
    return max(_numbers(groups, name), default=None)


def least(groups: Groups, name: str) -> Number | None:
    """Return the least of what groups have; None where none has anything."""
    return min(_numbers(groups, name), default=None)


def deviation(groups: Groups, values: str, means: str, variances: str) -> float | None:
    """Return the standard deviation of a sample from each group's number, mean and variance (of its population).

    None for fewer than two values.

    Source: T. Chan, G. Golub, R. LeVeque, Updating formulae and a pairwise algorithm for computing sample variances.
    """
    number, mean, squares = 0, 0.0, 0.0
    for group in groups:
        count, here, spread = total([group], values), group.get(means), group.get(variances)
        if count and isinstance(here, float) and isinstance(spread, float):
            apart = here - mean
            squares += spread * count + apart * apart * number * count / (number + count)
            number += count
            mean += apart * count / number
    return math.sqrt(squares / (number - 1)) if number > 1 else None


def quantile(groups: Groups, points: str, values: str, wanted: float) -> float | None:
    """Return a quantile of all groups: the least value that so great a share of the values does not exceed.

    It is exact where no group has more than `POINTS` values; else its rank is wrong by at most `QUANTILE_ERROR` of the
    values. None where there is no value.

    Args:
        groups: The groups.
        points: Name of their quantiles: the last value of each of `POINTS` equal parts of the group's values.
        values: Name of their numbers of values.
        wanted: The quantile, from 0 to 1.
    """
    sizes = [total([group], values) for group in groups]
    listed = [group.get(points) for group in groups]
    merged = sorted((value, place) for place, found in enumerate(listed) if isinstance(found, list) for value in found)
    needed = Fraction(repr(wanted)) * sum(sizes)
    passed, reached = [0] * len(sizes), 0
    for value, place in merged:
        reached -= _values_in(passed[place], sizes[place])
        passed[place] += 1
        reached += _values_in(passed[place], sizes[place])
        if reached >= needed:
            return float(value)
    return None


def _values_in(parts: int, size: int) -> int:
    """Return how many of so many values are not beyond the end of some of their `POINTS` equal parts, rounded up."""
    return -(-parts * size // POINTS)


def _numbers(groups: Groups, name: str) -> Iterator[Number]:
    yield from (number for group in groups if (number := _number(group.get(name))) is not None)


def _number(value: object) -> Number | None:
    if isinstance(value, Decimal):
        return Fraction(value)
    return value if isinstance(value, int | float) else None
