"""Alerts in a channel of Slack."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tidegate.dispatch.port import Answer
from tidegate.errors import ConfigError
from tidegate.model.connections import address_fault

if TYPE_CHECKING:
    from tidegate.alerts.message import AlertMessage
    from tidegate.alerts.settings import SlackTarget

_STUMBLES = frozenset({400, 413, 500})  # Slack says 400 to a message that it cannot read
_MOST_TEXT = 3_000


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would turn the message into a mere GET."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Return nothing, so that the redirect is an error."""


class SlackReceiver:
    """Posts alerts to an incoming webhook."""

    def __init__(self, target: SlackTarget, timeout_seconds: float) -> None:
        """Keep the settings; nothing is sent yet.

        Raises:
            ConfigError: The webhook is not an address, or not an encrypted one. It is not repeated: it is a secret.
        """
        fault = address_fault(target.webhook, is_insecure=False)
        if fault:
            raise ConfigError(
                f"the webhook {fault[0]}", where="alerts.sinks", hint="https://hooks.slack.com/services/…, as a secret"
            )
        self._target, self._timeout = target, timeout_seconds
        self._opener = build_opener(_NoRedirects)

    def send(self, message: AlertMessage) -> Answer:
        """Post one alert and return what became of it."""
        request = Request(  # noqa: S310 - the address was checked to be one of HTTP
            self._target.webhook,
            data=json.dumps({"text": _text(message)}).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        try:
            with self._opener.open(request, timeout=self._timeout):
                return Answer("taken")
        except HTTPError as error:
            with error:
                return Answer("stumbled" if error.code in _STUMBLES else "failed", f"Slack answered {error.code}")
        except (OSError, HTTPException) as error:
            return Answer("failed", f"Slack does not answer: {type(error).__name__}")

    def close(self) -> None:
        """Do nothing: each alert had a connection of its own."""


def _text(message: AlertMessage) -> str:
    text = "\n".join((f"*{_escaped(message.subject)}*", *map(_escaped, message.lines)))
    return text if len(text) <= _MOST_TEXT else f"{text[: _MOST_TEXT - 1]}…"


def _escaped(text: str) -> str:
    """Return a text in which nothing is a mention or a link for Slack."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
