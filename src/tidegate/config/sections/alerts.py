"""Who is told when something is wrong."""

from __future__ import annotations

from pydantic import Field

from tidegate.config.frozen import Section
from tidegate.model.contracts import Severity


class LogAlertSettings(Section):
    """Alerts in the log."""

    severity: Severity = Field(default="warn", description="The least severity that is worth an alert.")


class AlertsSettings(Section):
    """Who is told when something is wrong."""

    log: LogAlertSettings | None = Field(default=LogAlertSettings(), description="Alerts in the log; null for none.")
