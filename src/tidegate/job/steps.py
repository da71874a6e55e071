"""The steps of a run: named for observers, timed for the report."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tidegate.model.events import StepStarted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.job.context import RunContext


class Steps:
    """Names and times the steps of one run."""

    def __init__(self, context: RunContext, run_id: str, job: str) -> None:
        """Start with no step."""
        self.run_id, self.job = run_id, job
        self._context = context
        self.seconds: dict[str, float] = {}
        self.current = "plan"
        self._told = ""

    @contextmanager
    def step(self, name: str, *, rows: int | None = None) -> Iterator[None]:
        """Tell the observers that the step starts, and its rows where they are known; keep its wall seconds.

        A step that comes in two parts, one right after the other, starts once.

        Raises:
            RunStoppedError: The run may not go on.
        """
        self.current = name
        why_not = self._context.stopped()
        if why_not is not None:
            raise why_not
        if name != self._told:
            self._told = name
            self._context.observers.step(StepStarted(self.run_id, self.job, name, rows))
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 4)
