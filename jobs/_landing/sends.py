"""What the source sends of the order lines: each line once, some late, again, corrected, or broken on the way."""
# ruff: noqa: TID252

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .days import SECONDS_PER_DAY
from .draws import below, places, weights
from .ledger import FileFault, RecordKind
from .source import joined

if TYPE_CHECKING:
    from .draws import Flags, Ints, Weights
    from .faults import FaultPlan
    from .source import OrderLines

KINDS = (
    RecordKind.ON_TIME,
    RecordKind.LATE,
    RecordKind.VERY_LATE,
    RecordKind.CORRECTION,
    RecordKind.DUPLICATE,
    RecordKind.DAMAGED,
    RecordKind.RESENT,
)
_CODE = {kind: code for code, kind in enumerate(KINDS)}

# Of every so many lines one: 2 % late, 0.2 % very late, 1 % corrected, 0.5 % sent twice.
LATE_EVERY, VERY_LATE_EVERY, CORRECTED_EVERY, TWICE_EVERY = 50, 500, 100, 200
_VERY_LATE_PLACE = 25
_LATE_DAYS, _VERY_LATE_FROM, _VERY_LATE_DAYS, _CORRECTED_DAYS = 3, 4, 27, 10
# The latest sending of a line is the repetition, one day later, of one that comes 30 days late.
MOST_DAYS_UNDER_WAY = _VERY_LATE_FROM + _VERY_LATE_DAYS
_MOST_DAMAGED = {FileFault.WRONG_TYPE: 5, FileFault.NOT_UTF8: 3, FileFault.MISSING_COLUMN: 30}


@dataclass(frozen=True)
class Sends:
    """One sending of one line per position of every array, in the order of the files.

    Attributes:
        lines: The lines as they are sent, a correction with its new values.
        arrival: Day number on which it arrives.
        kind: Position in `KINDS`.
        updated_at: Seconds since 1970 when the source last changed the record; never before the order.
    """

    lines: OrderLines
    arrival: Ints
    kind: Ints
    updated_at: Ints

    def of(self, kind: RecordKind) -> Flags:
        """Return which sendings are of this kind."""
        return np.equal(self.kind, _CODE[kind])

    def take(self, positions: Ints | slice) -> Sends:
        """Return the sendings at these positions, in this order."""
        return Sends(
            self.lines.take(positions), self.arrival[positions], self.kind[positions], self.updated_at[positions]
        )


def plan_sends(everything: OrderLines, seed: int, faults: FaultPlan, since: int) -> Sends:
    """Return every sending that arrives on day `since` or later, by arrival day, time of change and key.

    Late, corrected and repeated lines are drawn apart from each other, so a correction may overtake its late original.
    """
    before = int(np.searchsorted(everything.ordered_at, (since - MOST_DAYS_UNDER_WAY) * SECONDS_PER_DAY))
    lines = everything.take(slice(before, None))
    day = lines.day
    lag, kind = _delays(lines, before, seed)
    corrected = np.flatnonzero(_drawn(lines, before, seed, "corrected") % CORRECTED_EVERY == 0)
    twice = np.flatnonzero(_drawn(lines, before, seed, "twice") % TWICE_EVERY == 0)
    damaged = _damaged(lines, kind, np.concatenate((corrected, twice)), seed=seed, faults=faults)
    kind[damaged] = _CODE[RecordKind.DAMAGED]
    again = day[twice] + lag[twice] + below(_line_weights(lines, seed, "twice on"), 2)[twice]
    corrections = _corrections(lines.take(corrected), seed)
    parts = (
        Sends(lines, day + lag, kind, lines.ordered_at),
        corrections,
        _copies(lines.take(twice), again, RecordKind.DUPLICATE),
        _copies(lines.take(damaged), day[damaged] + 1, RecordKind.RESENT),
    )
    sends = _in_order(parts, faults)
    return sends.take(slice(int(np.searchsorted(sends.arrival, since)), None))


def _line_weights(lines: OrderLines, seed: int, salt: str) -> Weights:
    return weights(lines.order_id, lines.product_id, seed=seed, salt=salt)


def _drawn(lines: OrderLines, before: int, seed: int, salt: str) -> Ints:
    return before + places(lines.day, _line_weights(lines, seed, salt))


