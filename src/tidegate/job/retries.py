"""How often a batch is offered again to a table that another writer was faster at."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from tidegate.errors import ConcurrentWriteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState


LONGEST_WAIT_SECONDS = 30.0

_log = logging.getLogger("tidegate.job")

_Outcome = TypeVar("_Outcome")


@dataclass(frozen=True)
class Retries:
    """A bounded number of further attempts, each after a wait of random length that may be twice the one before.

    Attributes:
        attempts: How many more after the first; 0 for none.
        wait_seconds: The longest wait before the second attempt.
        pause: Waits for a number of seconds.
    """

    attempts: int = 5
    wait_seconds: float = 0.5
    pause: Callable[[float], None] = time.sleep

    def publish(self, offer: Callable[[], _Outcome]) -> _Outcome:
        """Return what a publish did, offering its batch again while other writers come first.

        The batch is the staged one each time, so nothing is read or checked anew; the table's newest version is.

        Args:
            offer: Publishes the batch.

        Raises:
            ConcurrentWriteError: Another writer came first every time.
        """
        attempts = Retrying(
            stop=stop_after_attempt(self.attempts + 1),
            wait=wait_random_exponential(multiplier=self.wait_seconds, max=LONGEST_WAIT_SECONDS),
            retry=retry_if_exception_type(ConcurrentWriteError),
            sleep=self.pause,
            before_sleep=_say,
            reraise=True,
        )
        return attempts(offer)


def _say(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    _log.info(
        "another writer came first at %s; trying again in %.2f s", getattr(error, "where", "-"), state.upcoming_sleep
    )
