"""No more alerts than somebody reads: beyond so many in an hour they are counted, and the next one says how many."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.alerts.message import moment
from tidegate.dispatch.port import Answer
from tidegate.errors import MissingFileError, StorageError

if TYPE_CHECKING:
    from tidegate.alerts.message import AlertMessage
    from tidegate.alerts.repeats import AlertReceiver

_log = logging.getLogger("tidegate.alerts")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class _Hour:
    """What was sent of late.

    Attributes:
        sent: When alerts were raised that were sent (ISO 8601, UTC), oldest first.
        held_back: How many were not sent since the last that was.
    """

    sent: tuple[str, ...] = ()
    held_back: int = 0


class AtMostPerHour:
    """Passes alerts on to a receiver, so many in any hour; fatal ones always.

    The hour is measured between the moments at which alerts were raised. One that is held back counts as taken: the
    log and the record of its run still tell. Where the note cannot be read or written, the alert is sent.
    """

    def __init__(self, receiver: AlertReceiver, folder: str, most: int) -> None:
        """Send nothing yet.

        Args:
            receiver: Where the alerts go.
            folder: Where it is noted what was sent.
            most: How many in an hour.
        """
        self._receiver, self._most = receiver, most
        self._uri = storage.join(folder, "hour.json")

    def send(self, message: AlertMessage) -> Answer:
        """Send one alert, or count it, and return what became of it."""
        hour, at = self._hour(), moment(message.at)
        recent = tuple(one for one in hour.sent if at - moment(one) < _HOUR)
        if message.severity != "fatal" and len(recent) >= self._most:
            self._note(_Hour(recent, hour.held_back + 1))
            return Answer("taken")
        answer = self._receiver.send(replace(message, held_back=hour.held_back))
        if answer.kind == "taken":
            self._note(_Hour((*recent, message.at)[-self._most :]))
        return answer

    def close(self) -> None:
        """Give back the receiver's connections."""
        self._receiver.close()

    def _hour(self) -> _Hour:
        try:
            read = json.loads(storage.read_bytes(self._uri))
            hour = _Hour(tuple(read["sent"]), int(read["held_back"]))
            for at in hour.sent:
                moment(at)
        except MissingFileError:
            return _Hour()
        except (StorageError, ValueError, TypeError, KeyError) as error:
            _log.warning("how many alerts were sent cannot be read (%s); more may be sent", type(error).__name__)
            return _Hour()
        return hour

    def _note(self, hour: _Hour) -> None:
        try:
            storage.replace(self._uri, json.dumps(asdict(hour)).encode())
        except StorageError as error:
            _log.warning("how many alerts were sent cannot be noted (%s); more may be sent", error.what)
