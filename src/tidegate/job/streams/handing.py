"""Hand micro-batches from Spark's thread to the one that runs jobs, and wait there for what becomes of them."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.errors import RunStoppedError

if TYPE_CHECKING:
    from tidegate.model.pins import Pins

_LOOK_SECONDS = 0.1


@dataclass
class Offer:
    """A micro-batch that waits to be taken.

    Attributes:
        pins: How far its run reads.
        is_done: Whether the table has it.
        answered: Set once that is known.
    """

    pins: Pins
    is_done: bool = False
    answered: threading.Event = field(default_factory=threading.Event)

    def answer(self, *, is_done: bool) -> None:
        """Say whether the table has it."""
        self.is_done = is_done
        self.answered.set()


class Counter:
    """Where one thread offers micro-batches and another takes them, one at a time."""

    def __init__(self) -> None:
        """Start with none."""
        self._offers: queue.Queue[Offer] = queue.Queue()
        self._closed = threading.Event()

    def offer(self, pins: Pins) -> None:
        """Offer a micro-batch, and return once the table has it.

        Raises:
            RunStoppedError: The table does not have it, so it must not be noted as done.
        """
        offer = Offer(pins)
        self._offers.put(offer)
        while not offer.answered.wait(_LOOK_SECONDS) and not self._closed.is_set():
            pass
        if not offer.is_done:
            raise RunStoppedError("the stream ends here, and its next start begins with this micro-batch")

    def take(self, seconds: float) -> Offer | None:
        """Return a micro-batch, or None where none is offered within a time."""
        try:
            return self._offers.get(timeout=seconds)
        except queue.Empty:
            return None

    def close(self) -> None:
        """Take no more: who waits for an answer is told that the table does not have the micro-batch."""
        self._closed.set()
