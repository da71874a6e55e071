"""The feed `products`: the catalogue, as first sales, the monthly price review and relabelled departments change it."""
# ruff: noqa: TID252

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .csv_feed import CsvFeed, DayRows, csv_files
from .days import SECONDS_PER_DAY, day_number, day_of, utc_text
from .faults import fault_plan
from .ledger import RecordKind, Trait
from .source import AMOUNTS, PRODUCT_TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .csv_feed import Row
    from .draws import Ints
    from .ledger import PendingFile
    from .settings import LandingSettings
    from .source import OrderLines, Product, Shop

FEED = CsvFeed(
    name="products",
    columns=("product_id", "manufacturer_id", *PRODUCT_TEXTS, "price_band", "first_sold_date", "updated_at"),
    required="updated_at",
    typed="manufacturer_id",
    wrong="unknown",
    flipped="department",
    blank=("product_category", Trait.NO_CATEGORY),
)
# Shelf price of one unit in US cents: a band holds prices from its bound on, and below the next one's.
_BAND_BOUNDS = np.array([100, 200, 500, 1000])
_BANDS = ("under 1", "1 to 2", "2 to 5", "5 to 10", "10 and more")
_DEPARTMENT, _PRICE_BAND, _FIRST_SOLD, _UPDATED_AT = (
    FEED.columns.index(name) for name in ("department", "price_band", "first_sold_date", "updated_at")
)
_RELABELLED_AT_SECOND = 6 * 3600


@dataclass(frozen=True)
class _Merge:
    """A department that becomes part of another, as retailers relabel them."""

    day: int
    old: str
    new: str


@dataclass(frozen=True)
class _Changes:
    """Changes of products, one per position of every array.

    Attributes:
        at: Seconds since 1970, UTC.
        product: Which product.
        column: Which of its columns.
        code: The new value: a day number, the position of a band, or that of a merge.
    """

    at: Ints
    product: Ints
    column: Ints
    code: Ints

    def take(self, positions: Ints) -> _Changes:
        return _Changes(self.at[positions], self.product[positions], self.column[positions], self.code[positions])


def product_files(shop: Shop, settings: LandingSettings, first: int, last: int) -> Iterator[PendingFile]:
    """Yield the files that arrive on the days from `first` to `last`.

    The first file holds the whole catalogue, the others the products that have changed that day.
    """
    start = day_number(settings.history_from)
    followed = fault_plan(FEED.name, settings).first_to_follow(first)
    days = _days(shop, settings, range(max(start, followed), last + 1))
    return csv_files(FEED, days, settings, first)


def _days(shop: Shop, settings: LandingSettings, days: range) -> Iterator[DayRows]:
    start = day_number(settings.history_from)
    merges = _merges(settings)
    touched = _touched(shop, merges, days)
    changes = _since(_all_changes(shop, merges, touched), days.start)
    rows = {product.product_id: _row(product, start * SECONDS_PER_DAY) for product in _listed(shop, touched)}
    by_day = _by_day(changes, merges)
    for day in range(start, days.stop):
        changed = by_day.get(day, ())
        for change in changed:
            rows[change.product][change.column], rows[change.product][_UPDATED_AT] = change.text, str(change.at)
        if day not in days:
            continue
        if day == start:
            yield DayRows(day, tuple(map(_finished, rows.values())), RecordKind.SNAPSHOT, "products_full")
        else:
            products = dict.fromkeys(change.product for change in changed)
            text = tuple(_finished(rows[product]) for product in products)
            yield DayRows(day, text, RecordKind.CHANGE, "products_changes")


class _Change(NamedTuple):
    at: int
    product: int
    column: int
    text: str


def _row(product: Product, updated_at: int) -> list[str]:
    return [str(product.product_id), str(product.manufacturer_id), *product.texts, "", "", str(updated_at)]


def _finished(row: list[str]) -> Row:
    return (*row[:_UPDATED_AT], utc_text(int(row[_UPDATED_AT])))


def _touched(shop: Shop, merges: tuple[_Merge, ...], days: range) -> Ints | None:
    """Return the products that can change on these days, or None if that can be any: at first and on price reviews.

    What it leaves out would not be sent anyway; it spares a daily arrival the work on a million older sales.
    """
    earlier = shop.lines.between(0, days.start - 1).product_id
    if len(earlier) == 0 or any(day_of(day).day == 1 for day in days):
        return None
    sold = np.unique(shop.lines.between(days.start, days.stop - 1).product_id)
    relabelled = _relabelled(shop.products, tuple(merge for merge in merges if merge.day in days)).product
    return np.union1d(sold[~np.isin(sold, earlier, kind="table")], relabelled)


