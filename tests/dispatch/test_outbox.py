"""Whatever a receiver and the spool do, no event is lost, none overtakes another, and the end is bounded."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dispatch.receivers import Hanging

from tidegate.dispatch.outbox import Outbox
from tidegate.dispatch.port import Answer
from tidegate.dispatch.sender import Sender
from tidegate.dispatch.spool import Spool
from tidegate.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from tidegate.dispatch.port import Letter

Kind: TypeAlias = Literal["taken", "failed", "refused"]
KINDS: st.SearchStrategy[Kind] = st.sampled_from(["taken", "failed", "refused"])
SLACK_SECONDS = 10.0


class Scripted:
    """Answers as scripted, and well when the script is over."""

    def __init__(self, script: list[Kind]) -> None:
        self._script: Iterator[Kind] = iter(script)
        self.dealt_with: list[str] = []

    def send(self, text: str) -> Answer:
        kind: Kind = next(self._script, "taken")
        if kind != "failed":
            self.dealt_with.append(text)
        return Answer(kind, "as scripted")

    def close(self) -> None:
        """Nothing to give back."""


class Broken:
    """Fails in a way nobody has foreseen."""

    def send(self, _text: str) -> Answer:
        raise RuntimeError("S3CR3T")

    def close(self) -> None:
        """Nothing to give back."""


class FullSpool(Spool):
    """A spool whose disk is full."""

    def add(self, letter: Letter) -> None:
        raise StorageError(f"no space for {letter.label}")


class HangingSpool(Spool):
    """A spool that never comes back."""

    def add(self, letter: Letter) -> None:
        threading.Event().wait(60 + len(letter.text))


@dataclass(frozen=True)
class Message:
    """What is sent."""

    label: str
    text: str


def message(number: int) -> Message:
    return Message(f"message-{number:03d}", f'{{"number": {number}}}')


def take(outbox: Outbox, each: Message) -> None:
    """Give an event to an outbox as a sender does."""
    if not outbox.send(each):
        outbox.keep(each)
        outbox.empty_spool()


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=4), st.lists(KINDS, max_size=16), st.integers(0, 5), st.booleans()
)
@settings(max_examples=60)
def test_over_any_runs_every_event_is_sent_set_aside_or_still_waiting_and_in_order(
    runs: list[int], script: list[Kind], redelivered: int, is_patient: bool
) -> None:
    receiver, made = Scripted(script), list[Message]()
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(folder)
        for count in runs:
            outbox = Outbox(receiver, spool, redelivered=redelivered)
            outbox.quiet_seconds = 1e9 if is_patient else 0.0
            outbox.open()
            made += [message(len(made) + offset) for offset in range(count)]
            for each in made[len(made) - count :]:
                take(outbox, each)
        waiting = [spool.read(name) for name in spool.names()]
    assert receiver.dealt_with + waiting == [each.text for each in made]


def test_a_run_sends_no_more_of_the_spool_than_it_may(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path))
    for number in range(5):
        spool.add(message(number))
    receiver = Scripted([])
    outbox = Outbox(receiver, spool, redelivered=3)
    outbox.open()
    take(outbox, message(5))
    assert receiver.dealt_with == [message(number).text for number in range(3)]
    assert len(spool.names()) == 3


def test_after_a_failure_the_receiver_is_left_in_peace(tmp_path: Path) -> None:
    receiver = Scripted(["failed"])
    outbox = Outbox(receiver, Spool(str(tmp_path)), redelivered=10)
    outbox.open()
    assert not outbox.send(message(1))
    assert not outbox.send(message(2))
    assert receiver.dealt_with == []


def test_two_runs_that_empty_the_spool_together_lose_nothing(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path))
    for number in range(3):
        spool.add(message(number))

    class Rival(Scripted):
        def send(self, text: str) -> Answer:
            if len(spool.names()) == 3:
                spool.remove(spool.names()[1])
            return super().send(text)

    receiver = Rival([])
    Outbox(receiver, spool, redelivered=10).open()
    assert receiver.dealt_with == [message(0).text, message(2).text]
    assert spool.names() == ()


def test_a_client_that_fails_unforeseen_is_a_receiver_that_failed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sender = Sender(Outbox(Broken(), Spool(str(tmp_path)), redelivered=10))
    sender.post(message(1))
    with caplog.at_level(logging.WARNING):
        sender.close(2.0)
    assert len(Spool(str(tmp_path)).names()) == 1
    assert "1 messages wait" in caplog.text
    assert "S3CR3T" not in caplog.text


def test_what_a_stuck_sender_holds_is_spooled_when_the_run_ends(tmp_path: Path) -> None:
    receiver = Hanging()
    sender = Sender(Outbox(receiver, Spool(str(tmp_path)), redelivered=10))
    for number in range(3):
        sender.post(message(number))
    assert receiver.asked.wait(SLACK_SECONDS)
    start = time.monotonic()
    sender.close(0.4)
    assert time.monotonic() - start < SLACK_SECONDS
    receiver.close()
    spool = Spool(str(tmp_path))
    assert [spool.read(name) for name in spool.names()] == [message(number).text for number in range(3)]


def test_events_that_can_go_nowhere_are_counted_and_never_raise(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sender = Sender(Outbox(Scripted(["failed"]), FullSpool(str(tmp_path)), redelivered=10))
    sender.post(message(1))
    with caplog.at_level(logging.WARNING):
        sender.close(5.0)
    assert "1 messages may be lost" in caplog.text
    assert "the spool cannot be written" in caplog.text


def test_a_spool_that_hangs_as_well_does_not_hold_up_the_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sender = Sender(Outbox(Scripted(["failed"]), HangingSpool(str(tmp_path)), redelivered=10))
    sender.post(message(1))
    start = time.monotonic()
    with caplog.at_level(logging.WARNING):
        sender.close(0.4)
    assert time.monotonic() - start < SLACK_SECONDS
    assert "1 messages may be lost" in caplog.text
