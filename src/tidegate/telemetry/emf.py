"""Numbers of runs as lines in CloudWatch's Embedded Metric Format, which CloudWatch Logs turns into metrics."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from tidegate.model.events import Observer
from tidegate.telemetry.metrics import labels_of, metrics_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.model.reports import PipelineReport, RunReport
    from tidegate.telemetry.metrics import Metric

_UNITS = {"s": "Seconds", "By": "Bytes", "1": "None"}  # what has no unit of its own is counted
_NAMED_BY = ("tidegate.outcome", "tidegate.step", "tidegate.severity")
MOST = 100  # metrics in one line, by the format's own rule


class EmbeddedMetrics(Observer):
    """Writes a line per run to standard error, from where platforms of AWS bring it to CloudWatch Logs.

    Each metric of CloudWatch costs money, and so does each of its dimensions: the only dimensions are the project,
    and the job or the pipeline. What else tells numbers apart is part of the name (`tidegate.run.rows.published`),
    and the rows that failed rules are added up by severity. The run's id and status are fields of the line, to search
    for.
    """

    def __init__(self, namespace: str, service: str, *, stream: TextIO | None = None) -> None:
        """Write to a stream.

        Args:
            namespace: Namespace of the metrics in CloudWatch.
            service: Value of the dimension `service.name`: the project.
            stream: Where to; standard error by default.
        """
        self._namespace, self._service, self._stream = namespace, service, stream

    def ended(self, report: RunReport) -> None:
        """Write the numbers of a job's run."""
        self._write(report)

    def pipeline_ended(self, report: PipelineReport) -> None:
        """Write the numbers of a pipeline's run."""
        self._write(report)

    def _write(self, report: RunReport | PipelineReport) -> None:
        stream = self._stream or sys.stderr
        for line in embedded(report, namespace=self._namespace, service=self._service):
            stream.write(line + "\n")
        stream.flush()


def embedded(report: RunReport | PipelineReport, *, namespace: str, service: str) -> list[str]:
    """Return the lines for a run: one, or more where it has more than a hundred numbers.

    Args:
        report: The run's record.
        namespace: Namespace of the metrics.
        service: The project.
    """
    units, values = _flat(metrics_of(report))
    names = [*values]
    parts = [names[start : start + MOST] for start in range(0, len(names), MOST)]
    return [_line(report, {name: units[name] for name in part}, values, (namespace, service)) for part in parts]


def _line(
    report: RunReport | PipelineReport,
    units: Mapping[str, str],
    values: Mapping[str, float],
    place: tuple[str, str],
) -> str:
    namespace, service = place
    dimensions = {"service.name": service, **labels_of(report)}
    directive = {
        "Namespace": namespace,
        "Dimensions": [[*dimensions]],
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
    }
    at = int(datetime.fromisoformat(report.ended_at).timestamp() * 1000)
    fields = {"run_id": report.run_id, "status": report.status, **dimensions, **{name: values[name] for name in units}}
    return json.dumps({"_aws": {"Timestamp": at, "CloudWatchMetrics": [directive]}, **fields}, separators=(",", ":"))


def _flat(metrics: Sequence[Metric]) -> tuple[dict[str, str], dict[str, float]]:
    """Return the unit and the value of each number under a name that needs no attributes; equal names are added up."""
    units: dict[str, str] = {}
    values: dict[str, float] = {}
    for metric in metrics:
        told = [metric.attributes[key] for key in _NAMED_BY if key in metric.attributes]
        name = ".".join((metric.name, *told))
        units[name] = _UNITS.get(metric.unit, "Count")
        values[name] = values.get(name, 0) + metric.value
    return units, values
