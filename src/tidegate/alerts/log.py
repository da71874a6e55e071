"""Alerts in the log, one line each."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.alerts.port import Alert
    from tidegate.model.contracts import Severity

_log = logging.getLogger("tidegate.alerts")

_LEVELS: Mapping[Severity, int] = {
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "fatal": logging.CRITICAL,
}


class LogSink:
    """Logs to `tidegate.alerts`, at the level of the alert's severity: what happened, and fields to search by."""

    def send(self, alert: Alert) -> None:
        """Log one alert: `severity`, `kind`, `job`, `table`, `run_id`, `rules` and `advice`, as far as it has them."""
        facts = {
            "severity": alert.severity,
            "kind": alert.kind,
            "job": alert.job,
            "table": alert.table,
            "run_id": alert.run_id,
            "rules": ",".join(alert.rules),
            "advice": alert.advice,
        }
        told = {name: _in_one_line(value) for name, value in facts.items() if value}
        happened = _in_one_line(f"{alert.table or alert.job}: {alert.title}")
        _log.log(_LEVELS[alert.severity], "%s", happened, extra=told)


def _in_one_line(value: str) -> str:
    """Return a value as it is, or escaped as in JSON where it would not stay in its line."""
    return value if value.isprintable() else json.dumps(value)[1:-1]
