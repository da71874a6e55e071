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
    """Logs to `tidegate.alerts`, at the level of the alert's severity, as one line of `key=value`."""

    def send(self, alert: Alert) -> None:
        """Log one alert."""
        facts = {
            "severity": alert.severity,
            "job": alert.job,
            "table": alert.table,
            "run_id": alert.run_id,
            "rules": ",".join(alert.rules),
            "title": alert.title,
            "advice": alert.advice,
        }
        line = " ".join(f"{key}={_quoted(value)}" for key, value in facts.items() if value)
        _log.log(_LEVELS[alert.severity], "%s", line)


def _quoted(value: str) -> str:
    """Return a value as it is, or as a JSON string where it would not be one word."""
    is_word = not any(character in value for character in " =\"'\\") and value.isprintable()
    return value if is_word else json.dumps(value, ensure_ascii=not value.isprintable())
