"""A background thread that makes events of facts and hands them to where they go."""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.lineage.events import EventBuilder
    from tidegate.lineage.message import Fact, Message
    from tidegate.lineage.settings import LineageSettings

_log = logging.getLogger("tidegate.lineage")


class Destination(Protocol):
    """Where events go."""

    def post(self, message: Message) -> None:
        """Take an event."""

    def flush(self) -> int:
        """Try again what failed, and return how many events or files are not where they belong."""


class Recorder:
    """Makes events in the order of the facts. The client is loaded here, while the run goes on with its own work."""

    def __init__(self, settings: LineageSettings, destinations: Sequence[Destination]) -> None:
        """Start the thread."""
        self._settings, self._destinations = settings, destinations
        self._facts: queue.SimpleQueue[Fact | None] = queue.SimpleQueue()
        self._failures = 0
        self._thread = threading.Thread(target=self._work, name="tidegate-lineage", daemon=True)
        self._thread.start()

    def put(self, fact: Fact) -> None:
        """Take a fact; returns at once."""
        self._facts.put(fact)

    def close(self, seconds: float) -> None:
        """Wait until every fact has become events, but not longer than so many seconds."""
        self._facts.put(None)
        self._thread.join(seconds)
        if self._thread.is_alive():
            _log.warning(
                "OpenLineage events of about %d facts were not ready within %.1f s and may be missing",
                max(1, self._facts.qsize()),
                seconds,
            )

    def _work(self) -> None:
        builder = self._builder()
        while (fact := self._facts.get()) is not None:
            if builder is not None:
                self._record(builder, fact)
        left = sum(destination.flush() for destination in self._destinations)
        if left:
            _log.warning("OpenLineage events of %d runs could not be written", left)
        if self._failures > 1:
            _log.warning("%d lineage steps failed; the first is logged above", self._failures)

    def _builder(self) -> EventBuilder | None:
        try:
            from tidegate.lineage.events import EventBuilder  # noqa: PLC0415 - loads the client, which takes long
        except Exception as error:  # noqa: BLE001 - lineage never breaks a run
            self._complain(error)
            return None
        return EventBuilder(self._settings)

    def _record(self, builder: EventBuilder, fact: Fact) -> None:
        try:
            messages = builder.messages(fact)
        except Exception as error:  # noqa: BLE001 - lineage never breaks a run
            self._complain(error)
            return
        for message in messages:
            for destination in self._destinations:
                self._post(destination, message)

    def _post(self, destination: Destination, message: Message) -> None:
        try:
            destination.post(message)
        except Exception as error:  # noqa: BLE001 - lineage never breaks a run
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        """Log the first failure; its text may hold anything, so only its kind is logged."""
        self._failures += 1
        if self._failures == 1:
            _log.warning("lineage failed (%s); the run goes on without it", type(error).__name__)
