from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from jobs._landing import FileFault, RecordKind
from jobs._landing.days import SECONDS_PER_DAY
from jobs._landing.faults import FaultPlan
from jobs._landing.sends import MOST_DAYS_UNDER_WAY, Sends, plan_sends
from jobs._landing.source import AMOUNTS, OrderLines

FIRST = 17_200
SIZES = st.lists(st.integers(0, 250), min_size=3, max_size=6)
SEEDS = st.integers(0, 2**31)
FAULTS = st.lists(st.sampled_from([fault for fault in FileFault if fault is not FileFault.EXTRA_COLUMN]), max_size=3)


def lines_of(sizes: list[int]) -> OrderLines:
    """So many lines on each day, three of them to an order, every fourth order in another store."""
    number = np.arange(sum(sizes), dtype=np.int64)
    day = np.repeat(FIRST + np.arange(len(sizes)), sizes)
    return OrderLines(
        order_id=number // 3,
        product_id=number,
        customer_id=number // 30,
        store_id=number // 3 % 4,
        quantity=number % 3,
        amounts=np.vstack([number % 7 for _ in AMOUNTS]),
        week=number * 0,
        ordered_at=day * SECONDS_PER_DAY + number % SECONDS_PER_DAY,
        has_product=number >= 0,
    )


def plan_of(faults: list[FileFault]) -> FaultPlan:
    return FaultPlan(by_day=dict(enumerate(faults, start=FIRST)), extra_column_from=None)


def sendings(sends: Sends, *kinds: RecordKind) -> list[tuple[int, int]]:
    chosen = np.logical_or.reduce([sends.of(kind) for kind in kinds])
    return list(zip(sends.lines.product_id[chosen].tolist(), sends.arrival[chosen].tolist(), strict=True))


@given(SIZES, SEEDS, FAULTS)
def test_every_line_is_sent_once_at_first_and_what_is_broken_once_more(
    sizes: list[int], seed: int, faults: list[FileFault]
) -> None:
    lines = lines_of(sizes)
    sends = plan_sends(lines, seed, plan_of(faults), since=FIRST)
    first = sendings(sends, RecordKind.ON_TIME, RecordKind.LATE, RecordKind.VERY_LATE, RecordKind.DAMAGED)
    assert sorted(line for line, _ in first) == lines.product_id.tolist()
    damaged = sendings(sends, RecordKind.DAMAGED)
    assert sorted(sendings(sends, RecordKind.RESENT)) == sorted((line, arrival + 1) for line, arrival in damaged)


@given(SIZES, SEEDS, FAULTS)
def test_what_is_broken_was_on_time_and_is_neither_corrected_nor_repeated(
    sizes: list[int], seed: int, faults: list[FileFault]
) -> None:
    lines, plan = lines_of(sizes), plan_of(faults)
    sends = plan_sends(lines, seed, plan, since=FIRST)
    damaged = sendings(sends, RecordKind.DAMAGED)
    others = {line for line, _ in sendings(sends, RecordKind.CORRECTION, RecordKind.DUPLICATE)}
    assert not others & {line for line, _ in damaged}
    assert all(lines.day[line] == arrival for line, arrival in damaged)
    assert all(plan.on(arrival) not in {None, FileFault.EMPTY_FILE} for _, arrival in damaged)
    per_day = Counter(arrival for _, arrival in damaged)
    assert all(count <= max(1, sizes[day - FIRST] // 100) for day, count in per_day.items())


@given(SIZES, SEEDS, FAULTS, st.integers(0, 5))
def test_what_is_planned_from_a_day_on_is_what_the_whole_plan_has_from_there(
    sizes: list[int], seed: int, faults: list[FileFault], after: int
) -> None:
    gap = [0] * MOST_DAYS_UNDER_WAY
    lines, plan = lines_of([*sizes, *gap, *sizes]), plan_of(faults)
    since = FIRST + len(sizes) + len(gap) + after
    whole, part = plan_sends(lines, seed, plan, since=FIRST), plan_sends(lines, seed, plan, since=since)
    kept = np.flatnonzero(whole.arrival >= since)
    assert part.arrival.tolist() == whole.arrival[kept].tolist()
    assert part.lines.product_id.tolist() == whole.lines.product_id[kept].tolist()
    assert part.kind.tolist() == whole.kind[kept].tolist()
    assert part.updated_at.tolist() == whole.updated_at[kept].tolist()


@given(SEEDS)
def test_a_correction_changes_a_line_also_when_it_is_about_nothing(seed: int) -> None:
    lines = lines_of([250, 250, 250])
    sends = plan_sends(lines, seed, plan_of([]), since=FIRST)
    for at in np.flatnonzero(sends.of(RecordKind.CORRECTION)):
        line = sends.lines.product_id[at]
        before = (lines.quantity[line], *lines.amounts[:, line])
        assert (sends.lines.quantity[at], *sends.lines.amounts[:, at]) != before
