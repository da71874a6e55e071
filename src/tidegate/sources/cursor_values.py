"""Values of cursors as JSON writes them. No Spark."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tidegate.sources.cursors import steps_of

if TYPE_CHECKING:
    from tidegate.model.cursors import CursorKind
    from tidegate.sources.json_pages import Json

_NUMBER = re.compile(r"-?\d{1,38}", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-]\d\d):?(\d\d)?)?)?", re.ASCII
)


def read_value(value: Json) -> tuple[CursorKind, int] | None:
    """Return kind and steps of a cursor's value; None where it is none.

    Whole numbers, also as texts, are sequences. Texts are days (`2024-02-29`), timestamps (`2024-02-29T12:00:00.5`) or,
    with a zone, moments. What is finer than a microsecond is cut off.
    """
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if _NUMBER.fullmatch(text):
        return "sequence", int(text)
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    day, minute, second, fraction, utc, hours, minutes = found.groups()
    kind: CursorKind = "instant" if utc or hours else "timestamp" if minute else "date"
    try:
        if minute is None:
            return kind, steps_of(day, "date")
        moment = datetime.fromisoformat(f"{day}T{minute}:{second or '00'}").replace(tzinfo=timezone.utc)
        shift = timedelta(hours=abs(int(hours or 0)), minutes=int(minutes or 0))
        micros = int(f"{fraction or '':<06}"[:6])
        steps = steps_of(moment.isoformat(), "instant") + micros
    except (ValueError, OverflowError):
        return None
    sign = -1 if (hours or "").startswith("-") else 1
    return kind, steps - sign * (shift // timedelta(microseconds=1))
