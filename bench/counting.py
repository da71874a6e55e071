"""Counts the processor time that lineage takes within a run, where it is taken."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from tidegate.job import derivation, life

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyspark.sql import SparkSession

_EVENTS = "tidegate-lineage"


class Meter:
    """CPU seconds per part, added up by any thread.

    The parts: `marking`, what the job's own thread does so that inputs are found again in a plan; `plans`, Java's
    writing of plans; `columns`, what Python makes of them; `events`, making and keeping events. That plans with marked
    inputs take longer to analyse is in none.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    def add(self, part: str, more: float) -> None:
        """Add to a part."""
        with self._lock:
            self.seconds[part] = self.seconds.get(part, 0.0) + more

    def timed(self, part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that counts what it takes its thread of Python."""

        def counting(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - any function's
            begin = time.thread_time()
            try:
                return call(*arguments, **named)
            finally:
                self.add(part, time.thread_time() - begin)

        return counting

    def timed_in_java(self, part: str, call: Callable[[], str], session: SparkSession) -> Callable[[], str]:
        """Return a function that counts what it takes the thread of Java that belongs to its own."""
        java = session._jvm.java.lang.management.ManagementFactory.getThreadMXBean()  # type: ignore[union-attr]  # noqa: SLF001 - nobody else knows

        def counting() -> str:
            begin = java.getCurrentThreadCpuTime()
            try:
                return call()
            finally:
                self.add(part, (java.getCurrentThreadCpuTime() - begin) / 1e9)

        return counting


@contextmanager
def counted(session: SparkSession) -> Iterator[dict[str, float]]:
    """Count what lineage takes within, and give the CPU seconds per part.

    Args:
        session: A session beside this process.
    """
    meter = Meter()
    derive = derivation.PendingLineage._derive  # noqa: SLF001 - what is to be counted
    run = threading.Thread.run

    def deriving(pending: derivation.PendingLineage, write_plan: Callable[[], str]) -> None:
        meter.timed("columns", derive)(pending, meter.timed_in_java("plans", write_plan, session))

    def running(thread: threading.Thread) -> None:
        (meter.timed("events", run) if thread.name == _EVENTS else run)(thread)

    with (
        patch.object(derivation.PendingLineage, "_derive", deriving),
        patch.object(life, "derive", meter.timed("marking", derivation.derive)),
        patch.object(life, "recognisable", meter.timed("marking", derivation.recognisable)),
        patch.object(threading.Thread, "run", running),
    ):
        yield meter.seconds
