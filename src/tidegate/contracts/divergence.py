"""How far numbers are from what they usually are: shares of a distribution, a value among earlier ones. Pure."""

from __future__ import annotations

import math
from itertools import accumulate
from statistics import fmean, pstdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_SHARE = 0.0001  # a share of nothing would be infinitely far from any other
LEAST_SPREAD = 0.01  # of the mean: numbers that have never moved may move a little
_TERMS = 500  # more than ever make a difference for a hundred bins
_TINY = 1e-300


def stability_index(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Return the population stability index of counts beside the shares that are usual, from 0; 0.25 is a lot.

    Shares below 0.0001, of either, count as that.

    Args:
        counts: Values per bin; at least one value in all.
        shares: The usual share of each bin, in the same order.
    """
    found = [max(count / sum(counts), LEAST_SHARE) for count in counts]
    usual = [max(share, LEAST_SHARE) for share in shares]
    return math.fsum((here - there) * math.log(here / there) for here, there in zip(found, usual, strict=True))


def kolmogorov_smirnov(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Return the greatest difference between two cumulative distributions at the edges of bins, from 0 to 1.

    Between the edges they may differ by more: at most by the greatest share that one bin has in either of them.

    Args:
        counts: Values per bin, from the lowest; at least one value in all.
        shares: The usual share of each bin, in the same order.
    """
    whole, usual = sum(counts), math.fsum(shares)
    pairs = zip(accumulate(counts), accumulate(shares), strict=True)
    return max(abs(here / whole - there / usual) for here, there in pairs)


def chi_square(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Return Pearson's statistic of counts beside the shares that are usual, from 0; shares are at least 0.0001.

    Args:
        counts: Values per bin; at least one value in all.
        shares: The usual share of each bin, in the same order.
    """
    usual = [max(share, LEAST_SHARE) for share in shares]
    expected = [sum(counts) * share / math.fsum(usual) for share in usual]
    return math.fsum((count - wanted) ** 2 / wanted for count, wanted in zip(counts, expected, strict=True))


def chi_square_chance(statistic: float, freedom: int) -> float:
    """Return how likely a chi-square statistic is to be at least so great by chance (p-value).

    Source: the regularised incomplete gamma function, by its series and its continued fraction (DLMF 8.11.4 and 8.9.2).

    Args:
        statistic: The statistic, from 0.
        freedom: Degrees of freedom: bins less one.
    """
    if freedom < 1 or statistic <= 0:
        return 1.0
    if math.isinf(statistic):
        return 0.0
    shape, at = freedom / 2, statistic / 2
    scale = math.exp(shape * math.log(at) - at - math.lgamma(shape))
    return 1 - scale * _series(shape, at) if at < shape + 1 else scale * _fraction(shape, at)


def kolmogorov_chance(distance: float, values: int) -> float:
    """Return how likely so many values are to lie at least so far from their distribution by chance (p-value).

    It is nearly right from some 30 values on, and too great for values in bins, so that what it calls drift is some.

    Source: M. Stephens, Use of the Kolmogorov-Smirnov, Cramér-von Mises and related statistics without extensive
    tables, Journal of the Royal Statistical Society B 32 (1970).

    Args:
        distance: The greatest difference of the cumulative distributions, from 0 to 1.
        values: Number of values.
    """
    root = math.sqrt(values)
    at = (root + 0.12 + 0.11 / root) * distance
    if at < 0.2:  # noqa: PLR2004 - below this it is 1 to the last bit of a double
        return 1.0
    terms = ((-1) ** (number - 1) * math.exp(-2 * (number * at) ** 2) for number in range(1, 101))
    return min(1.0, max(0.0, 2 * math.fsum(terms)))


def deviations(value: float, before: Sequence[float]) -> float:
    """Return how far a number is from the mean of earlier ones, in their standard deviations.

    These are at least one hundredth of the mean, so that numbers that have never moved may move a little.

    Args:
        value: The number.
        before: Earlier ones, at least one.
    """
    usual = fmean(before)
    spread = max(pstdev(before), abs(usual) * LEAST_SPREAD)
    if spread == 0:
        return 0.0 if value == usual else math.inf
    return abs(value - usual) / spread


def _series(shape: float, at: float) -> float:
    term = total = 1 / shape
    for number in range(1, _TERMS):
        term *= at / (shape + number)
        total += term
    return total


def _fraction(shape: float, at: float) -> float:
    """Return the continued fraction by Lentz's method."""
    low = at + 1 - shape
    ratio, inverse = 1 / _TINY, 1 / low
    found = inverse
    for number in range(1, _TERMS):
        factor = number * (shape - number)
        low += 2
        inverse = 1 / _not_zero(factor * inverse + low)
        ratio = _not_zero(low + factor / ratio)
        found *= ratio * inverse
    return found


def _not_zero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
