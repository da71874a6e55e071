"""CSV files of one feed, day after day: broken on the planned days, and what was broken sent again the day after."""
# ruff: noqa: TID252

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .days import day_of
from .draws import weights
from .faults import fault_plan, with_extra_column
from .ledger import FileFault, FileNotes, KindCount, PendingFile, RecordKind, Trait, TraitCount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .faults import FaultPlan
    from .settings import LandingSettings

Row = tuple[str, ...]
_MOST_DAMAGED = {FileFault.WRONG_TYPE: 3, FileFault.NOT_UTF8: 2, FileFault.MISSING_COLUMN: 10}


@dataclass(frozen=True)
class CsvFeed:
    """The shape of a feed's CSV files.

    Attributes:
        name: The feed.
        columns: Header, in order; the first column is the key.
        required: The column that a file with a missing column lacks.
        typed: The column that a wrong type hits.
        wrong: The text that stands there then.
        flipped: The column whose last letter loses its UTF-8 form; its texts are ASCII.
        extra: The column that files have from the planned day on only, or None.
        blank: A column that the published data leaves out for some, and the trait that this is; or None.
    """

    name: str
    columns: Row
    required: str
    typed: str
    wrong: str
    flipped: str
    extra: str | None = None
    blank: tuple[str, Trait] | None = None


@dataclass(frozen=True)
class DayRows:
    """What the source has to send on one day: the rows, their kind, and the name of the file without its ending."""

    day: int
    rows: tuple[Row, ...]
    kind: RecordKind
    stem: str


@dataclass(frozen=True)
class _Marked:
    row: Row
    kind: RecordKind


def csv_files(feed: CsvFeed, days: Iterable[DayRows], settings: LandingSettings, first: int) -> Iterator[PendingFile]:
    """Yield the files of each day from `first` on; a day without rows has a file with only a header.

    A record that was broken on one day is sent whole on the next, in the state that it has then.

    Args:
        feed: What the files look like.
        days: What there is to send, one after the other, at least from the first day to follow for `first` on.
        settings: Decide which records are broken.
        first: Number of the first day that is wanted.
    """
    faults, seed = fault_plan(feed.name, settings), settings.seed
    owed: tuple[Row, ...] = ()
    for today in days:
        if today.day < faults.first_to_follow(first):
            continue
        keys = {row[0] for row in today.rows}
        resent = [_Marked(row, RecordKind.RESENT) for row in owed if row[0] not in keys]
        records = sorted([*(_Marked(row, today.kind) for row in today.rows), *resent], key=_key)
        fault = faults.on(today.day)
        hit = [] if fault is None else _hit(feed, records, fault, seed)
        owed = tuple(records[at].row for at in hit)
        for at in hit:
            records[at] = _Marked(records[at].row, RecordKind.DAMAGED)
        if today.day >= first:
            yield from _Writer(feed, faults, today).files(records, fault if hit else None)


def _key(record: _Marked) -> tuple[int, str]:
    return len(record.row[0]), record.row[0]


def _hit(feed: CsvFeed, records: Sequence[_Marked], fault: FileFault, seed: int) -> list[int]:
    """Return the positions of the records that a fault hits; none when the day has no record that it could hit."""
    if fault is FileFault.EMPTY_FILE:
        return list(range(len(records)))
    if fault is FileFault.TRUNCATED_LAST_LINE:
        return [len(records) - 1] if records else []
    places = np.arange(len(records), dtype=np.int64)
    most = min(_MOST_DAMAGED[fault], max(1, len(records) // 100))
    chosen: list[int] = np.argsort(weights(places, seed=seed, salt=f"{feed.name} {fault.value}"))[:most].tolist()
    return sorted(chosen)


class _Writer:
    """Turns one day's records into files."""

    def __init__(self, feed: CsvFeed, faults: FaultPlan, today: DayRows) -> None:
        self._feed, self._faults, self._today = feed, faults, today
        self._unseen = {feed.extra} if feed.extra and not faults.has_extra_column(today.day) else set()

    def files(self, records: Sequence[_Marked], fault: FileFault | None) -> Iterator[PendingFile]:
        if fault is None:
            yield self._file("", self._text(records, self._unseen), self._notes(records))
        elif fault is FileFault.EMPTY_FILE:
            yield self._file("", b"", FileNotes(faults=(fault,)))
        elif fault is FileFault.MISSING_COLUMN:
            part = [record for record in records if record.kind is RecordKind.DAMAGED]
            whole = [record for record in records if record.kind is not RecordKind.DAMAGED]
            yield self._file("", self._text(whole, self._unseen), self._notes(whole))
            missing = {*self._unseen, self._feed.required}
            yield self._file("_part2", self._text(part, missing), self._notes(part, fault))
        else:
            broken = [_broken(self._feed, record, fault) for record in records]
            text = self._text(broken, self._unseen)
            if fault is FileFault.TRUNCATED_LAST_LINE:
                text = _cut_last_line(text)
            yield self._file("", text, self._notes(records, fault))

    def _file(self, suffix: str, content: bytes, notes: FileNotes) -> PendingFile:
        return PendingFile(self._feed.name, day_of(self._today.day), f"{self._today.stem}{suffix}.csv", content, notes)

    def _text(self, records: Iterable[_Marked], left_out: set[str]) -> bytes:
        kept = [at for at, column in enumerate(self._feed.columns) if column not in left_out]
        text = io.StringIO(newline="")
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow([self._feed.columns[at] for at in kept])
        rows.writerows([record.row[at] for at in kept] for record in records)
        return text.getvalue().encode("utf-8", errors="surrogateescape")

    def _notes(self, records: Sequence[_Marked], *broken: FileFault) -> FileNotes:
        kinds = Counter(record.kind for record in records)
        traits: tuple[TraitCount, ...] = ()
        if self._feed.blank is not None:
            at = self._feed.columns.index(self._feed.blank[0])
            blank = sum(not record.row[at] for record in records if record.kind is not RecordKind.DAMAGED)
            traits = (TraitCount(self._feed.blank[1], blank),) if blank else ()
        return FileNotes(
            counts=tuple(KindCount(kind, kinds[kind]) for kind in RecordKind if kinds[kind]),
            traits=traits,
            faults=with_extra_column(self._faults, self._today.day, broken),
        )


def _broken(feed: CsvFeed, record: _Marked, fault: FileFault) -> _Marked:
    if record.kind is not RecordKind.DAMAGED or fault is FileFault.TRUNCATED_LAST_LINE:
        return record
    if fault is FileFault.WRONG_TYPE:
        return _with_text(feed, record, feed.typed, feed.wrong)
    text = record.row[feed.columns.index(feed.flipped)]
    # A flipped high bit, as a surrogate that the encoder turns into that very byte: no UTF-8 text ends with it.
    return _with_text(feed, record, feed.flipped, text[:-1] + chr(0xDC80 + ord(text[-1])))


def _with_text(feed: CsvFeed, record: _Marked, column: str, text: str) -> _Marked:
    at = feed.columns.index(column)
    return _Marked((*record.row[:at], text, *record.row[at + 1 :]), record.kind)


def _cut_last_line(content: bytes) -> bytes:
    last = content.rstrip(b"\n").rfind(b"\n") + 1
    return content[: last + (len(content) - last) // 2]
