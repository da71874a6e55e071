"""The observer that sends alerts to topics, queues, mailboxes and channels, without the run waiting for it."""

from __future__ import annotations

import importlib.util
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tidegate.alerts.aws import SnsReceiver, SqsReceiver
from tidegate.alerts.mail import SmtpReceiver
from tidegate.alerts.message import compose
from tidegate.alerts.observer import Alerts
from tidegate.alerts.rates import AtMostPerHour
from tidegate.alerts.repeats import OncePerPeriod
from tidegate.alerts.services import ServiceReceiver
from tidegate.alerts.settings import ServiceTarget, SmtpTarget, SnsTarget, SqsTarget
from tidegate.alerts.slack import SlackReceiver
from tidegate.dispatch.outbox import Outbox
from tidegate.dispatch.sender import Sender, close_all
from tidegate.dispatch.spool import Spool
from tidegate.errors import MissingExtraError
from tidegate.storage import join

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidegate.alerts.port import Alert
    from tidegate.alerts.repeats import AlertReceiver
    from tidegate.alerts.settings import AlertSettings, SinkSettings
    from tidegate.model.events import RunStarted

SPOOL = ("_tidegate", "alerts", "spool")
SENT = ("_tidegate", "alerts", "sent")
_CLOSE_PER_TIMEOUT = 4  # a request takes a quarter of the time at most, so none is cut off


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(tz=timezone.utc)


class SentAlerts(Alerts):
    """Sends the alerts of every run to where the settings say.

    Telling it something costs microseconds: a thread per sink does the rest. `close` waits for alerts to leave, but at
    most four times as long as the slowest sink's timeout; what has not left by then is in the spool, and later runs
    send it, in order. No run ever sees an error.
    """

    def __init__(self, settings: AlertSettings, *, clock: Callable[[], datetime] = utc_now) -> None:
        """Check the settings; nothing is loaded or sent yet.

        Args:
            settings: Where alerts go.
            clock: Returns the time, in UTC.

        Raises:
            MissingExtraError: A sink needs a package that is not installed.
            ConfigError: A sink cannot be used as it is written.
        """
        super().__init__((self,), least="info")
        for sink in settings.sinks:
            receiver_of(sink)
        self._settings, self._clock = settings, clock
        self._senders: dict[str, Sender] | None = None

    def started(self, event: RunStarted) -> None:
        """Begin to send what earlier runs have left."""
        del event
        self._open()

    def send(self, alert: Alert) -> None:
        """Hand an alert to the threads of the sinks that it is for; returns at once."""
        senders = self._open()
        chosen = self._settings
        message = compose(alert, chosen.environment, self._clock(), chosen.run_link, chosen.runbook_link)
        for sink in chosen.sinks:
            if sink.is_for(alert):
                senders[sink.name].post(message)

    def close(self) -> None:
        """Wait for alerts to leave, within the bound, and log how many have not left."""
        super().close()
        if self._senders is not None:
            slowest = max((sink.timeout_seconds for sink in self._settings.sinks), default=0.0)
            close_all(tuple(self._senders.values()), _CLOSE_PER_TIMEOUT * slowest)
            self._senders = None

    def _open(self) -> dict[str, Sender]:
        if self._senders is None:
            self._senders = {sink.name: self._sender(sink) for sink in self._settings.sinks}
        return self._senders

    def _sender(self, sink: SinkSettings) -> Sender:
        settings = self._settings
        folder = join(settings.root, *SENT, sink.name)
        receiver = receiver_of(sink)
        if sink.most_per_hour is not None:
            receiver = AtMostPerHour(receiver, folder, sink.most_per_hour)
        once = OncePerPeriod(receiver, folder, period_seconds=settings.repeat_seconds)
        spool = Spool(join(settings.root, *SPOOL, sink.name))
        what = f"alerts for {sink.name}"
        return Sender(Outbox(once, spool, redelivered=settings.redelivered_per_run, what=what))


def receiver_of(sink: SinkSettings) -> AlertReceiver:
    """Return what takes the alerts of a sink; nothing is loaded or sent yet.

    Raises:
        MissingExtraError: It needs a package that is not installed.
        ConfigError: It cannot be used as it is written.
    """
    target, timeout = sink.target, sink.timeout_seconds
    if isinstance(target, SmtpTarget):
        return SmtpReceiver(target, timeout)
    if isinstance(target, ServiceTarget):
        return ServiceReceiver(target, timeout)
    if isinstance(target, SnsTarget | SqsTarget):
        if importlib.util.find_spec("boto3") is None:
            raise MissingExtraError("boto3", extra="aws", purpose=f"alerts to {sink.name}")
        return SnsReceiver(target, timeout) if isinstance(target, SnsTarget) else SqsReceiver(target, timeout)
    return SlackReceiver(target, timeout)
