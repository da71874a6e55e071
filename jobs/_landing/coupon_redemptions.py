"""The feed `coupon_redemptions`: coupons handed in, sent by the clearing house the day after."""
# ruff: noqa: TID252

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .csv_feed import CsvFeed, DayRows, csv_files
from .days import day_number
from .ledger import RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .csv_feed import Row
    from .ledger import PendingFile
    from .settings import LandingSettings
    from .source import Redemption, Shop

FEED = CsvFeed(
    name="coupon_redemptions",
    columns=("redemption_id", "customer_id", "coupon_upc", "campaign_id", "campaign_type", "redemption_date"),
    required="campaign_id",
    typed="campaign_id",
    wrong="unknown",
    flipped="redemption_id",
    extra="campaign_type",
)


def coupon_redemption_files(shop: Shop, settings: LandingSettings, first: int, last: int) -> Iterator[PendingFile]:
    """Yield the files that arrive on the days from `first` to `last`, each with the redemptions of the day before."""
    start = day_number(settings.history_from)
    rows: dict[int, list[Row]] = defaultdict(list)
    for redemption in shop.redemptions:
        rows[day_number(redemption.redeemed_on) + 1].append(_row(redemption))
    days = (
        DayRows(day, tuple(rows[day]) if day > start else (), RecordKind.ON_TIME, "coupon_redemptions")
        for day in range(start, last + 1)
    )
    return csv_files(FEED, days, settings, first)


def _row(redemption: Redemption) -> Row:
    day = redemption.redeemed_on.isoformat()
    return (
        f"{redemption.customer_id}-{redemption.coupon_upc}-{redemption.campaign_id}-{day.replace('-', '')}",
        str(redemption.customer_id),
        str(redemption.coupon_upc),
        str(redemption.campaign_id),
        redemption.campaign_type,
        day,
    )
