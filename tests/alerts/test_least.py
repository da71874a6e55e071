"""Alerts below the chosen severity are not sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.alerts.observer import Alerts
from tidegate.model.reports import RunReport

if TYPE_CHECKING:
    from tidegate.alerts.port import Alert
    from tidegate.model.contracts import Severity


class Kept:
    """A sink that keeps what it is sent."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []

    def send(self, alert: Alert) -> None:
        self.alerts.append(alert)


@pytest.mark.parametrize(("least", "sent"), [("warn", 1), ("error", 1), ("fatal", 0)])
def test_only_what_is_severe_enough_is_sent(least: Severity, sent: int) -> None:
    sink = Kept()
    failed = RunReport("run", "silver.orders", "failed", "2024-01-01T00:00:00", "2024-01-01T00:00:01", error="x")
    Alerts((sink,), least=least).ended(failed)
    assert len(sink.alerts) == sent
