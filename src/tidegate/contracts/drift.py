"""How far a batch's values are from how they are usually distributed, from tallies alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tidegate.contracts import tallies as tally
from tidegate.contracts.divergence import (
    chi_square,
    chi_square_chance,
    kolmogorov_chance,
    kolmogorov_smirnov,
    stability_index,
)
from tidegate.contracts.rules.usual import CHI_SQUARE, KOLMOGOROV_SMIRNOV, PSI

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidegate.contracts.marks.checks import Check
    from tidegate.contracts.tallies import Groups

_DISTANCES: Mapping[str, Callable[[list[int], list[float]], float]] = {
    CHI_SQUARE: chi_square,
    KOLMOGOROV_SMIRNOV: kolmogorov_smirnov,
    PSI: stability_index,
}


def bins(check: Check, groups: Groups) -> list[int]:
    """Return the values per bin of a rule about drift: up to each edge, or of each value, and all others."""
    rule, values = check.rule, tally.total(groups, tally.name_of("values", check.index))
    edges = rule.listed("edges")
    found = tally.binned(groups, check.index, len(edges or rule.listed("values")))
    if edges:
        return [high - low for low, high in pairwise([0, *found, values])]
    return [*found, values - sum(found)]


def distance(check: Check, groups: Groups) -> float | None:
    """Return how far the values are from how they usually are, as the rule measures it; None without a value."""
    counts, shares = bins(check, groups), [float(str(share)) for share in check.rule.listed("shares")]
    return _DISTANCES[str(check.rule.argument("by"))](counts, shares) if sum(counts) else None


def has_drifted(check: Check, groups: Groups, found: float) -> bool:
    """Return whether a distance is more than a rule allows, or less likely by chance.

    Args:
        check: The rule.
        groups: Tallies, one mapping per group of rows.
        found: The distance.
    """
    most, least = (check.rule.scalar(name) for name in ("max", "min_p_value"))
    if most is not None:
        return found > float(str(most))
    counts = bins(check, groups)
    is_of_order = check.rule.argument("by") == KOLMOGOROV_SMIRNOV
    chance = kolmogorov_chance(found, sum(counts)) if is_of_order else chi_square_chance(found, len(counts) - 1)
    return chance < float(str(least))
