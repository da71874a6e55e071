"""The numbers of a run under names as OpenTelemetry forms them; what sends them decides how they are written."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - tests make values from the annotations
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.model.reports import Counts, RunReport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.model.reports import PipelineReport

Unit: TypeAlias = Literal["s", "{row}", "{file}", "{run}", "By", "1"]


@dataclass(frozen=True)
class Metric:
    """One number about one run, a gauge: what the run did, not a total over runs.

    Attributes:
        name: Its name, in words that are joined by dots.
        unit: Its unit, as UCUM writes it.
        value: The number.
        meaning: What it says, in one line.
        attributes: What tells it from the others of its name.
    """

    name: str
    unit: Unit
    value: float
    meaning: str
    attributes: Mapping[str, str] = field(default_factory=dict)


def metrics_of(report: RunReport | PipelineReport) -> tuple[Metric, ...]:
    """Return the numbers of a run of a job or of a pipeline.

    | name | unit | attribute |
    |---|---|---|
    | `tidegate.run.duration` | s | |
    | `tidegate.run.succeeded` | runs (1: ended well, 0: not) | |
    | `tidegate.run.end_time` | s since 1970 | |
    | `tidegate.run.step.duration` | s | `tidegate.step` |
    | `tidegate.run.rows` | rows | `tidegate.outcome`: `read`, `published`, `unchanged`, … |
    | `tidegate.run.rule.failed_rows` | rows | `tidegate.rule`, `tidegate.severity`; rules that a row failed |
    | `tidegate.run.output.size`, `tidegate.run.output.files` | By, files | |
    | `tidegate.run.score` | 1 | |

    A pipeline's run has the first three; those of its jobs are its jobs'.
    """
    return tuple(_job(report) if isinstance(report, RunReport) else _run(report))


def _run(report: RunReport | PipelineReport) -> Iterator[Metric]:
    ended_at = datetime.fromisoformat(report.ended_at).timestamp()
    yield Metric("tidegate.run.duration", "s", report.seconds.get("total", 0.0), "Seconds that the run took.")
    yield Metric("tidegate.run.succeeded", "{run}", float(not report.exit_code), "Whether the run ended well.")
    yield Metric("tidegate.run.end_time", "s", ended_at, "When the run ended, in seconds since 1970.")


def _job(report: RunReport) -> Iterator[Metric]:
    yield from _run(report)
    for step, seconds in report.seconds.items():
        if step != "total":
            meaning = "Seconds that a step of the run took."
            yield Metric("tidegate.run.step.duration", "s", seconds, meaning, {"tidegate.step": step})
    for outcome in fields(Counts):
        count, attributes = getattr(report.counts, outcome.name), {"tidegate.outcome": outcome.name}
        yield Metric("tidegate.run.rows", "{row}", count, "Rows, by what became of them.", attributes)
    for rule in report.rules:
        if rule.failed:
            attributes = {"tidegate.rule": rule.id, "tidegate.severity": rule.severity}
            yield Metric("tidegate.run.rule.failed_rows", "{row}", rule.failed, "Rows that failed a rule.", attributes)
    if report.output is not None and report.output.bytes is not None:
        yield Metric("tidegate.run.output.size", "By", report.output.bytes, "Bytes that the run wrote.")
    if report.output is not None and report.output.files is not None:
        yield Metric("tidegate.run.output.files", "{file}", report.output.files, "Files that the run wrote.")
    if report.score is not None:
        yield Metric("tidegate.run.score", "1", report.score, "How well the rules were kept.")


def labels_of(report: RunReport | PipelineReport) -> dict[str, str]:
    """Return the attributes that all numbers of a run share: few, and the same in every run of a job."""
    if isinstance(report, RunReport):
        return {"tidegate.job": report.job} | ({"tidegate.pipeline": report.pipeline} if report.pipeline else {})
    return {"tidegate.pipeline": report.pipeline}
