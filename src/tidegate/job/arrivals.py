"""Weigh a staged batch in one pass: tallies of the rules, days of the events, rows behind the late window."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import GateError
from tidegate.job.bounds import bounds_tally
from tidegate.job.changes import deletions
from tidegate.job.ties import tie_tallies
from tidegate.job.touched_days import touched_days
from tidegate.model.late_rows import LateRows
from tidegate.model.modes import LateWindow, ReplaceWindow, late_window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.job.work import Work
    from tidegate.model.modes import Beyond, WriteMode

MAX_DAYS = 1_000

_DAY = "_event_day"
_TAKEN = "_taken"


@dataclass(frozen=True)
class Arrivals:
    """What the one pass over a staged batch found.

    Attributes:
        groups: Per event day, the tallies of the gate; for the verdict.
        rows: Rows that were staged.
        days: Days that occur among the rows to publish, sorted; None where the mode has no event-time column or there
            are more than 1,000 days.
        watermark: The greatest event day of the table with this batch, as ISO date; None where there is none.
        boundary: The oldest day that is on time; None where nothing can be late.
        late: Rows behind the boundary, by age.
    """

    groups: Sequence[Mapping[str, object]]
    rows: int
    days: tuple[date, ...] | None
    watermark: str | None
    boundary: date | None
    late: LateRows | None

    @property
    def withheld(self) -> int:
        """Rows that the late policy keeps out of the table."""
        return self.late.rows if self.late and self.late.policy == "quarantine" else 0

    @property
    def deferred(self) -> int:
        """Rows that are to wait beside the table."""
        return self.late.rows if self.late and self.late.policy == "defer" else 0


def event_column(mode: WriteMode) -> str | None:
    """Return the event-time column of a mode, or None where it has none."""
    if isinstance(mode, ReplaceWindow):
        return mode.column
    window = late_window(mode)
    return window.column if window else None


def assess(staged: DataFrame, work: Work) -> Arrivals:
    """Return what one pass over the staged batch finds. One Spark job; only tallies per day come to the driver.

    Raises:
        GateError: A row without an event day would be published into windows of days, or a late row meets the policy
            `fail`.
    """
    mode, gate = work.job.output.mode, work.gate
    column = event_column(mode)
    day = F.to_date(F.col(column)) if column else F.lit(None).cast("date")
    own = {**tie_tallies(work), **bounds_tally(work)}
    tallies = [tally.alias(name) for name, tally in {**gate.tallies(deletions(mode)), **own}.items()]
    taken = F.count_if(gate.is_publishable()).alias(_TAKEN)
    found = staged.groupBy(day.alias(_DAY)).agg(taken, F.count(F.lit(1)).alias("_rows"), *tallies)
    groups = [row.asDict() for row in gate.united(found).collect()]
    taken_by_day = {group[_DAY]: int(group[_TAKEN]) for group in groups if group[_TAKEN]}
    if isinstance(mode, ReplaceWindow) and None in taken_by_day:
        raise GateError(
            f"{taken_by_day[None]} rows have no {column}, which says the window they replace",
            where=work.job.output.table,
            hint=f"give {column} a not_null rule, so that such rows are quarantined",
        )
    rows = sum(int(group["_rows"]) for group in groups)
    # What a backfill brings is old on purpose: nothing of it is late.
    last = work.plan.last.event_watermark if work.plan.last and not work.plan.part else None
    days = tuple(sorted(day for day in taken_by_day if day is not None))
    newest = max([*days, *([date.fromisoformat(last)] if last else [])], default=None)
    boundary, late = _lateness(late_window(mode), last, taken_by_day)
    is_bounded = late is not None and late.policy in ("defer", "quarantine")
    kept = tuple(d for d in days if not (is_bounded and boundary and d < boundary))
    emptied = touched_days(work.plan, mode, work.context) - {group[_DAY] for group in groups}
    is_listed = bool(emptied) or len(kept) <= MAX_DAYS
    return Arrivals(
        groups=groups,
        rows=rows,
        days=tuple(sorted({*kept, *emptied})) if column and is_listed and None not in taken_by_day else None,
        watermark=newest.isoformat() if newest else None,
        boundary=boundary,
        late=late,
    )


def is_withheld(work: Work, arrivals: Arrivals) -> Column:
    """Return the condition of rows that passed the rules and that the late policy keeps out of the table."""
    return _is_beyond(work, arrivals, "quarantine")


def is_deferred(work: Work, arrivals: Arrivals) -> Column:
    """Return the condition of rows that passed the rules and are to wait beside the table."""
    return _is_beyond(work, arrivals, "defer")


def _is_beyond(work: Work, arrivals: Arrivals, policy: Beyond) -> Column:
    window = late_window(work.job.output.mode)
    if window is None or arrivals.boundary is None or window.beyond != policy:
        return F.lit(False)  # noqa: FBT003 - a literal, not a flag
    behind = F.to_date(F.col(window.column)) < F.lit(arrivals.boundary)
    return work.gate.is_publishable() & F.coalesce(behind, F.lit(False))  # noqa: FBT003


def _lateness(
    window: LateWindow | None, last: str | None, taken: Mapping[date | None, int]
) -> tuple[date | None, LateRows | None]:
    if window is None:
        return None, None
    if last is None:
        return None, LateRows(policy=window.beyond)
    newest = date.fromisoformat(last)
    boundary = newest - timedelta(days=window.days)
    ages: Counter[int] = Counter()
    for day, rows in taken.items():
        if day is not None and day < boundary:
            ages[(newest - day).days] += rows
    return boundary, LateRows(policy=window.beyond, rows=ages.total(), by_age_days=dict(sorted(ages.items())))
