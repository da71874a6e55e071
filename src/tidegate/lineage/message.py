"""What travels between the threads of lineage: facts on the way in, events on the way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tidegate.model.events import RunStarted
from tidegate.model.reports import PipelineReport, RunReport

Fact: TypeAlias = RunStarted | RunReport | PipelineReport


@dataclass(frozen=True)
class Message:
    """One event, ready to leave.

    Attributes:
        run_id: The run.
        day: The day (UTC) on which the run started, as `YYYY-MM-DD`.
        state: `START`, `COMPLETE`, `FAIL` or `ABORT`.
        text: The event as one line of JSON.
        is_last: Whether the run has no further event.
    """

    run_id: str
    day: str
    state: str
    text: str
    is_last: bool

    @property
    def label(self) -> str:
        """What the event's file is called in a spool, after the time."""
        return f"{self.run_id}-{self.state}"
