from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from jobs._landing import LandingSettings
from jobs._landing.customers import customer_files
from jobs._landing.days import SECONDS_PER_DAY, day_number
from jobs._landing.source import AMOUNTS, OrderLines, Shop

SETTINGS = LandingSettings(arrivals=0)
START = day_number(SETTINGS.history_from)
X, Y, Z = 1, 2, 3


def shop_of(visits: list[tuple[int, int]]) -> Shop:
    """One household's orders, each of one line: the day after the start, and the store."""
    count = len(visits)
    number = np.arange(1, count + 1, dtype=np.int64)
    days, stores = (np.array(values, dtype=np.int64) for values in zip(*visits, strict=True))
    lines = OrderLines(
        order_id=number,
        product_id=number,
        customer_id=np.full(count, 7),
        store_id=stores,
        quantity=number,
        amounts=np.vstack([number for _ in AMOUNTS]),
        week=number,
        ordered_at=(START + days) * SECONDS_PER_DAY + number,
        has_product=number > 0,
    )
    return Shop(lines, products=(), demographics={}, redemptions=())


def states(visits: list[tuple[int, int]], until: int) -> list[tuple[int, str, str, str]]:
    """Day after the start, segment, favourite store and time of change of every row that arrives."""
    rows = []
    for file in customer_files(shop_of(visits), SETTINGS, START, START + until):
        for line in file.content.decode().splitlines()[1:]:
            _, _, segment, store, *_, updated_at = line.split(",")
            rows.append((day_number(file.arrival_date) - START, segment, store, updated_at))
    return rows


def test_a_state_that_changes_and_changes_back_within_a_day_is_not_sent() -> None:
    before = [(0, X), (1, Y), (2, X), (3, Y), (4, Z)]
    there_and_back = [(5, Y), (5, X), (5, X)]
    assert [row[0] for row in states([*before, *there_and_back], until=6)] == [0, 4]
    assert [row[0] for row in states([*before, *there_and_back[:1]], until=6)] == [0, 4, 5]


def test_a_tie_between_stores_keeps_the_favourite() -> None:
    assert [row[2] for row in states([(0, X), (1, Y), (2, Y)], until=3)] == [str(X), str(Y)]


@pytest.mark.parametrize(("back_on", "lapses"), [(45, False), (46, False), (47, True)])
def test_a_household_lapses_at_midnight_once_its_last_order_lies_more_than_45_days_back(
    back_on: int, lapses: bool
) -> None:
    rows = [row for row in states([(20, X), (20 + back_on, X)], until=80) if row[1] == "lapsed"]
    assert [row[0] for row in rows] == ([66] if lapses else [])
    assert all(row[3] == "2017-03-08T00:00:00Z" for row in rows)
    assert date(2017, 3, 8).toordinal() - SETTINGS.history_from.toordinal() == 66
