from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tidegate.sources.cursor_values import read_value
from tidegate.sources.cursors import text_of

if TYPE_CHECKING:
    from tidegate.model.cursors import CursorKind


@given(
    moment=st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 30)),  # noqa: DTZ001 - its zone is put in
    shift=st.integers(-23 * 60, 23 * 60),
    separator=st.sampled_from("T "),
)
def test_moments_are_read_as_they_are_written(moment: datetime, shift: int, separator: str) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=shift)))
    texts: dict[CursorKind, str] = {"instant": there.isoformat(separator), "timestamp": moment.isoformat(separator)}
    for kind, text in texts.items():
        found = read_value(text)
        assert found is not None
        assert found[0] == kind
        expected = there.astimezone(timezone.utc) if kind == "instant" else moment.replace(tzinfo=timezone.utc)
        assert text_of(found[1], "instant") == expected.isoformat(timespec="microseconds")
    assert read_value(moment.date().isoformat()) == ("date", (moment.date() - date(1970, 1, 1)).days)


def test_other_values_of_cursors() -> None:
    assert read_value(7) == read_value("7") == ("sequence", 7)
    second = ("instant", 1_704_110_400_000_000)
    assert read_value("2024-01-01T12:00Z") == read_value("2024-01-01T14:00:00+02") == second
    assert read_value("2024-01-01T12:00:00.0000009Z") == second, "finer than a microsecond is cut off"
    for text in (None, True, 1.5, "", "x", "2024-13-01", "2024-01-01T25:00", "12:00", "9" * 39, ["1"], "2024-01-01x"):
        assert read_value(text) is None