def _delays(lines: OrderLines, before: int, seed: int) -> tuple[Ints, Ints]:
    place, weight = _drawn(lines, before, seed, "late"), _line_weights(lines, seed, "late by")
    lag, kind = np.zeros(len(lines), dtype=np.int64), np.full(len(lines), _CODE[RecordKind.ON_TIME])
    late, very_late = place % LATE_EVERY == 0, place % VERY_LATE_EVERY == _VERY_LATE_PLACE
    lag[late] = 1 + below(weight[late], _LATE_DAYS)
    lag[very_late] = _VERY_LATE_FROM + below(weight[very_late], _VERY_LATE_DAYS)
    kind[late], kind[very_late] = _CODE[RecordKind.LATE], _CODE[RecordKind.VERY_LATE]
    return lag, kind


def _damaged(lines: OrderLines, kind: Ints, drawn: Ints, *, seed: int, faults: FaultPlan) -> Ints:
    plain = kind == _CODE[RecordKind.ON_TIME]
    plain[drawn] = False
    day, weight = lines.day, _line_weights(lines, seed, "damaged")
    picks = [np.empty(0, dtype=np.int64)]
    for fault_day, fault in faults.by_day.items():
        start, end = np.searchsorted(day, [fault_day, fault_day + 1])
        candidates = start + np.flatnonzero(plain[start:end])
        if fault is FileFault.MISSING_COLUMN:
            candidates = candidates[lines.store_id[candidates] == _smallest_store(lines.store_id[candidates])]
        most = min(_most_damaged(fault), max(1, (end - start) // 100))
        picks.append(candidates[np.argsort(weight[candidates])][:most])
    return np.concatenate(picks)


def _most_damaged(fault: FileFault) -> int:
    if fault is FileFault.EMPTY_FILE:
        return 0
    return _MOST_DAMAGED.get(fault, 1)


def _smallest_store(stores: Ints) -> int:
    """Return the store whose lines fill the share that may be damaged, or else the one with the most lines."""
    if len(stores) == 0:
        return -1
    ids, sizes = np.unique(stores, return_counts=True)
    wanted = min(_most_damaged(FileFault.MISSING_COLUMN), max(1, len(stores) // 100))
    enough = np.flatnonzero(sizes >= wanted)
    return int(ids[enough[np.argmin(sizes[enough])]]) if len(enough) else int(ids[np.argmax(sizes)])


def _corrections(lines: OrderLines, seed: int) -> Sends:
    """Return the later, corrected state of lines: one piece more for one half of them, another price for the rest."""
    weight = _line_weights(lines, seed, "corrected to")
    arrival = lines.day + 1 + below(weight, _CORRECTED_DAYS)
    more = below(weight >> np.uint64(16), 2) == 0
    cheaper = lines.amounts[0] * 9 // 10
    amounts = np.where(more, lines.amounts * (lines.quantity + 1) // np.maximum(lines.quantity, 1), lines.amounts)
    amounts[0, ~more] = np.where(cheaper < lines.amounts[0], cheaper, lines.amounts[0] + 1)[~more]
    corrected = replace(lines, quantity=lines.quantity + more, amounts=amounts)
    updated_at = arrival * SECONDS_PER_DAY + below(weight >> np.uint64(32), SECONDS_PER_DAY)
    return Sends(corrected, arrival, np.full(len(lines), _CODE[RecordKind.CORRECTION]), updated_at)


def _copies(lines: OrderLines, arrival: Ints, kind: RecordKind) -> Sends:
    return Sends(lines, arrival, np.full(len(lines), _CODE[kind]), lines.ordered_at)


def _in_order(parts: tuple[Sends, ...], faults: FaultPlan) -> Sends:
    sends = Sends(
        joined([part.lines for part in parts]),
        np.concatenate([part.arrival for part in parts]),
        np.concatenate([part.kind for part in parts]),
        np.concatenate([part.updated_at for part in parts]),
    )
    truncated = [day for day, fault in faults.by_day.items() if fault is FileFault.TRUNCATED_LAST_LINE]
    is_cut = sends.of(RecordKind.DAMAGED) & np.isin(sends.arrival, truncated)
    key = (sends.lines.product_id, sends.lines.order_id, sends.updated_at)
    return sends.take(np.lexsort((sends.kind, *key, is_cut, sends.arrival)))
