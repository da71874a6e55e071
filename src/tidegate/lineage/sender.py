"""A background thread that sends events to a receiver while the run goes on, and ends in bounded time."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.lineage.message import Message
    from tidegate.lineage.outbox import Outbox


class Sender:
    """Gives events to an outbox, one by one, in a thread of its own."""

    def __init__(self, outbox: Outbox) -> None:
        """Start the thread; it begins with what earlier runs have left."""
        self._outbox = outbox
        self._changed = threading.Condition()
        self._waiting: deque[Message] = deque()
        self._is_closing = self._is_abandoned = False
        self._thread = threading.Thread(target=self._work, name="tidegate-lineage-sender", daemon=True)
        self._thread.start()

    def post(self, message: Message) -> None:
        """Take an event; returns at once."""
        with self._changed:
            self._waiting.append(message)
            self._changed.notify()

    def flush(self) -> int:
        """Return 0: what cannot be sent is spooled by `close`."""
        return 0

    def close(self, seconds: float) -> None:
        """Send or spool what is waiting, within so many seconds, and log what is not with the receiver."""
        end = time.monotonic() + seconds
        with self._changed:
            self._outbox.send_until = end - seconds / 2
            self._is_closing = True
            self._changed.notify()
        self._thread.join(seconds * 3 / 4)
        self._outbox.summarize(stuck=self._rescue(end) if self._thread.is_alive() else 0)

    def _work(self) -> None:
        self._outbox.open()
        self._deliver()
        self._outbox.close()

    def _deliver(self) -> None:
        while (message := self._next()) is not None:
            is_done = self._outbox.send(message)
            if self._was_rescued():
                return
            if not is_done:
                self._outbox.keep(message)
                self._outbox.empty_spool()
            with self._changed:
                if self._was_rescued():
                    return
                self._waiting.popleft()

    def _was_rescued(self) -> bool:
        """Return whether the closing thread has taken care of what was waiting, the event under way included."""
        return self._is_abandoned

    def _next(self) -> Message | None:
        """Return the next event, which stays in the queue until it is dealt with; None at the end."""
        with self._changed:
            while not self._waiting and not self._is_closing:
                self._changed.wait()
            return self._waiting[0] if self._waiting else None

    def _rescue(self, end: float) -> int:
        """Spool what a stuck thread holds, the event under way included; return how many may be lost."""
        with self._changed:
            self._is_abandoned = True
            left = list(self._waiting)
            self._waiting.clear()
        kept: list[Message] = []
        rescuer = threading.Thread(target=self._keep_all, args=(left, kept), name="tidegate-rescue", daemon=True)
        rescuer.start()
        rescuer.join(max(0.0, end - time.monotonic()))
        return len(left) - len(kept)

    def _keep_all(self, left: list[Message], kept: list[Message]) -> None:
        for message in left:
            self._outbox.keep(message)
            kept.append(message)
