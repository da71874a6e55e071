"""Progress on standard error: a line per job, and on a terminal the step that is running."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from tidegate.factory.render import job_line
from tidegate.model.events import Observer

if TYPE_CHECKING:
    from tidegate.model.events import RunStarted, StepStarted
    from tidegate.model.reports import RunReport

_ERASE = "\r\x1b[2K"


class Progress(Observer):
    """An observer that shows a person how a run goes on."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to a stream; standard error by default."""
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()

    def started(self, event: RunStarted) -> None:
        """Name a pipeline that starts."""
        if event.is_pipeline:
            self._line(f"{event.name}  run {event.run_id}")

    def step(self, event: StepStarted) -> None:
        """Show the step that is running, on a terminal only."""
        if self._is_terminal:
            self._stream.write(f"{_ERASE}  {event.job}: {event.step} …")
            self._stream.flush()

    def ended(self, report: RunReport) -> None:
        """Show how a job ended."""
        self._line("  " + job_line(report))

    def close(self) -> None:
        """Erase what is left of a step."""
        if self._is_terminal:
            self._stream.write(_ERASE)
            self._stream.flush()

    def _line(self, text: str) -> None:
        self._stream.write((_ERASE if self._is_terminal else "") + text + "\n")
        self._stream.flush()
