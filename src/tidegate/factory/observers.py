"""Observers from the settings: the record of runs, logs, metrics, lineage, alerts."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from tidegate.alerts.observer import LogAlerts
from tidegate.alerts.sending import SentAlerts
from tidegate.config.scalars import text_of
from tidegate.config.sections.lineage import FileTransportSettings, KafkaTransportSettings
from tidegate.config.sections.telemetry import PrometheusSettings
from tidegate.errors import MissingExtraError
from tidegate.factory.alerting import alert_settings
from tidegate.lineage.observer import OpenLineageObserver, is_client_installed
from tidegate.lineage.records import RunRecords
from tidegate.lineage.settings import LineageSettings, ParentRun, TransportSettings
from tidegate.telemetry.emf import EmbeddedMetrics
from tidegate.telemetry.prometheus import PrometheusFiles
from tidegate.telemetry.run_log import RunLog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.config import Settings
    from tidegate.config.sections.lineage import TransportSettings as TransportChoice
    from tidegate.model.events import Observer


def make_observers(settings: Settings, environ: Mapping[str, str]) -> tuple[Observer, ...]:
    """Return the observers that the settings ask for.

    Args:
        settings: The settings.
        environ: Environment variables, for references to secrets.

    Raises:
        MissingExtraError: Lineage is on and the OpenLineage client is not installed, events go to Kafka and its client
            is not, alerts go to AWS and boto3 is not, or metrics go to Prometheus and its client is not.
        ConfigError: A secret cannot be read, alerts go to a place that cannot be used as it is written, or a variable
            of OpenLineage's names no run.
    """
    observers: list[Observer] = [RunRecords(settings.storage.root), RunLog(), *_metrics(settings)]
    if settings.lineage.enabled:
        if not is_client_installed():
            raise MissingExtraError("openlineage-python", extra="openlineage", purpose="lineage (lineage.enabled)")
        observers.append(OpenLineageObserver(lineage_settings(settings, environ)))
    if settings.alerts.log is not None:
        observers.append(LogAlerts(least=settings.alerts.log.severity))
    if settings.alerts.sinks:
        observers.append(SentAlerts(alert_settings(settings, environ)))
    return tuple(observers)


def _metrics(settings: Settings) -> list[Observer]:
    return [
        PrometheusFiles(sink.folder)
        if isinstance(sink, PrometheusSettings)
        else EmbeddedMetrics(sink.namespace, settings.project.name)
        for sink in settings.metrics.sinks
    ]


def lineage_settings(settings: Settings, environ: Mapping[str, str]) -> LineageSettings:
    """Return what lineage is told.

    Args:
        settings: The settings.
        environ: Environment variables, for references to secrets and the run that starts this one.

    Raises:
        MissingExtraError: Events go to Kafka, and its client is not installed.
        ConfigError: A secret cannot be read, or a variable of OpenLineage's names no run.
    """
    chosen = settings.lineage
    return LineageSettings(
        root=settings.storage.root,
        namespace=chosen.namespace,
        transports=tuple(_transport(transport, environ) for transport in chosen.transports),
        close_seconds=chosen.close_seconds,
        parent=_run(environ, "OPENLINEAGE_PARENT_ID"),
        root_parent=_run(environ, "OPENLINEAGE_ROOT_PARENT_ID"),
    )


def _run(environ: Mapping[str, str], variable: str) -> ParentRun | None:
    """Return the run that a scheduler names in OpenLineage's own variables."""
    return ParentRun.parse(environ[variable]) if environ.get(variable) else None


def _transport(chosen: TransportChoice, environ: Mapping[str, str]) -> TransportSettings:
    if isinstance(chosen, FileTransportSettings):
        return TransportSettings(kind="file", name=chosen.name, path=chosen.path or "")
    if isinstance(chosen, KafkaTransportSettings):
        if importlib.util.find_spec("confluent_kafka") is None:
            raise MissingExtraError("confluent-kafka", extra="kafka", purpose=f"lineage to {chosen.name}")
        told = {name: text_of(value, environ) for name, value in chosen.options.items()}
        return TransportSettings(
            kind="kafka",
            name=chosen.name,
            topic=chosen.topic,
            timeout_seconds=chosen.timeout_seconds,
            properties=tuple({"bootstrap.servers": chosen.bootstrap_servers, **told}.items()),
        )
    return TransportSettings(
        kind="http",
        name=chosen.name,
        url=chosen.url,
        endpoint=chosen.endpoint,
        timeout_seconds=chosen.timeout_seconds,
        api_key=chosen.api_key.resolve(environ).reveal() if chosen.api_key else None,
    )
