"""The feed `order_lines`: one file of JSON lines per arrival day, and now and then one of a single store beside it."""
# ruff: noqa: TID252

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .days import day_of
from .faults import fault_plan, with_extra_column
from .json_text import JsonLines
from .ledger import FileFault, FileNotes, KindCount, PendingFile, RecordKind, Trait, TraitCount
from .sends import KINDS, plan_sends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .faults import FaultPlan
    from .sends import Sends
    from .settings import LandingSettings
    from .source import Shop

FEED = "order_lines"
_MAIN = "order_lines.jsonl"
_DAYS_AT_A_TIME = 31
_LATE_WINDOW_DAYS = 3
# A wrong type for the first, the second and the third record that is hit, and so on in turns: field and JSON value.
_WRONG_TYPES = ((b"quantity", b'"2 pcs"'), (b"sales_value", b'"N/A"'), (b"ordered_at", b'"31/11/2017 25:10"'))


def order_line_files(shop: Shop, settings: LandingSettings, first: int, last: int) -> Iterator[PendingFile]:
    """Yield the files that arrive on the days from `first` to `last`; none for a day without a record."""
    faults = fault_plan(FEED, settings)
    sends = plan_sends(shop.lines, settings.seed, faults, since=first)
    for start in range(first, last + 1, _DAYS_AT_A_TIME):
        days = range(start, min(start + _DAYS_AT_A_TIME, last + 1))
        bounds = np.searchsorted(sends.arrival, [days.start, days.stop])
        batch = sends.take(slice(*bounds.tolist()))
        text = JsonLines(batch, _has_week(batch, faults))
        for day in days:
            yield from _day_files(batch, text, day, faults)


def _has_week(sends: Sends, faults: FaultPlan) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if faults.extra_column_from is None:
        return np.zeros(len(sends.arrival), dtype=np.bool_)
    return sends.arrival >= faults.extra_column_from


def _day_files(batch: Sends, text: JsonLines, day: int, faults: FaultPlan) -> Iterator[PendingFile]:
    start, end = (int(bound) for bound in np.searchsorted(batch.arrival, [day, day + 1]))
    if start == end:
        return
    sends = batch.take(slice(start, end))
    damaged = np.flatnonzero(sends.of(RecordKind.DAMAGED))
    fault = faults.on(day)
    if fault is None or (len(damaged) == 0 and fault is not FileFault.EMPTY_FILE):
        yield _file(day, _MAIN, text.between(start, end), _notes(sends, day, faults))
        return
    lines = [text.between(start + at, start + at + 1) for at in range(end - start)]
    if fault is FileFault.EMPTY_FILE:
        yield _file(day, _store_file(sends, 0), b"", FileNotes(faults=(fault,)))
        yield _file(day, _MAIN, b"".join(lines), _notes(sends, day, faults))
    elif fault is FileFault.MISSING_COLUMN:
        whole = np.flatnonzero(~sends.of(RecordKind.DAMAGED))
        part = b"".join(_without_customer(lines[at]) for at in damaged)
        notes = _notes(sends.take(damaged), day, faults, fault)
        yield _file(day, _store_file(sends, int(damaged[0])), part, notes)
        yield _file(day, _MAIN, b"".join(lines[at] for at in whole), _notes(sends.take(whole), day, faults))
    else:
        for turn, at in enumerate(damaged):
            lines[at] = _broken(lines[at], fault, turn)
        yield _file(day, _MAIN, b"".join(lines), _notes(sends, day, faults, fault))


def _file(day: int, name: str, content: bytes, notes: FileNotes) -> PendingFile:
    return PendingFile(FEED, day_of(day), name, content, notes)


def _store_file(sends: Sends, at: int) -> str:
    return f"order_lines_store_{sends.lines.store_id[at]}.jsonl"


def _notes(sends: Sends, day: int, faults: FaultPlan, *broken: FileFault) -> FileNotes:
    counts = np.bincount(sends.kind, minlength=len(KINDS)).tolist()
    whole = ~sends.of(RecordKind.DAMAGED)
    traits = (
        TraitCount(Trait.ZERO_QUANTITY, int(((sends.lines.quantity == 0) & whole).sum())),
        TraitCount(Trait.UNKNOWN_PRODUCT, int((~sends.lines.has_product & whole).sum())),
        TraitCount(Trait.OLDER_THAN_3_DAYS, int(((sends.arrival - sends.lines.day > _LATE_WINDOW_DAYS) & whole).sum())),
    )
    return FileNotes(
        counts=tuple(KindCount(kind, count) for kind, count in zip(KINDS, counts, strict=True) if count),
        traits=tuple(count for count in traits if count.records),
        faults=with_extra_column(faults, day, broken),
    )


def _broken(line: bytes, fault: FileFault, turn: int) -> bytes:
    if fault is FileFault.TRUNCATED_LAST_LINE:
        return line[: len(line) // 2]
    if fault is FileFault.NOT_UTF8:
        # One bit flipped on the way: the D of USD becomes a byte that no UTF-8 text holds there.
        return line.replace(b'"USD"', b'"US\xc4"')
    field, value = _WRONG_TYPES[turn % len(_WRONG_TYPES)]
    return _with_value(line, field, value)


def _with_value(line: bytes, field: bytes, value: bytes) -> bytes:
    before, name, rest = line.partition(b'"' + field + b'":')
    _, comma, after = rest.partition(b",")
    return before + name + value + comma + after


def _without_customer(line: bytes) -> bytes:
    before, _, rest = line.partition(b'"customer_id":')
    return before + rest.partition(b",")[2]
