"""The Spark sessions of a lakehouse: one for all, and one beside it for each thread that wants its own."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import Platform, SessionRequest

_log = logging.getLogger("tidegate.factory")


class _OwnSession(threading.local):
    """What a thread knows of its own session."""

    is_wanted: bool = False
    session: SparkSession | None = None


class Sessions:
    """Sessions from a platform, started when they are first asked for."""

    def __init__(self, platform: Platform, request: Callable[[], SessionRequest]) -> None:
        """Keep where sessions come from; none is started.

        Args:
            platform: Where they come from.
            request: Returns what the first one must be able to do.
        """
        self._platform = platform
        self._request = request
        self._session: SparkSession | None = None
        self._lock = threading.Lock()
        self._own = _OwnSession()

    def session(self) -> SparkSession:
        """Return the session, starting it the first time; in a thread that has one of its own, that one.

        Raises:
            PlatformError: The platform cannot give the session that the tables need.
        """
        with self._lock:
            if self._session is None:
                from tidegate.platforms.gateway import remember_functions  # noqa: PLC0415 - only where Spark is wanted

                self._session = self._platform.session(self._request())
                remember_functions(self._session)
        if not self._own.is_wanted:
            return self._session
        if self._own.session is None:
            from tidegate.platforms.sessions import session_beside  # noqa: PLC0415 - Spark is here by now, not before

            self._own.session = session_beside(self._session)
        return self._own.session

    @contextmanager
    def own(self) -> Iterator[None]:
        """Let `session` give this thread a session of its own within, made when it is first asked for."""
        self._own.is_wanted = True
        try:
            yield
        finally:
            self._own.is_wanted, self._own.session = False, None

    def interrupt(self, thread: int) -> None:
        """Cancel what a thread with a session of its own has Spark do now; nothing happens where Spark was not started.

        Args:
            thread: Number of the thread.
        """
        if self._session is not None:
            from tidegate.platforms.sessions import cancel  # noqa: PLC0415 - as above

            cancel(self._session, thread)

    def stop(self) -> None:
        """Stop the session where it was started here."""
        if self._session is not None:
            try:
                self._platform.stop(self._session)
            except Exception as error:  # noqa: BLE001 - what runs came to is known, and their end is told by them
                _log.debug("Spark could not be stopped: %s", type(error).__name__)
            self._session = None
