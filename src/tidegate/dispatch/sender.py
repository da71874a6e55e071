"""A background thread that sends messages to a receiver while the run goes on, and ends in bounded time."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.dispatch.outbox import Outbox
    from tidegate.dispatch.port import Letter

WAITING = 10_000

_numbers = itertools.count()


@dataclass(frozen=True)
class _Posted:
    """A message with a label of its own, which sorts by the moment it was posted at."""

    label: str
    text: str


class Sender:
    """Gives messages to an outbox, one by one, in a thread of its own."""

    def __init__(self, outbox: Outbox, *, most: int = WAITING) -> None:
        """Start the thread; it begins with what earlier runs have left.

        Args:
            outbox: What becomes of each message.
            most: How many may wait in memory; one beyond that is lost, counted and told at the end.
        """
        self._outbox, self._most = outbox, most
        self._overflowed = 0
        self._end = 0.0
        self._changed = threading.Condition()
        self._waiting: deque[Letter] = deque()
        self._is_closing = self._is_abandoned = False
        self._thread = threading.Thread(target=self._work, name="tidegate-sender", daemon=True)
        self._thread.start()

    def post(self, letter: Letter) -> None:
        """Take a message; returns at once."""
        with self._changed:
            if len(self._waiting) >= self._most:
                self._overflowed += 1
                return
            self._waiting.append(_Posted(f"{time.time_ns():020d}-{next(_numbers):06d}-{letter.label}", letter.text))
            self._changed.notify()

    def flush(self) -> int:
        """Return 0: what cannot be sent is spooled by `close`."""
        return 0

    def close(self, seconds: float) -> None:
        """Send or spool what is waiting, within so many seconds, and log what is not with the receiver."""
        close_all((self,), seconds)

    def _hurry(self, seconds: float) -> None:
        """Say that nothing more comes, and that the thread has so many seconds."""
        self._end = time.monotonic() + seconds
        with self._changed:
            self._outbox.send_until = self._end - seconds / 2
            self._is_closing = True
            self._changed.notify()

    def _end_by(self, moment: float) -> None:
        """Wait for the thread until a moment, take from it what it still holds, and log what is not delivered."""
        self._thread.join(max(0.0, moment - time.monotonic()))
        stuck = self._rescue(self._end) if self._thread.is_alive() else 0
        self._outbox.summarize(stuck=stuck + self._overflowed)

    def _work(self) -> None:
        self._outbox.open()
        self._deliver()
        self._outbox.close()

    def _deliver(self) -> None:
        while (letter := self._next()) is not None:
            is_done = self._outbox.send(letter)
            if self._was_rescued():
                return
            if not is_done:
                self._outbox.keep(letter)
                self._outbox.empty_spool()
            with self._changed:
                if self._was_rescued():
                    return
                self._waiting.popleft()

    def _was_rescued(self) -> bool:
        """Return whether the closing thread has taken care of what was waiting, the message under way included."""
        return self._is_abandoned

    def _next(self) -> Letter | None:
        """Return the next message, which stays in the queue until it is dealt with; None at the end."""
        with self._changed:
            while not self._waiting and not self._is_closing:
                self._changed.wait()
            return self._waiting[0] if self._waiting else None

    def _rescue(self, end: float) -> int:
        """Spool what a stuck thread holds, the message under way included; return how many may be lost."""
        with self._changed:
            self._is_abandoned = True
            left = list(self._waiting)
            self._waiting.clear()
        kept: list[Letter] = []
        rescuer = threading.Thread(target=self._keep_all, args=(left, kept), name="tidegate-rescue", daemon=True)
        rescuer.start()
        rescuer.join(max(0.0, end - time.monotonic()))
        return len(left) - len(kept)

    def _keep_all(self, left: list[Letter], kept: list[Letter]) -> None:
        for letter in left:
            self._outbox.keep(letter)
            kept.append(letter)


def close_all(senders: Sequence[Sender], seconds: float) -> None:
    """Let senders send or spool what is waiting, all at the same time and within so many seconds, and log what is left.

    A request that takes less than a quarter of the time is never cut off, so what it brought is not sent again.
    """
    start = time.monotonic()
    for sender in senders:
        sender._hurry(seconds)  # noqa: SLF001 - one class
    for sender in senders:
        sender._end_by(start + seconds * 3 / 4)  # noqa: SLF001