def _listed(shop: Shop, touched: Ints | None) -> Iterator[Product]:
    wanted = None if touched is None else set(touched.tolist())
    return (product for product in shop.products if wanted is None or product.product_id in wanted)


def _since(changes: _Changes, first: int) -> _Changes:
    """Return the changes of those products that change on day `first` or later; the others are not sent again."""
    sent = np.unique(changes.product[changes.at >= first * SECONDS_PER_DAY])
    return changes.take(np.flatnonzero(np.isin(changes.product, sent)))


def _by_day(changes: _Changes, merges: tuple[_Merge, ...]) -> dict[int, list[_Change]]:
    by_day: dict[int, list[_Change]] = defaultdict(list)
    ordered = changes.take(np.lexsort((changes.column, changes.product, changes.at)))
    rows = zip(
        ordered.at.tolist(), ordered.product.tolist(), ordered.column.tolist(), ordered.code.tolist(), strict=True
    )
    for at, product, column, code in rows:
        if column == _FIRST_SOLD:
            text = day_of(code).isoformat()
        else:
            text = _BANDS[code] if column == _PRICE_BAND else merges[code].new
        by_day[at // SECONDS_PER_DAY].append(_Change(at, product, column, text))
    return by_day


def _all_changes(shop: Shop, merges: tuple[_Merge, ...], touched: Ints | None) -> _Changes:
    wanted = shop.lines.has_product
    if touched is not None:
        wanted = wanted & np.isin(shop.lines.product_id, touched, kind="table")
    listed = shop.lines.take(np.flatnonzero(wanted))
    parts = (_first_sales(listed), _price_reviews(listed), _relabelled(tuple(_listed(shop, touched)), merges))
    return _Changes(
        at=np.concatenate([part.at for part in parts]),
        product=np.concatenate([part.product for part in parts]),
        column=np.concatenate([part.column for part in parts]),
        code=np.concatenate([part.code for part in parts]),
    )


def _first_sales(lines: OrderLines) -> _Changes:
    products, firsts = np.unique(lines.product_id, return_index=True)
    at = lines.ordered_at[firsts]
    return _Changes(at, products, np.full(len(at), _FIRST_SOLD), at // SECONDS_PER_DAY)


def _price_reviews(lines: OrderLines) -> _Changes:
    """Return the new price band of each product whose median shelf price of a month lies in another band than before.

    The shelf price of a unit is what the retailer got plus what it gave away itself: sales_value, retail_disc and
    coupon_match_disc over quantity. Of an even number of sales the lower middle one counts. The review is made on the
    first day of the month after.
    """
    sold = lines.take(np.flatnonzero(lines.quantity > 0))
    given = [AMOUNTS.index(name) for name in ("sales_value", "retail_disc", "coupon_match_disc")]
    price = sold.amounts[given].sum(axis=0) // sold.quantity
    month = sold.ordered_at.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    by_price = np.lexsort((price, month, sold.product_id))
    price, month, product = price[by_price], month[by_price], sold.product_id[by_price]
    starts = np.flatnonzero(np.diff(product, prepend=-1) | np.diff(month, prepend=-1))
    sizes = np.diff(starts, append=len(product))
    band = np.searchsorted(_BAND_BOUNDS, price[starts + (sizes - 1) // 2], side="right")
    product = product[starts]
    is_new = np.flatnonzero(np.diff(product, prepend=-1) | np.diff(band, prepend=-1))
    reviewed = (month[starts] + 1).astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
    return _Changes(reviewed[is_new], product[is_new], np.full(len(is_new), _PRICE_BAND), band[is_new])


def _merges(settings: LandingSettings) -> tuple[_Merge, ...]:
    return (
        _Merge(day_number(settings.history_day(6)), "FROZEN GROCERY", "GROCERY"),
        _Merge(day_number(settings.history_day(9)), "MEAT-PCKGD", "MEAT"),
        _Merge(day_number(settings.arrival_day(4)), "SEAFOOD-PCKGD", "SEAFOOD"),
    )


def _relabelled(products: tuple[Product, ...], merges: tuple[_Merge, ...]) -> _Changes:
    department = PRODUCT_TEXTS.index("department")
    found = [
        (merge.day * SECONDS_PER_DAY + _RELABELLED_AT_SECOND, product.product_id, _DEPARTMENT, code)
        for code, merge in enumerate(merges)
        for product in products
        if product.texts[department] == merge.old
    ]
    at, product_id, column, code = np.array(found, dtype=np.int64).reshape(-1, 4).T
    return _Changes(at, product_id, column, code)
