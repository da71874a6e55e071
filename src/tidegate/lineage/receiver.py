"""Receivers of OpenLineage events. The one behind HTTP is the official client's, loaded with the first event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol, cast

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent
    from openlineage.client.transport.http import HttpTransport

    from tidegate.lineage.settings import TransportSettings

_REFUSALS = frozenset({400, 409, 413, 415, 422})


@dataclass(frozen=True)
class Answer:
    """What a receiver made of an event.

    Attributes:
        kind: `taken`; `failed`: it may be taken later; `refused`: it will never be taken.
        reason: Why not, in a few words; nothing of the event or of the receiver's address.
    """

    kind: Literal["taken", "failed", "refused"]
    reason: str = ""


class Receiver(Protocol):
    """Whatever takes events."""

    def send(self, text: str) -> Answer:
        """Send one event, a line of JSON, and return what became of it."""

    def close(self) -> None:
        """Give back connections."""


class HttpReceiver:
    """Sends each event once: trying again is the spool's business."""

    def __init__(self, settings: TransportSettings) -> None:
        """Keep the settings; nothing is loaded or sent yet."""
        self._settings = settings

    def send(self, text: str) -> Answer:
        """Send one event and return what became of it."""
        try:
            event = cast("RunEvent", json.loads(text))  # the transport serialises a dictionary as it does an event
        except ValueError:
            return Answer("refused", "the event is not JSON")
        return self._emit(event)

    def close(self) -> None:
        """Close the connections, if there are any."""
        if "_transport" in self.__dict__:
            self._transport.close()

    def _emit(self, event: RunEvent) -> Answer:
        import requests  # noqa: PLC0415 - part of the extra

        try:
            self._transport.emit(event)
        except requests.RequestException as error:
            if error.response is None:
                return Answer("failed", f"the receiver does not answer: {type(error).__name__}")
            status = error.response.status_code
            return Answer("refused" if status in _REFUSALS else "failed", f"the receiver answered {status}")
        return Answer("taken")

    @cached_property
    def _transport(self) -> HttpTransport:
        import requests  # noqa: PLC0415 - part of the extra
        from openlineage.client.transport import http  # noqa: PLC0415 - an extra, slow to load

        settings = self._settings
        session = requests.Session()
        session.headers.update(dict(settings.headers))  # not through the client's configuration, which it logs
        key = settings.api_key
        transport = http.HttpTransport(
            http.HttpConfig(
                url=f"{settings.url.rstrip('/')}/",
                endpoint=settings.endpoint.lstrip("/"),
                timeout=settings.timeout_seconds,
                auth=http.ApiKeyTokenProvider({"api_key": key}) if key else http.TokenProvider({}),
                session=session,
                retry={"total": 0, "status_forcelist": []},
            )
        )
        transport.verify = settings.verify
        return transport
