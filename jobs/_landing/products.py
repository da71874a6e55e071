"""The feed `products`: the catalogue, as first sales, the monthly price review and relabelled departments change it."""
# ruff: noqa: TID252

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .csv_feed import CsvFeed, DayRows, csv_files
from .days import SECONDS_PER_DAY, day_number, day_of, utc_text
from .faults import fault_plan
from .ledger import Dirt, RecordKind
from .source import AMOUNTS, PRODUCT_TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

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
    blank=("product_category", Dirt.NO_CATEGORY),
)
# Shelf price of one unit in US cents: a band holds prices from its bound on, and below the next one's.
_BAND_BOUNDS = np.array([100, 200, 500, 1000])
_BANDS = ("under 1", "1 to 2", "2 to 5", "5 to 10", "10 and more")
_DEPARTMENT, _PRICE_BAND, _FIRST_SOLD, _UPDATED_AT = (
    FEED.columns.index(name) for name in ("department", "price_band", "first_sold_date", "updated_at")
)
_RELABELLED_AT_SECOND = 6 * 3600


class _Change(NamedTuple):
    at: int
    product: int
    column: int
    text: str


def product_files(shop: Shop, settings: LandingSettings, first: int, last: int) -> Iterator[PendingFile]:
    """Yields the files that arrive on the days from `first` to `last`.

    The first file holds the whole catalogue, the others the products that have changed that day.
    """
    files = csv_files(FEED, _days(shop, settings, last), fault_plan(FEED.name, settings), settings.seed)
    return (file for file in files if day_number(file.arrival_date) >= first)


def _days(shop: Shop, settings: LandingSettings, last: int) -> Iterator[DayRows]:
    start = day_number(settings.history_from)
    opened = utc_text(start * SECONDS_PER_DAY)
    rows = {product.product_id: _row(product, opened) for product in shop.products}
    changes = _changes_by_day(shop.lines, shop.products, settings)
    for day in range(start, last + 1):
        changed = set()
        for change in sorted(changes.get(day, ())):
            row = rows.get(change.product)
            if row is not None:
                row[change.column], row[_UPDATED_AT] = change.text, utc_text(change.at)
                changed.add(change.product)
        if day == start:
            yield DayRows(day, tuple(map(tuple, rows.values())), RecordKind.SNAPSHOT, "products_full")
        else:
            yield DayRows(day, tuple(tuple(rows[key]) for key in changed), RecordKind.CHANGE, "products_changes")


def _row(product: Product, updated_at: str) -> list[str]:
    return [str(product.product_id), str(product.manufacturer_id), *product.texts, "", "", updated_at]


def _changes_by_day(
    lines: OrderLines, products: tuple[Product, ...], settings: LandingSettings
) -> dict[int, list[_Change]]:
    by_day: dict[int, list[_Change]] = defaultdict(list)
    for changes in (_first_sales(lines), _price_reviews(lines), _relabelled(products, settings)):
        for change in changes:
            by_day[change.at // SECONDS_PER_DAY].append(change)
    return by_day


def _first_sales(lines: OrderLines) -> Iterator[_Change]:
    products, firsts = np.unique(lines.product_id, return_index=True)
    for product, at in zip(products.tolist(), lines.ordered_at[firsts].tolist(), strict=True):
        yield _Change(at, product, _FIRST_SOLD, day_of(at // SECONDS_PER_DAY).isoformat())


def _price_reviews(lines: OrderLines) -> Iterator[_Change]:
    """Yields the new price band of each product whose median shelf price of a month lies in another band than before."""
    products, months, bands = _monthly_bands(lines)
    known: dict[int, int] = {}
    for product, month, band in zip(products.tolist(), months, bands.tolist(), strict=True):
        if known.get(product) != band:
            known[product] = band
            yield _Change(day_number(month) * SECONDS_PER_DAY, product, _PRICE_BAND, _BANDS[band])


def _monthly_bands(lines: OrderLines) -> tuple[Ints, list[date], Ints]:
    """Returns, for each product and month with sales, by product and month: the product, the next month's first day, the
    band of the month's (lower) median price.

    The shelf price of a unit is what the retailer got plus what it gave away itself: sales_value, retail_disc and
    coupon_match_disc over quantity.
    """
    sold = lines.take(np.flatnonzero(lines.quantity > 0))
    parts = [AMOUNTS.index(name) for name in ("sales_value", "retail_disc", "coupon_match_disc")]
    price = sold.amounts[parts].sum(axis=0) // sold.quantity
    month = sold.ordered_at.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    order = np.lexsort((price, month, sold.product_id))
    price, month, product = price[order], month[order], sold.product_id[order]
    starts = np.flatnonzero(np.diff(product, prepend=-1) | np.diff(month, prepend=-1))
    sizes = np.diff(starts, append=len(product))
    median = price[starts + (sizes - 1) // 2]
    reviewed: list[date] = (month[starts] + 1).astype("datetime64[M]").astype("datetime64[D]").tolist()
    return product[starts], reviewed, np.searchsorted(_BAND_BOUNDS, median, side="right")


def _relabelled(products: tuple[Product, ...], settings: LandingSettings) -> Iterator[_Change]:
    """Yields the departments that are merged into others, as retailers do."""
    merges = (
        (settings.history_day(6), "FROZEN GROCERY", "GROCERY"),
        (settings.history_day(9), "MEAT-PCKGD", "MEAT"),
        (settings.arrival_day(4), "SEAFOOD-PCKGD", "SEAFOOD"),
    )
    for day, old, new in merges:
        at = day_number(day) * SECONDS_PER_DAY + _RELABELLED_AT_SECOND
        for product in products:
            if product.texts[PRODUCT_TEXTS.index("department")] == old:
                yield _Change(at, product.product_id, _DEPARTMENT, new)
