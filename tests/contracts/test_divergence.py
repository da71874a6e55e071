"""How far distributions are apart: what other books say of the same numbers."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from tidegate.contracts.divergence import (
    LEAST_SHARE,
    chi_square,
    chi_square_chance,
    deviations,
    kolmogorov_chance,
    kolmogorov_smirnov,
    stability_index,
)

counts = st.lists(st.integers(0, 500), min_size=2, max_size=12).filter(any)
binned = counts.flatmap(
    lambda found: st.tuples(
        st.just(found), st.lists(st.integers(1, 500), min_size=len(found), max_size=len(found)).map(shares_of)
    )
)


def shares_of(numbers: list[int]) -> list[float]:
    return [number / sum(numbers) for number in numbers]


@given(binned)
def test_a_distribution_is_as_far_away_as_scipy_says(pair: tuple[list[int], list[float]]) -> None:
    found, usual = pair
    expected = [sum(found) * max(share, LEAST_SHARE) for share in usual]
    scale = sum(found) / math.fsum(expected)
    asked = stats.chisquare(found, [one * scale for one in expected])
    statistic = chi_square(found, usual)
    assert statistic == pytest.approx(asked.statistic)
    assert chi_square_chance(statistic, len(found) - 1) == pytest.approx(asked.pvalue, rel=1e-9, abs=1e-12)
    apart = [abs(sum(found[:end]) / sum(found) - sum(usual[:end])) for end in range(len(found))]
    assert kolmogorov_smirnov(found, usual) == pytest.approx(max(apart), abs=1e-12)
    ours, theirs = ([max(one, LEAST_SHARE) for one in shares] for shares in (shares_of(found), usual))
    both = special.rel_entr(ours, theirs).sum() + special.rel_entr(theirs, ours).sum()
    assert stability_index(found, usual) == pytest.approx(both, abs=1e-12)


@given(binned, st.integers(2, 50))
def test_shares_do_not_depend_on_how_many_values_there_are(pair: tuple[list[int], list[float]], times: int) -> None:
    found, usual = pair
    more = [count * times for count in found]
    assert stability_index(more, usual) == pytest.approx(stability_index(found, usual))
    assert kolmogorov_smirnov(more, usual) == pytest.approx(kolmogorov_smirnov(found, usual))
    assert chi_square(more, usual) == pytest.approx(times * chi_square(found, usual))


@given(counts)
def test_what_is_usual_is_not_away_from_itself(found: list[int]) -> None:
    usual = shares_of(found)
    assert stability_index(found, usual) == pytest.approx(0, abs=1e-12)
    assert kolmogorov_smirnov(found, usual) == pytest.approx(0, abs=1e-12)


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_the_chance_of_a_distance_is_that_of_the_limit(distance: float, values: int) -> None:
    root = math.sqrt(values)
    limit = special.kolmogorov((root + 0.12 + 0.11 / root) * distance)
    assert kolmogorov_chance(distance, values) == pytest.approx(limit, abs=1e-9)


@pytest.mark.parametrize("size", [40, 400])
def test_the_chance_of_a_distance_is_nearly_the_exact_one(size: int) -> None:
    for tenths in range(1, 30):
        distance = tenths / 100
        assert kolmogorov_chance(distance, size) == pytest.approx(stats.kstwo.sf(distance, size), abs=0.02)


@given(st.integers(0, 100))
def test_nothing_is_by_chance_as_far_as_what_cannot_be(freedom: int) -> None:
    assert chi_square_chance(math.inf, freedom) == (1.0 if freedom < 1 else 0.0)
    assert chi_square_chance(0.0, freedom) == 1.0


@given(st.floats(-1e6, 1e6), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9))
def test_a_number_is_held_against_earlier_ones(value: float, before: list[float]) -> None:
    usual = statistics.fmean(before)
    spread = max(statistics.pstdev(before), abs(usual) / 100)
    if spread:
        assert deviations(value, before) == pytest.approx(abs(value - usual) / spread)
    else:
        assert deviations(value, before) == (0 if value == usual else math.inf)
