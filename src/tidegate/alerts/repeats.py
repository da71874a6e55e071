"""What has happened again within a while is counted, and not sent again."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.alerts.message import AlertMessage, moment
from tidegate.dispatch.port import Answer
from tidegate.errors import MissingFileError, StorageError

if TYPE_CHECKING:
    from typing import Protocol

    class AlertReceiver(Protocol):
        """Whatever takes alerts."""

        def send(self, message: AlertMessage) -> Answer:
            """Send one alert, once, in bounded time, and return what became of it."""

        def close(self) -> None:
            """Give back connections."""


_log = logging.getLogger("tidegate.alerts")


@dataclass(frozen=True)
class _Sent:
    """The last time that something was sent.

    Attributes:
        alert_id: The alert.
        at: When it was raised (ISO 8601, UTC).
        suppressed: How many alerts about the same thing have not been sent since.
    """

    alert_id: str
    at: str
    suppressed: int = 0


class OncePerPeriod:
    """Passes alerts on to a receiver, one per fingerprint and period; the next one says how many there were.

    The period is measured between the moments at which alerts were raised, so alerts that waited during an outage are
    one, too. What was sent is noted when it has been taken; where the note cannot be read or written, the alert is
    sent: twice is better than never.
    """

    def __init__(self, receiver: AlertReceiver, folder: str, period_seconds: float) -> None:
        """Send nothing yet.

        Args:
            receiver: Where the alerts go.
            folder: Where it is noted what was sent, a file per fingerprint.
            period_seconds: Length of the period.
        """
        self._receiver, self._folder = receiver, folder
        self._period = timedelta(seconds=period_seconds)

    def send(self, text: str) -> Answer:
        """Send one alert, a line of JSON, unless it repeats another, and return what became of it."""
        try:
            message = AlertMessage.from_text(text)
            raised_at = moment(message.at)
        except (ValueError, TypeError):
            return Answer("refused", "it is not an alert")
        last = self._last(message.fingerprint)
        if last is None:
            return self._pass_on(message)
        if last.alert_id == message.alert_id:
            return Answer("taken")
        if raised_at - moment(last.at) < self._period:
            self._note(message.fingerprint, replace(last, suppressed=last.suppressed + 1))
            return Answer("taken")
        return self._pass_on(replace(message, occurrences=last.suppressed + 1, last_sent_at=last.at))

    def close(self) -> None:
        """Give back the receiver's connections."""
        self._receiver.close()

    def _pass_on(self, message: AlertMessage) -> Answer:
        answer = self._receiver.send(message)
        if answer.kind == "taken":
            self._note(message.fingerprint, _Sent(message.alert_id, message.at))
        return answer

    def _last(self, fingerprint: str) -> _Sent | None:
        try:
            last = _Sent(**json.loads(storage.read_bytes(self._uri(fingerprint))))
            moment(last.at)
        except MissingFileError:
            return None
        except (StorageError, ValueError, TypeError) as error:
            _log.warning("what was sent cannot be read (%s); an alert may come twice", type(error).__name__)
            return None
        return last

    def _note(self, fingerprint: str, sent: _Sent) -> None:
        try:
            storage.replace(self._uri(fingerprint), json.dumps(asdict(sent)).encode())
        except StorageError as error:
            _log.warning("what was sent cannot be noted (%s); an alert may come twice", error.what)

    def _uri(self, fingerprint: str) -> str:
        return storage.join(self._folder, f"{fingerprint}.json")
