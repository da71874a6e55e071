"""In no hour more alerts are sent than wanted, fatal ones always, and the next one says how many were held back."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.alerts.test_repeats import START, Kept, raised

from tidegate.alerts.rates import AtMostPerHour

if TYPE_CHECKING:
    from pathlib import Path

MOST = 2
RAISED = st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=25).map(sorted)


def expected(alerts: list[tuple[int, bool]]) -> list[tuple[int, int]]:
    """Return minute and number held back of what must be sent: the plain reference."""
    sent: list[tuple[int, int]] = []
    held_back = 0
    for minute, is_fatal in alerts:
        if is_fatal or sum(minute - other < 60 for other, _ in sent) < MOST:
            sent.append((minute, held_back))
            held_back = 0
        else:
            held_back += 1
    return sent


@given(RAISED)
@settings(max_examples=60)
def test_what_is_sent_and_held_back_is_what_the_reference_says(alerts: list[tuple[int, bool]]) -> None:
    receiver = Kept()
    with tempfile.TemporaryDirectory() as folder:
        for minute, is_fatal in alerts:  # each as if in a run of its own
            message = replace(raised(minute), severity="fatal" if is_fatal else "warn")
            assert AtMostPerHour(receiver, folder, MOST).send(message).kind == "taken"
    sent = [
        (round((datetime.fromisoformat(message.at) - START).total_seconds() / 60), message.held_back)
        for message in receiver.taken
    ]
    assert sent == expected(alerts)


def test_what_was_not_taken_counts_for_nothing(tmp_path: Path) -> None:
    receiver = Kept((False, False, False))
    rates = AtMostPerHour(receiver, str(tmp_path), 1)
    assert [rates.send(raised(minute)).kind for minute in range(4)] == ["failed", "failed", "failed", "taken"]
    rates.close()


def test_people_read_how_many_were_held_back() -> None:
    assert "3 other alerts were held back; the log has them" in replace(raised(0), held_back=3).lines
    assert not any("held back" in line for line in raised(0).lines)


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"sent": ["2026-11-22T00:00:00"], "held_back": 0})])
def test_a_note_that_is_not_one_is_as_good_as_none(text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "hour.json").write_text(text)
    receiver = Kept()
    assert AtMostPerHour(receiver, str(tmp_path), 1).send(raised(0)).kind == "taken"
    assert len(receiver.taken) == 1
    assert "more may be sent" in caplog.text


def test_where_the_note_cannot_be_written_the_alert_is_sent(tmp_path: Path) -> None:
    (tmp_path / "hour.json").mkdir()
    receiver = Kept()
    rates = AtMostPerHour(receiver, str(tmp_path), 1)
    assert [rates.send(raised(minute)).kind for minute in (0, 1)] == ["taken", "taken"]
    assert len(receiver.taken) == 2
