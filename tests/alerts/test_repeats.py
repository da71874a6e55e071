"""What happens again within the period is one alert with a count; nothing that was not sent counts as sent."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.alerts.message import AlertMessage, compose
from tidegate.alerts.port import Alert
from tidegate.alerts.repeats import OncePerPeriod
from tidegate.dispatch.port import Answer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

START = datetime(2026, 11, 22, tzinfo=timezone.utc)
PERIOD = 60


class Kept:
    """Takes what its script says, and everything when that is over."""

    def __init__(self, script: tuple[bool, ...] = ()) -> None:
        self._script = iter(script)
        self.taken: list[AlertMessage] = []

    def send(self, message: AlertMessage) -> Answer:
        if not next(self._script, True):
            return Answer("failed", "as scripted")
        self.taken.append(message)
        return Answer("taken")

    def close(self) -> None:
        """Nothing to give back."""


def raised(minutes: int, job: str = "a") -> AlertMessage:
    return compose(Alert("warn", "something", "run", job), "retail", START + timedelta(minutes=minutes))


def expected(alerts: list[tuple[int, str]]) -> list[tuple[str, int, int]]:
    """Return job, minute and count of what must be sent: the plain reference."""
    sent: list[tuple[str, int, int]] = []
    last: dict[str, tuple[int, int]] = {}
    for minute, job in alerts:
        if job not in last or minute - last[job][0] >= PERIOD:
            sent.append((job, minute, last[job][1] + 1 if job in last else 1))
            last[job] = (minute, 0)
        else:
            last[job] = (last[job][0], last[job][1] + 1)
    return sent


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["a", "b"])), max_size=25).map(sorted))
@settings(max_examples=60)
def test_what_is_sent_and_counted_is_what_the_reference_says(alerts: list[tuple[int, str]]) -> None:
    receiver = Kept()
    with tempfile.TemporaryDirectory() as folder:
        for minute, job in alerts:  # each as if in a run of its own
            assert OncePerPeriod(receiver, folder, PERIOD * 60).send(raised(minute, job).text).kind == "taken"
    sent = [
        (message.job, round((datetime.fromisoformat(message.at) - START).total_seconds() / 60), message.occurrences)
        for message in receiver.taken
    ]
    assert sent == expected(alerts)
    repeated = [message for message in receiver.taken if message.occurrences > 1]
    assert all(message.last_sent_at is not None for message in repeated)


def test_what_was_not_taken_was_not_sent(tmp_path: Path) -> None:
    receiver = Kept((False,))
    once = OncePerPeriod(receiver, str(tmp_path), PERIOD * 60)
    assert once.send(raised(0).text).kind == "failed"
    assert once.send(raised(1).text).kind == "taken"
    assert len(receiver.taken) == 1


def test_the_same_alert_is_taken_once_even_without_a_period(tmp_path: Path) -> None:
    receiver, alert = Kept(), raised(0)
    once = OncePerPeriod(receiver, str(tmp_path), 0)
    assert [once.send(alert.text).kind, once.send(alert.text).kind] == ["taken", "taken"]
    once.send(raised(0).text)
    assert len(receiver.taken) == 2
    assert {message.occurrences for message in receiver.taken} == {1}


def test_where_the_note_cannot_be_read_or_written_the_alert_is_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = Kept()
    (tmp_path / f"{raised(0).fingerprint}.json").mkdir()
    once = OncePerPeriod(receiver, str(tmp_path), PERIOD * 60)
    assert [once.send(raised(minute).text).kind for minute in (0, 1)] == ["taken", "taken"]
    assert len(receiver.taken) == 2
    assert "an alert may come twice" in caplog.text


def test_a_note_that_is_not_one_is_as_good_as_none(tmp_path: Path) -> None:
    receiver, alert = Kept(), raised(0)
    for text in ("", "[]", '{"alert_id": "x", "at": "yesterday"}', '{"alert_id": "x", "at": "2026-11-22T00:00:00"}'):
        (tmp_path / f"{alert.fingerprint}.json").write_text(text)
        assert OncePerPeriod(receiver, str(tmp_path), PERIOD * 60).send(alert.text).kind == "taken"
    assert len(receiver.taken) == 4


def test_what_is_no_alert_is_refused(tmp_path: Path) -> None:
    once = OncePerPeriod(Kept(), str(tmp_path), 0)
    for text in ("", "{}", replace(raised(0), at="2026-11-22T00:00:00").text, replace(raised(0), at="now").text):
        assert once.send(text).kind == "refused"
