"""The turns in which the slices of a backfill write: in their order, however many are prepared side by side."""

from __future__ import annotations

import threading

from tidegate.errors import TurnLostError


class Turns:
    """Lets slices write one after the other, in the order of their numbers."""

    def __init__(self, first: int) -> None:
        """Begin.

        Args:
            first: Number of the first slice that will write.
        """
        self._next = first
        self._good: set[int] = set()
        self._failed: int | None = None
        self._changed = threading.Condition()

    @property
    def failed(self) -> int | None:
        """The first slice that did not succeed; None where all have so far."""
        return self._failed

    def wait(self, number: int) -> None:
        """Wait until all slices before one have written.

        Args:
            number: The slice.

        Raises:
            TurnLostError: One of them did not succeed, so that this one is to wait for the next call.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._next >= number or self._is_lost(number))
            if self._is_lost(number):
                raise TurnLostError(
                    f"slice {self._failed} did not succeed, and slices are published in their order",
                    hint="nothing of this slice was published; the same command goes on with the one that failed",
                )

    def end(self, number: int, *, is_good: bool) -> None:
        """Take note that a slice has ended, and let the next one write.

        Args:
            number: The slice.
            is_good: Whether it succeeded.
        """
        with self._changed:
            if is_good:
                self._good.add(number)
            elif self._failed is None or number < self._failed:
                self._failed = number
            while self._next in self._good:
                self._next += 1
            self._changed.notify_all()

    def _is_lost(self, number: int) -> bool:
        return self._failed is not None and self._failed < number
