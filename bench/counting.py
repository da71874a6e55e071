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


@contextmanager
def counted(session: SparkSession) -> Iterator[dict[str, float]]:
    """Count what lineage takes within, and give the CPU seconds per part.

    The parts: `marking`, what the job's own thread does so that inputs are found again in a plan; `plans`, Java's
    writing of plans; `columns`, what Python makes of them; `events`, making and keeping events. That plans with marked
    inputs take longer to analyse is in none.

    Args:
        session: A session beside this process.
    """
    seconds: dict[str, float] = {}
    lock = threading.Lock()

    def add(part: str, more: float) -> None:
        with lock:
            seconds[part] = seconds.get(part, 0.0) + more

    def timed(part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - any function's
            begin = time.thread_time()
            try:
                return call(*arguments, **named)
            finally:
                add(part, time.thread_time() - begin)

        return counting

    derive = derivation.PendingLineage._derive  # noqa: SLF001 - what is to be counted
    run = threading.Thread.run

    def deriving(self: derivation.PendingLineage, write_plan: Callable[[], str]) -> None:
        java = session._jvm.java.lang.management.ManagementFactory.getThreadMXBean()  # type: ignore[union-attr]  # noqa: SLF001 - each thread of Python has one of Java

        def writing() -> str:
            begin = java.getCurrentThreadCpuTime()
            try:
                return write_plan()
            finally:
                add("plans", (java.getCurrentThreadCpuTime() - begin) / 1e9)

        timed("columns", derive)(self, writing)

    def running(self: threading.Thread) -> None:
        (timed("events", run) if self.name == _EVENTS else run)(self)

    with (
        patch.object(derivation.PendingLineage, "_derive", deriving),
        patch.object(life, "derive", timed("marking", derivation.derive)),
        patch.object(life, "recognisable", timed("marking", derivation.recognisable)),
        patch.object(threading.Thread, "run", running),
    ):
        yield seconds
