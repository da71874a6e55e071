"""The observer that sends alerts about runs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tidegate.alerts.conditions import pipeline_alerts, refusal_alert, run_alerts
from tidegate.alerts.log import LogSink
from tidegate.model.contracts import SEVERITIES
from tidegate.model.events import Observer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.alerts.port import Alert, AlertSink
    from tidegate.model.contracts import Severity
    from tidegate.model.events import RunRefused
    from tidegate.model.reports import PipelineReport, RunReport

_log = logging.getLogger("tidegate.alerts")


class Alerts(Observer):
    """Sends the alerts of every run to all sinks, each alert once. A sink that fails is logged and the others go on."""

    def __init__(self, sinks: Sequence[AlertSink], *, least: Severity = "warn") -> None:
        """Send to these sinks what is at least of a severity."""
        self._sinks = tuple(sinks)
        self._least = SEVERITIES.index(least)
        self._sent: set[Alert] = set()

    def refused(self, event: RunRefused) -> None:
        """Send the alert of a run that could not begin."""
        self._send_all((refusal_alert(event),))

    def ended(self, report: RunReport) -> None:
        """Send the alerts of a job's run."""
        self._send_all(run_alerts(report))

    def pipeline_ended(self, report: PipelineReport) -> None:
        """Send the alert of a pipeline's run, and those of its jobs that have not been sent yet."""
        for job in report.jobs:
            self._send_all(run_alerts(job))
        self._send_all(pipeline_alerts(report))
        self._sent.clear()

    def close(self) -> None:
        """Forget what has been sent; nothing waits."""
        self._sent.clear()

    def _send_all(self, alerts: Sequence[Alert]) -> None:
        worth = [alert for alert in alerts if SEVERITIES.index(alert.severity) >= self._least]
        new = [alert for alert in worth if alert not in self._sent]
        self._sent.update(new)
        for alert in new:
            for sink in self._sinks:
                _send(alert, sink)


class LogAlerts(Alerts):
    """Sends the alerts of every run to the log."""

    def __init__(self, *, least: Severity = "warn") -> None:
        """Log to `tidegate.alerts` what is at least of a severity."""
        super().__init__((LogSink(),), least=least)


def _send(alert: Alert, sink: AlertSink) -> None:
    try:
        sink.send(alert)
    except Exception as error:  # noqa: BLE001 - an alert that cannot be sent never breaks a run
        _log.warning("an alert of run %s cannot be sent: %s", alert.run_id, type(error).__name__)
