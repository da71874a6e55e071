"""Numbers of runs as a text file for Prometheus, as its node exporter's textfile collector reads them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import quote

from tidegate.errors import MissingExtraError, StorageError
from tidegate.model.events import Observer
from tidegate.storage import join, replace
from tidegate.telemetry.metrics import labels_of, metrics_of

if TYPE_CHECKING:
    from prometheus_client import Gauge

    from tidegate.model.reports import PipelineReport, RunReport
    from tidegate.telemetry.metrics import Metric

_log = logging.getLogger("tidegate.telemetry")

_SUFFIXES = {"s": "_seconds", "By": "_bytes", "1": "_ratio"}


class PrometheusFiles(Observer):
    """Writes a file per job and pipeline, `tidegate_job_<name>.prom`, which holds the numbers of its newest run.

    A name of OpenTelemetry is written as Prometheus has it: `tidegate.run.duration` in seconds is
    `tidegate_run_duration_seconds`, the attribute `tidegate.job` the label `tidegate_job`. A reader never sees half a
    file.
    """

    def __init__(self, folder: str) -> None:
        """Write into a folder.

        Args:
            folder: The folder, which the collector reads.

        Raises:
            MissingExtraError: The client of Prometheus is not installed.
        """
        try:
            import prometheus_client  # noqa: F401, PLC0415 - an extra
        except ImportError:
            raise MissingExtraError(
                "prometheus-client", extra="metrics", purpose="metrics for Prometheus (metrics.sinks)"
            ) from None
        self._folder = folder

    def ended(self, report: RunReport) -> None:
        """Write the numbers of a job's run."""
        self._write(f"job_{quote(report.job, safe='')}", report)

    def pipeline_ended(self, report: PipelineReport) -> None:
        """Write the numbers of a pipeline's run."""
        self._write(f"pipeline_{quote(report.pipeline, safe='')}", report)

    def _write(self, name: str, report: RunReport | PipelineReport) -> None:
        try:
            replace(join(self._folder, f"tidegate_{name}.prom"), exposition(report))
        except StorageError as error:
            _log.warning("the metrics of run %s cannot be written: %s", report.run_id, error.what)


def exposition(report: RunReport | PipelineReport) -> bytes:
    """Return the numbers of a run in Prometheus's text form."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest  # noqa: PLC0415 - an extra

    registry, shared = CollectorRegistry(), labels_of(report)
    gauges: dict[str, Gauge] = {}
    for metric in metrics_of(report):
        labels = {_written(name): value for name, value in {**shared, **metric.attributes}.items()}
        name = _name(metric)
        if name not in gauges:
            gauges[name] = Gauge(name, metric.meaning, [*labels], registry=registry)
        gauges[name].labels(**labels).set(metric.value)
    return generate_latest(registry)


def _name(metric: Metric) -> str:
    suffix = _SUFFIXES.get(metric.unit, "")
    return _written(metric.name) + suffix


def _written(name: str) -> str:
    return name.replace(".", "_")
