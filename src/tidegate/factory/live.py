"""Progress on a terminal: what has ended stays above, and below it is what runs, at which step and for how long."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from tidegate.factory.render import job_line
from tidegate.model.events import Observer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidegate.model.events import RunStarted, StepStarted
    from tidegate.model.reports import RunReport, RunStatus

_STYLES: dict[RunStatus, str] = {
    "failed": "bold red",
    "refused": "bold red",
    "skipped": "yellow",
    "partial": "yellow",
    "nothing_new": "dim",
}


@dataclass(frozen=True)
class _Running:
    job: str
    since: float
    step: str = ""
    rows: int | None = None


class LiveProgress(Observer):
    """An observer that shows a person how a run goes on: a line per job that has ended, and a row per job that runs."""

    def __init__(self, console: Console | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Write to a console; standard error by default.

        Args:
            console: The console.
            clock: Returns seconds that never go back.
        """
        self._console, self._clock = console or Console(stderr=True), clock
        self._running: dict[str, _Running] = {}
        self._live: Live | None = None
        self._spinner = Spinner("dots")

    def started(self, event: RunStarted) -> None:
        """Name a pipeline that starts, or show that a job runs."""
        if event.is_pipeline:
            self._console.print(Text(f"{event.name}  run {event.run_id}"))
        else:
            self._running[event.run_id] = _Running(event.name, self._clock())
        if self._live is None:
            self._live = Live(console=self._console, transient=True, get_renderable=self._shown, redirect_stdout=False)
            self._live.start()

    def step(self, event: StepStarted) -> None:
        """Show the step that is running, and its rows where they are known."""
        running = self._running.get(event.run_id)
        if running is not None:
            self._running[event.run_id] = replace(running, step=event.step, rows=event.rows)

    def ended(self, report: RunReport) -> None:
        """Show how a job ended."""
        self._running.pop(report.run_id, None)
        self._console.print(Text("  " + job_line(report), style=_STYLES.get(report.status, "")))

    def close(self) -> None:
        """Take away what is shown of running jobs."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _shown(self) -> Table:
        rows = Table.grid(padding=(0, 2))
        for running in [*self._running.values()]:
            known = "" if running.rows is None else f"{running.rows:,} rows"
            seconds = f"{self._clock() - running.since:.0f} s"
            rows.add_row(self._spinner, Text(running.job), Text(running.step, style="cyan"), Text(known), Text(seconds))
        return rows
