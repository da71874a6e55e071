"""The receiver of OpenLineage events behind HTTP: the official client's, loaded with the first event."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, cast

from tidegate.dispatch.port import Answer

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent
    from openlineage.client.transport.http import HttpTransport

    from tidegate.lineage.settings import TransportSettings

_REFUSALS = frozenset({400, 409, 413, 415, 422})


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
