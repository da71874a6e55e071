from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs._landing.draws import below, places, weights

DAYS = st.lists(st.integers(17_000, 17_400), min_size=1, max_size=300).map(sorted)
SEEDS = st.integers(0, 2**40)


def drawn(days: list[int], seed: int) -> list[int]:
    numbers = np.arange(len(days), dtype=np.int64)
    queue: list[int] = places(np.array(days, dtype=np.int64), weights(numbers, seed=seed, salt="late")).tolist()
    return queue


@given(DAYS, SEEDS)
def test_every_record_has_a_place_of_its_own_in_the_queue_of_its_day(days: list[int], seed: int) -> None:
    queue = drawn(days, seed)
    assert sorted(queue) == list(range(len(days)))
    assert [days[record] for record in np.argsort(queue)] == days


@given(DAYS, SEEDS, st.data())
def test_later_days_do_not_change_the_places_of_earlier_ones(days: list[int], seed: int, data: st.DataObject) -> None:
    last = data.draw(st.sampled_from(days))
    earlier = [day for day in days if day <= last]
    assert drawn(days, seed)[: len(earlier)] == drawn(earlier, seed)


@given(st.lists(st.integers(-(2**60), 2**60), min_size=1), SEEDS)
def test_a_weight_depends_on_its_own_key_alone(keys: list[int], seed: int) -> None:
    together = weights(np.array(keys, dtype=np.int64), seed=seed, salt="late")
    alone = [weights(np.array([key], dtype=np.int64), seed=seed, salt="late")[0] for key in keys]
    assert together.tolist() == alone


def test_weights_are_the_same_numbers_in_every_release() -> None:
    assert weights(np.arange(3), np.arange(3) * 7, seed=2017, salt="late").tolist() == [
        17367854359869852158,
        3215899296623829020,
        15614286558976622886,
    ]


@pytest.mark.parametrize(("seed", "salt"), [(2018, "late"), (2017, "twice")])
def test_another_seed_or_salt_draws_others(seed: int, salt: str) -> None:
    keys = np.arange(10_000)
    first = below(weights(keys, seed=2017, salt="late"), 50) == 0
    other = below(weights(keys, seed=seed, salt=salt), 50) == 0
    assert 150 < first.sum() < 250
    assert (first & other).sum() < 20


def test_another_seed_queues_the_records_of_a_day_in_another_order() -> None:
    day = [17_200] * 1_000
    assert drawn(day, seed=1) != drawn(day, seed=2)
    assert drawn(day, seed=1) != list(range(1_000))
