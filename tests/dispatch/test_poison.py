"""A message that its receiver cannot digest holds up no other, and a receiver that is merely ill loses no message."""

from __future__ import annotations

import itertools
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dispatch.receivers import Hanging

from tidegate.dispatch.outbox import STRIKES, Outbox
from tidegate.dispatch.port import Answer
from tidegate.dispatch.sender import Sender, close_all
from tidegate.dispatch.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pytest

SLACK_SECONDS = 10.0


@dataclass(frozen=True)
class Message:
    """What is sent."""

    label: str
    text: str


class Stumbling:
    """Takes what its judge lets pass and stumbles over the rest."""

    def __init__(self, passes: Callable[[str], bool]) -> None:
        self._passes = passes
        self.taken: list[str] = []

    def send(self, text: str) -> Answer:
        if not self._passes(text):
            return Answer("stumbled", "the receiver answered 500")
        self.taken.append(text)
        return Answer("taken")

    def close(self) -> None:
        """Nothing to give back."""


def texts(*numbers: int) -> list[str]:
    return [f"message {number}" for number in numbers]


def run(spool: Spool, receiver: Stumbling, new: Sequence[str]) -> None:
    """Send messages in one run."""
    outbox = Outbox(receiver, spool, redelivered=100)
    outbox.open()
    for text in new:
        letter = Message(f"{time.time_ns()}", text)
        if not outbox.send(letter):
            outbox.keep(letter)
            outbox.empty_spool()


def waiting(spool: Spool) -> list[str]:
    return [spool.read(name) for name in spool.names()]


def set_aside(folder: Path) -> list[str]:
    return [file.read_text() for file in sorted((folder / "refused").glob("*.json"))]


def test_a_poison_message_is_set_aside_after_some_runs_and_holds_up_no_other(tmp_path: Path) -> None:
    spool, receiver = Spool(str(tmp_path)), Stumbling(lambda text: text != "message 0")
    run(spool, receiver, texts(0, 1, 2))
    for number in range(3, 3 + STRIKES):
        assert waiting(spool)[0] == "message 0"
        run(spool, receiver, texts(number))
    assert receiver.taken == texts(*range(1, 3 + STRIKES))
    assert set_aside(tmp_path) == texts(0)
    assert [file.name for file in tmp_path.iterdir()] == ["refused"]
    (why,) = spool.refused.all()
    assert (why.error, why.attempts) == ("the receiver answered 500", STRIKES)
    assert why.posted_at is not None
    spool.refused.send_again(why.name)
    assert (waiting(spool), spool.refused.all()) == (texts(0), ())


def test_a_receiver_that_stumbles_over_everything_loses_and_sets_aside_nothing(tmp_path: Path) -> None:
    spool, receiver = Spool(str(tmp_path)), Stumbling(lambda _: False)
    for number in range(10):
        run(spool, receiver, texts(number))
    assert waiting(spool) == texts(*range(10))
    run(spool, Stumbling(lambda _: True), ())
    assert waiting(spool) == []


def test_a_receiver_that_fails_every_second_time_gets_everything_once_and_in_order(tmp_path: Path) -> None:
    calls = itertools.count()
    spool, receiver = Spool(str(tmp_path)), Stumbling(lambda _: next(calls) % 2 == 1)
    for number in range(0, 20, 2):
        run(spool, receiver, texts(number, number + 1))
    run(spool, receiver, ())
    assert receiver.taken == texts(*range(20))
    assert waiting(spool) == []


def test_a_receiver_that_stumbles_first_in_every_run_sets_nothing_aside(tmp_path: Path) -> None:
    spool, taken = Spool(str(tmp_path)), list[str]()
    for number in range(3):
        spool.add(Message(f"{number}", f"message {number}"))
    for _ in range(STRIKES + 1):
        calls = itertools.count()
        receiver = Stumbling(lambda _, calls=calls: next(calls) % 2 == 1)  # type: ignore[misc]
        run(spool, receiver, ())
        taken += receiver.taken
    assert taken == texts(0, 1, 2)
    assert waiting(spool) == []


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=6),
    st.lists(st.booleans(), max_size=24),
    st.sets(st.integers(0, 12), max_size=2),
)
@settings(max_examples=60)
def test_whatever_a_receiver_stumbles_over_every_message_is_in_one_place_once(
    runs: list[int], script: list[bool], poison: set[int]
) -> None:
    moods, bad = iter(script), texts(*poison)
    receiver = Stumbling(lambda text: next(moods, True) and text not in bad)
    numbers, sent = itertools.count(), list[str]()
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(folder)
        for count in runs:
            new = texts(*itertools.islice(numbers, count))
            run(spool, receiver, new)
            sent += new
        left = [*waiting(spool), *(spool.read(f"refused/{name}") for name in Spool(f"{folder}/refused").names())]
    assert sorted([*receiver.taken, *left]) == sorted(sent)


def test_more_messages_than_may_wait_are_counted_and_posting_never_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = Hanging()
    sender = Sender(Outbox(receiver, Spool(str(tmp_path)), redelivered=10), most=3)
    sender.post(Message("a", "0"))
    assert receiver.asked.wait(SLACK_SECONDS)
    start = time.monotonic()
    for number in range(1, 6):
        sender.post(Message("a", str(number)))
    assert time.monotonic() - start < 1.0
    sender.close(2.0)
    receiver.close()
    assert waiting(Spool(str(tmp_path))) == ["0", "1", "2"]
    assert "3 messages may be lost" in caplog.text


def test_several_receivers_that_hang_cost_the_time_of_one(tmp_path: Path) -> None:
    receivers = [Hanging() for _ in range(12)]
    spools = [Spool(str(tmp_path / str(number))) for number in range(12)]
    senders = [
        Sender(Outbox(receiver, spool, redelivered=10)) for receiver, spool in zip(receivers, spools, strict=True)
    ]
    for sender in senders:
        sender.post(Message("a", "0"))
    start = time.monotonic()
    close_all(senders, 2.0)
    assert time.monotonic() - start < 2.0 + SLACK_SECONDS  # one after the other takes eighteen
    for receiver in receivers:
        receiver.close()
    assert [waiting(spool) for spool in spools] == [["0"]] * 12
