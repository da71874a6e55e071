"""Jobs that run on as a stream: when their micro-batches come, and what became of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from tidegate.errors import ConfigError
from tidegate.model.reports import Counts, Report, RunStatus

AVAILABLE_NOW = "available-now"

EndedBy: TypeAlias = Literal["end", "signal", "failure"]

_EVERY = re.compile(r"([1-9]\d{0,8}) ?(second|minute|hour)s?")


@dataclass(frozen=True)
class Trigger:
    """When the micro-batches of a stream come.

    Attributes:
        every: The time between their beginnings; None: one after the other, until all that was there at the start is
            taken, and then no more.
    """

    every: timedelta | None = None

    def __str__(self) -> str:
        """Return the trigger as it is written."""
        return AVAILABLE_NOW if self.every is None else f"{self.every.total_seconds():.0f} seconds"

    @classmethod
    def parse(cls, text: str) -> Trigger:
        """Return the trigger that a text means: `available-now`, or a time such as `30 seconds`.

        Raises:
            ConfigError: It is neither.
        """
        if text == AVAILABLE_NOW:
            return cls()
        match = _EVERY.fullmatch(text)
        if match is None:
            raise ConfigError(
                f"{text!r} is no trigger",
                where="--trigger",
                hint=f"write {AVAILABLE_NOW}, or a time such as '30 seconds', '5 minutes' or '1 hour'",
            )
        return cls(timedelta(**{f"{match[2]}s": int(match[1])}))


@dataclass(frozen=True)
class StreamReport(Report):
    """What became of a stream, from its start to its end. Its runs have records of their own.

    Attributes:
        job: The job.
        trigger: When its micro-batches came.
        status: `succeeded`, `nothing_new`, or how the run ended that ended it: `failed` or `refused`.
        ended_by: `end`: all was taken that was there; `signal`: it was told to stop; `failure`.
        started_at: ISO 8601, UTC.
        ended_at: ISO 8601, UTC.
        micro_batches: Micro-batches that were taken, also those that the table had already.
        runs: Runs that published something.
        counts: What became of the rows of all runs together.
        last_run_id: The newest run (UUID); None where there was none.
        error: What went wrong, in the error's three parts; None where nothing did.
    """

    job: str
    trigger: str
    status: RunStatus
    ended_by: EndedBy
    started_at: str
    ended_at: str
    micro_batches: int = 0
    runs: int = 0
    counts: Counts = field(default_factory=Counts)
    last_run_id: str | None = None
    error: str | None = None
