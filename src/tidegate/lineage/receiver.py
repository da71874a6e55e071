"""The receiver of OpenLineage events behind HTTP: the official client's, loaded with the first event."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from tidegate.dispatch.port import Answer
from tidegate.lineage.json_receiver import JsonReceiver

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent
    from openlineage.client.transport.http import HttpTransport

    from tidegate.lineage.documents import Json

_REFUSALS = frozenset({400, 409, 413, 415, 422})


class HttpReceiver(JsonReceiver):
    """Sends each event once: trying again is the spool's business."""

    def close(self) -> None:
        """Close the connections, if there are any."""
        if "_transport" in self.__dict__:
            self._transport.close()

    def _emit(self, event: Json, text: str) -> Answer:
        del text
        import requests  # noqa: PLC0415 - part of the extra

        try:
            self._transport.emit(cast("RunEvent", event))  # serialised as a dictionary
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
