"""Arithmetic of cursors: what a run reads, from where to where. No Spark.

A value is counted in steps: whole numbers as they are, days since 1970, microseconds since 1970.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError, SourceError
from tidegate.model.cursors import CursorMark

if TYPE_CHECKING:
    from tidegate.model.cursors import CursorKind
    from tidegate.model.declarations import Cursor
    from tidegate.model.pins import Pins

_log = logging.getLogger("tidegate.sources")

_DAY_ONE = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
# Spark 3.5 shows moments as timestamps without a zone, Spark 4 as moments; both are in UTC.
_IN_UTC = {"timestamp", "instant"}


@dataclass(frozen=True)
class Reach:
    """What a source says of its cursor now.

    Attributes:
        kind: What its values are.
        newest: The greatest, in steps; None where the source has no rows.
        missing: Rows without a value.
        is_limited: Whether it may have greater ones, which are for a later run.
    """

    kind: CursorKind
    newest: int | None
    missing: int = 0
    is_limited: bool = False


@dataclass(frozen=True)
class Limit:
    """Up to where a run that is resumed reads a source, so that it reads what it would have read then.

    Attributes:
        told: Up to where the run that failed read it, as `kind:value`; None where it had not come to that.
        moment: The moment that run was about.
    """

    told: str | None
    moment: datetime | None

    def steps(self, kind: CursorKind) -> int | None:
        """Return the greatest value that is read, in steps; None where nothing tells: then all are.

        Args:
            kind: What the source's values are.
        """
        if self.told is not None:
            known, _, value = self.told.partition(":")
            return steps_of(value, kind) if known == kind or {known, kind} == _IN_UTC else None
        return None if self.moment is None or kind != "instant" else (self.moment - _EPOCH) // _MICROSECOND


def limit_of(pins: Pins | None, job: str, name: str) -> Limit | None:
    """Return up to where a run reads a source; None where it reads what there is.

    Args:
        pins: What the run's inputs are to be read up to.
        job: The job.
        name: The input.
    """
    return Limit(pins.cursors.get(f"{job}/{name}"), pins.moment) if pins and pins.is_resuming else None


def limited(reach: Reach, limit: Limit | None, where: str) -> Reach:
    """Return what a source says of its cursor, as if it had no values beyond a limit.

    Args:
        reach: What it says.
        limit: The limit; None for none.
        where: The source, for messages.
    """
    if limit is None or reach.newest is None:
        return reach
    most = limit.steps(reach.kind)
    if most is None:
        _log.warning(
            "%s: the run that is resumed had not read it, and its cursor is no moment: it is read as it is now", where
        )
        return reach
    return replace(reach, newest=min(reach.newest, most), is_limited=True)


@dataclass(frozen=True)
class CursorSpan:
    """The values that one run reads. All bounds are in steps and belong to the span.

    Attributes:
        kind: What the values are.
        lower: The smallest value that is read; None for all from the first on.
        upper: The greatest.
        reach: From where on the rows are remembered, so that the next run can tell them.
        known: How far earlier runs have read; None where nothing has been read.
    """

    kind: CursorKind
    lower: int | None
    upper: int
    reach: int
    known: CursorMark | None = None

    @property
    def since(self) -> int | None:
        """The greatest value that has been read before."""
        return None if self.known is None else steps_of(self.known.value, self.kind)

    @property
    def bound(self) -> str:
        """Up to where is read, as `kind:value`."""
        return f"{self.kind}:{text_of(self.upper, self.kind)}"

    @property
    def moves(self) -> bool:
        """Whether the source has a greater value than the one read last."""
        return self.since is None or self.since < self.upper

    def mark(self, columns: tuple[str, ...] = (), seen: tuple[int, ...] = ()) -> CursorMark:
        """Return how far the source has been read after this span."""
        value, reach = text_of(self.upper, self.kind), text_of(self.reach, self.kind)
        return CursorMark(value, self.kind, reach, columns, tuple(sorted(seen)))


def span_of(cursor: Cursor, reach: Reach, known: CursorMark | None, *, where: str) -> CursorSpan | None:
    """Return what a run reads; None where the source has no rows.

    Args:
        cursor: The declaration.
        reach: What the source says.
        known: How far it has been read.
        where: The source, for messages.

    Raises:
        SourceError: Rows have no cursor value, the values are of another kind than before, or the greatest of them is
            smaller than the one read last.
        JobDefinitionError: The overlap does not fit the kind of values.
    """
    if reach.missing:
        raise SourceError(
            f"{reach.missing} rows have no {cursor.column}, and would never be read",
            where=where,
            hint="a table: give the column a NOT NULL constraint, or a query that fills it, such "
            "as coalesce(updated_at, …); an API: choose a field that every record has",
        )
    if reach.newest is None:
        return None
    if reach.is_limited and known is not None and reach.newest < steps_of(known.value, known.kind):
        return None  # another run has read on
    overlap = _overlap_steps(cursor, reach.kind, where)
    if known is None:
        return CursorSpan(reach.kind, None, reach.newest, reach.newest - overlap)
    _check_forward(cursor, reach, known, where)
    lower = max(steps_of(known.reach, known.kind), steps_of(known.value, known.kind) - overlap)
    return CursorSpan(reach.kind, lower, reach.newest, max(reach.newest - overlap, lower), known)


def bounds(span: CursorSpan, column: str, oldest: int | None, parts: int) -> list[str]:
    """Return the conditions of disjoint parts that together are the span, as SQL.

    Args:
        span: What is read.
        column: The cursor's column.
        oldest: The smallest value that the source has, where the span begins with it.
        parts: How many parts are wanted; there are fewer where the span has fewer steps.
    """
    first = span.lower if span.lower is not None else oldest if oldest is not None else span.upper
    parts = max(1, min(parts, span.upper - first + 1))
    cuts = [first + (span.upper + 1 - first) * part // parts for part in range(1, parts)]
    starts = [span.lower, *cuts]
    ends = [*cuts, None]
    return [
        " AND ".join(
            [
                *([] if start is None else [f"{column} >= {literal(start, span.kind)}"]),
                f"{column} <= {literal(span.upper, span.kind)}"
                if end is None
                else f"{column} < {literal(end, span.kind)}",
            ]
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def literal(steps: int, kind: CursorKind) -> str:
    """Return a value as standard SQL writes it."""
    if kind == "sequence":
        return str(steps)
    if kind == "date":
        return f"DATE '{text_of(steps, kind)}'"
    text = text_of(steps, kind).replace("T", " ")
    return f"TIMESTAMP WITH TIME ZONE '{text}'" if kind == "instant" else f"TIMESTAMP '{text}'"


def text_of(steps: int, kind: CursorKind) -> str:
    """Return a value as a commit holds it."""
    if kind == "sequence":
        return str(steps)
    if kind == "date":
        return (_DAY_ONE + timedelta(days=steps)).isoformat()
    moment = _EPOCH + timedelta(microseconds=steps)
    text = moment.isoformat(timespec="microseconds")
    return text if kind == "instant" else text.removesuffix("+00:00")


def text_before(span: CursorSpan) -> str:
    """Return a value before all that a span reads, and before what was read last: a number, day or second earlier.

    An API that gives what is greater, and not what is equal as well, still gives the row that was read last; and so
    does one that looks at seconds alone.
    """
    first = min(span.upper if value is None else value for value in (span.lower, span.since))
    if span.kind in {"sequence", "date"}:
        return text_of(first - 1, span.kind)
    text = text_of(first - 1_000_000, span.kind)
    return text.partition(".")[0] + ("Z" if span.kind == "instant" else "")


def steps_of(text: str, kind: CursorKind) -> int:
    """Return the steps of a value that `text_of` wrote."""
    if kind == "sequence":
        return int(text)
    if kind == "date":
        return (date.fromisoformat(text) - _DAY_ONE).days
    return (datetime.fromisoformat(text).replace(tzinfo=timezone.utc) - _EPOCH) // _MICROSECOND


def _overlap_steps(cursor: Cursor, kind: CursorKind, where: str) -> int:
    """Return the overlap; -1, one step beyond the greatest value, where nothing is read again."""
    overlap = cursor.overlap
    if overlap is None:
        return -1
    if isinstance(overlap, timedelta) and kind in {"timestamp", "instant"}:
        return overlap // _MICROSECOND
    if isinstance(overlap, timedelta) and kind == "date":
        return -(-overlap // timedelta(days=1))
    if isinstance(overlap, int) and (kind == "sequence" or not overlap):
        return overlap
    raise JobDefinitionError(
        f"the overlap does not fit {cursor.column}, whose values are of kind {kind}",
        where=where,
        hint="a timedelta for dates and timestamps, a whole number for sequences",
    )


def _check_forward(cursor: Cursor, reach: Reach, known: CursorMark, where: str) -> None:
    if known.column != cursor.column:
        raise SourceError(
            f"the source has been read by {known.column} up to now, whose values say nothing of {cursor.column}",
            where=where,
            hint="declare the cursor as it was, or rebuild the table that is made from the source",
        )
    if known.kind != reach.kind and {known.kind, reach.kind} != _IN_UTC:
        raise SourceError(
            f"{cursor.column} is of kind {reach.kind} now; it was of kind {known.kind}",
            where=where,
            hint="read the source from its beginning: rebuild the table that is made from it",
        )
    newest = reach.newest if reach.newest is not None else 0
    if newest < steps_of(known.value, known.kind):
        raise SourceError(
            f"the source went backwards: {cursor.column} has been read up to {known.value}, and now ends at "
            f"{text_of(newest, reach.kind)}",
            where=where,
            hint="its newest rows were removed, or it was restored or replaced; what came after that may have taken "
            "their numbers, so rebuild the table that is made from it",
        )
