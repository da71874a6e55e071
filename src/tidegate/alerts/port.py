"""An alert, and the port to whatever brings it to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from tidegate.model.contracts import Severity

AlertKind: TypeAlias = Literal[
    "run_failed",
    "rules_warned",
    "rows_quarantined",
    "late_rows",
    "upkeep_failed",
    "pipeline_failed",
    "not_started",
    "watch",
    "test",
]


@dataclass(frozen=True)
class Alert:
    """Something that somebody should look at. It holds counts and names, never data values.

    Attributes:
        severity: `warn` for what was published all the same; `error` and `fatal` for what was not.
        title: What happened, in one line.
        run_id: The run; empty where none began.
        job: The job, or the pipeline where the alert is about all of it.
        table: The table that is concerned; None where it is not about a table.
        rules: Ids of the rules that are concerned, sorted.
        advice: What to do, in one line.
        kind: What sort of thing happened: `run_failed`, `rules_warned`, `rows_quarantined`, `late_rows`,
            `upkeep_failed`, `pipeline_failed`, `not_started` (a run that could not begin), `watch` (a check of a table
            after its load) or `test`.
    """

    severity: Severity
    title: str
    run_id: str
    job: str
    table: str | None = None
    rules: tuple[str, ...] = ()
    advice: str = ""
    kind: AlertKind = "run_failed"


class AlertSink(Protocol):
    """Where alerts go: a log, a topic, a queue, a chat.

    A sink makes one attempt in bounded time and raises what went wrong; its caller sees to it that no run suffers.
    """

    def send(self, alert: Alert) -> None:
        """Bring one alert to its place."""
