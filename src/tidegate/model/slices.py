"""What a backfill asks for: a span of days cut into slices, each of which becomes one batch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

from tidegate.errors import JobDefinitionError

By: TypeAlias = Literal["event", "arrival"]

_DAYS = re.compile(r"(\d{1,4}) ?days?")
_MONTHS_A_YEAR = 12
_ALLOWED = "day, week, month, or a number of days such as '10 days'"


@dataclass(frozen=True)
class Span:
    """Whole days (UTC), half-open.

    Attributes:
        start: The first day.
        end: The day after the last.
    """

    start: date
    end: date

    def __str__(self) -> str:
        """Return the first and the last day."""
        last = self.end - timedelta(days=1)
        return self.start.isoformat() if last == self.start else f"{self.start.isoformat()}..{last.isoformat()}"


@dataclass(frozen=True)
class Slice:
    """The part of a job's inputs that one run takes instead of what is new.

    Attributes:
        number: Number of the slice, from 1: the batch's number in the scope of its backfill.
        span: The days; None takes everything there is and puts it in place of the table.
        by: Whether the days are those of the events or those of the arrival.
        column: Event-time column of the inputs; None takes the one that the job's write mode names.
    """

    number: int = 1
    span: Span | None = None
    by: By = "event"
    column: str | None = None

    @property
    def is_rebuild(self) -> bool:
        """Whether the run makes the table anew from all that its inputs hold."""
        return self.span is None


REBUILD = Slice()


@dataclass(frozen=True)
class Backfill:
    """A request to run a job again over a span of days.

    Attributes:
        span: All its days.
        by: Whether the days are those of the events or those of the arrival.
        every: Length of a slice: `day`, `week` (from Monday), `month` (from the first), or `N days`.
        column: Event-time column of the inputs; None takes the one that the job's write mode names.
        name: Tells the request from others that ask for the same; empty for the first.
    """

    span: Span
    by: By = "event"
    every: str = "day"
    column: str | None = None
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be cut.

        Raises:
            JobDefinitionError: The span is empty, the length of a slice is none, or a name is no plain word.
        """
        if self.span.start >= self.span.end:
            raise JobDefinitionError(
                "the last day of a backfill is before the first", where=f"--from {self.span.start}", hint="swap them"
            )
        if self.by == "arrival" and self.column is not None:
            raise JobDefinitionError(
                "a column says when events happened, and not when they arrived",
                where=f"column {self.column!r}",
                hint="leave the column out, or ask for rows by event",
            )
        if not re.fullmatch(r"[A-Za-z0-9_-]*", self.name):
            raise JobDefinitionError(
                f"{self.name!r} cannot name a backfill", hint="use letters, digits, hyphens and underscores"
            )
        _step(self.every)

    @property
    def scope(self) -> str:
        """The scope of its batches: the same for the same request, so that one that was interrupted goes on."""
        last = self.span.end - timedelta(days=1)
        parts = ["backfill", self.name, self.by, f"{self.span.start:%Y%m%d}-{last:%Y%m%d}", self.every.replace(" ", "")]
        return ".".join(part for part in (*parts, self.column) if part)

    def slices(self) -> tuple[Slice, ...]:
        """Return its slices in order, numbered from 1; the first and the last may be shorter than the others."""
        found: list[Slice] = []
        start = self.span.start
        while start < self.span.end:
            end = min(_next(start, self.every), self.span.end)
            found.append(Slice(len(found) + 1, Span(start, end), self.by, self.column))
            start = end
        return tuple(found)


def _next(start: date, every: str) -> date:
    """Return the day on which the slice after the one of a day begins."""
    if every == "month":
        month = start.month % _MONTHS_A_YEAR + 1
        return date(start.year + (month == 1), month, 1)
    if every == "week":
        return start + timedelta(days=7 - start.weekday())
    return start + timedelta(days=_step(every))


def _step(every: str) -> int:
    if every in ("day", "week", "month"):
        return 1
    match = _DAYS.fullmatch(every)
    days = int(match[1]) if match else 0
    if not days:
        raise JobDefinitionError(f"{every!r} is no length of a slice", hint=f"allowed: {_ALLOWED}")
    return days
