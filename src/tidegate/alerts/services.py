"""Alerts to any of the services that the package apprise knows: Microsoft Teams, PagerDuty, and so on."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING

from tidegate.dispatch.port import Answer
from tidegate.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.alerts.message import AlertMessage
    from tidegate.alerts.settings import ServiceTarget
    from tidegate.model.contracts import Severity

_TYPES: Mapping[Severity, str] = {"info": "info", "warn": "warning", "error": "failure", "fatal": "failure"}


class ServiceReceiver:
    """Gives alerts to one service by its address. Whether it took one is all that it says."""

    def __init__(self, target: ServiceTarget, timeout_seconds: float) -> None:
        """Look at the address; nothing is sent yet.

        Args:
            target: The service.
            timeout_seconds: How long one attempt may wait to connect, and for the next bytes of an answer.

        Raises:
            MissingExtraError: apprise is not installed.
            ConfigError: The address is none that apprise understands. It is not repeated: it is a secret.
        """
        try:
            from apprise import Apprise  # noqa: PLC0415 - an extra
        except ImportError:
            raise MissingExtraError("apprise", extra="alerts", purpose="alerts to a service (alerts.sinks)") from None
        logging.getLogger("apprise").disabled = True  # it tells addresses, which are secrets
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it loads all its services, and some have old imports
            service = Apprise.instantiate(target.url, suppress_exceptions=True)
        if service is None:
            raise ConfigError(
                "the address is none of a service that apprise knows",
                where="alerts.sinks",
                hint="workflows://host/workflow/signature for Teams, as a secret; apprise's documentation lists all",
            )
        service.socket_connect_timeout = service.socket_read_timeout = timeout_seconds
        self._service = service

    def send(self, message: AlertMessage) -> Answer:
        """Send one alert and return what became of it."""
        is_taken = self._service.notify(
            title=message.subject,
            body="\n".join(message.lines),
            notify_type=_TYPES[message.severity],
            body_format="text",
        )
        return Answer("taken") if is_taken else Answer("stumbled", "the service did not take it")

    def close(self) -> None:
        """Do nothing: each alert had a connection of its own."""
