"""Which file is broken on which day, and how."""
# ruff: noqa: TID252

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .days import day_number
from .ledger import FileFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .settings import LandingSettings

# In the history: the feed, its fault, and after how many twelfths of the history it happens.
_HISTORY = (
    ("order_lines", FileFault.TRUNCATED_LAST_LINE, 1),
    ("order_lines", FileFault.WRONG_TYPE, 3),
    ("order_lines", FileFault.MISSING_COLUMN, 5),
    ("order_lines", FileFault.EMPTY_FILE, 7),
    ("order_lines", FileFault.EXTRA_COLUMN, 8),
    ("order_lines", FileFault.NOT_UTF8, 9),
    ("customers", FileFault.TRUNCATED_LAST_LINE, 2),
    ("customers", FileFault.WRONG_TYPE, 6),
    ("customers", FileFault.MISSING_COLUMN, 10),
    ("products", FileFault.NOT_UTF8, 4),
    ("products", FileFault.WRONG_TYPE, 9),
    ("coupon_redemptions", FileFault.MISSING_COLUMN, 10),
    ("coupon_redemptions", FileFault.EMPTY_FILE, 8),
    ("coupon_redemptions", FileFault.TRUNCATED_LAST_LINE, 11),
)
# In the daily arrivals: the feed, its fault, and the number of the arrival.
_ARRIVALS = (
    ("order_lines", FileFault.TRUNCATED_LAST_LINE, 1),
    ("customers", FileFault.WRONG_TYPE, 1),
    ("products", FileFault.NOT_UTF8, 1),
    ("order_lines", FileFault.WRONG_TYPE, 2),
    ("customers", FileFault.MISSING_COLUMN, 2),
    ("coupon_redemptions", FileFault.EXTRA_COLUMN, 2),
    ("order_lines", FileFault.MISSING_COLUMN, 3),
    ("coupon_redemptions", FileFault.EMPTY_FILE, 3),
    ("order_lines", FileFault.NOT_UTF8, 4),
    ("customers", FileFault.TRUNCATED_LAST_LINE, 4),
    ("order_lines", FileFault.EMPTY_FILE, 5),
)


@dataclass(frozen=True)
class FaultPlan:
    """The faults of one feed.

    Attributes:
        by_day: Day number and fault, at most one a day. The records it hits are sent again whole the day after.
        extra_column_from: Day number from which on every file has one column more, or None.
    """

    by_day: dict[int, FileFault]
    extra_column_from: int | None

    def on(self, day: int) -> FileFault | None:
        """Return the fault of that day, or None."""
        return self.by_day.get(day)

    def first_to_follow(self, day: int) -> int:
        """Return the latest day up to `day` to which the day before owes nothing.

        Whoever wants the files of `day` must follow the feed from there on: what is broken on a day, and so owed to the
        next, may itself be owed by the day before.
        """
        while self.on(day - 1) is not None:
            day -= 1
        return day

    def has_extra_column(self, day: int) -> bool:
        """Tell whether that day's files have the additional column."""
        return self.extra_column_from is not None and day >= self.extra_column_from


def fault_plan(feed: str, settings: LandingSettings) -> FaultPlan:
    """Return the faults of a feed, on days that depend on the settings' days alone."""
    history = ((fault, settings.history_day(at)) for name, fault, at in _HISTORY if name == feed)
    arrivals = (
        (fault, settings.arrival_day(number))
        for name, fault, number in _ARRIVALS
        if name == feed and number <= settings.arrivals
    )
    dated = [(fault, day_number(day)) for fault, day in (*history, *arrivals)]
    extra = (day for fault, day in dated if fault is FileFault.EXTRA_COLUMN)
    return FaultPlan(
        by_day={day: fault for fault, day in dated if fault is not FileFault.EXTRA_COLUMN},
        extra_column_from=min(extra, default=None),
    )


def with_extra_column(plan: FaultPlan, day: int, faults: Iterable[FileFault] = ()) -> tuple[FileFault, ...]:
    """Return a file's faults, with the additional column among them where the day has it."""
    return (*faults, FileFault.EXTRA_COLUMN) if plan.has_extra_column(day) else tuple(faults)
