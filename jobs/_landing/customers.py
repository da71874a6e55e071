"""The feed `customers`: what the loyalty programme knows of a household, as it changes with its purchases."""
# ruff: noqa: TID252

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .csv_feed import CsvFeed, DayRows, csv_files
from .days import SECONDS_PER_DAY, day_number, day_of, utc_text
from .ledger import RecordKind, Trait
from .source import DEMOGRAPHICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .csv_feed import Row
    from .ledger import PendingFile
    from .settings import LandingSettings
    from .source import OrderLines, Shop

FEED = CsvFeed(
    name="customers",
    columns=("customer_id", "first_purchase_date", "segment", "favourite_store_id", *DEMOGRAPHICS, "updated_at"),
    required="updated_at",
    typed="favourite_store_id",
    wrong="unknown",
    flipped="segment",
    blank=("age", Trait.NO_DEMOGRAPHICS),
)
# A household is new for its first 4 orders, active up to its 24th, loyal from then on, and lapsed while its last order
# lies more than 45 days back.
_NEW_ORDERS, _ACTIVE_ORDERS, _LAPSED_AFTER_DAYS = 4, 24, 45


class _State(NamedTuple):
    segment: str
    favourite_store: int


class _Change(NamedTuple):
    customer: int
    updated_at: int
    state: _State


@dataclass(frozen=True)
class _Visit:
    store: int
    at: int

    @property
    def day(self) -> int:
        return self.at // SECONDS_PER_DAY


def customer_files(shop: Shop, settings: LandingSettings, first: int, last: int) -> Iterator[PendingFile]:
    """Yield the files that arrive on the days from `first` to `last`.

    The first file and that of each month's first day hold every household that has ordered so far; the others hold
    those that are new or have changed that day.
    """
    return csv_files(FEED, _days(shop, day_number(settings.history_from), last), settings, first)


def _days(shop: Shop, start: int, last: int) -> Iterator[DayRows]:
    changes = _changes_by_day(shop.lines, last)
    rows: dict[int, Row] = {}
    first_day: dict[int, str] = {}
    for day in range(start, last + 1):
        changed = {}
        for change in changes.get(day, ()):
            bought_first = first_day.setdefault(change.customer, day_of(day).isoformat())
            changed[change.customer] = _row(change, bought_first, shop.demographics.get(change.customer))
        rows.update(changed)
        if day == start or day_of(day).day == 1:
            yield DayRows(day, tuple(rows.values()), RecordKind.SNAPSHOT, "customers_full")
        else:
            yield DayRows(day, tuple(changed.values()), RecordKind.CHANGE, "customers_changes")


def _row(change: _Change, first_purchase_date: str, demographics: tuple[str, ...] | None) -> Row:
    return (
        str(change.customer),
        first_purchase_date,
        change.state.segment,
        str(change.state.favourite_store),
        *(demographics or ("",) * len(DEMOGRAPHICS)),
        utc_text(change.updated_at),
    )


def _changes_by_day(lines: OrderLines, last: int) -> dict[int, list[_Change]]:
    """Return each day's last state of every household whose state is another than at the end of the day before."""
    by_day: dict[int, list[_Change]] = defaultdict(list)
    for customer, visits in _visits(lines).items():
        known: _State | None = None
        ends: dict[int, _Change] = {}
        for change in _history(customer, visits, last):
            ends[change.updated_at // SECONDS_PER_DAY] = change
        for day, change in ends.items():
            if change.state != known:
                by_day[day].append(change)
            known = change.state
    return by_day


def _visits(lines: OrderLines) -> dict[int, list[_Visit]]:
    orders = lines.take(np.flatnonzero(np.diff(lines.order_id, prepend=-1)))
    rows = zip(orders.customer_id.tolist(), orders.store_id.tolist(), orders.ordered_at.tolist(), strict=True)
    visits: dict[int, list[_Visit]] = defaultdict(list)
    for customer, store, at in rows:
        visits[customer].append(_Visit(store, at))
    return visits


def _history(customer: int, visits: list[_Visit], last: int) -> Iterator[_Change]:
    """Yield a household's states in order of time; a state that follows itself keeps the time it began."""
    stores: Counter[int] = Counter()
    state = _State("new", visits[0].store)
    yield _Change(customer, visits[0].at, state)
    for number, visit in enumerate(visits, start=1):
        stores[visit.store] += 1
        favourite = visit.store if stores[visit.store] > stores[state.favourite_store] else state.favourite_store
        reached = _State(_segment(number), favourite)
        if reached != state:
            state = reached
            yield _Change(customer, visit.at, state)
        lapses = visit.day + _LAPSED_AFTER_DAYS + 1
        next_day = visits[number].day if number < len(visits) else last + 1
        if lapses < next_day:
            state = _State("lapsed", state.favourite_store)
            yield _Change(customer, lapses * SECONDS_PER_DAY, state)


def _segment(orders: int) -> str:
    if orders <= _NEW_ORDERS:
        return "new"
    return "active" if orders <= _ACTIVE_ORDERS else "loyal"
