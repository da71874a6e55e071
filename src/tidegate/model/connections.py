"""How databases, APIs and Kafka are reached: resolved from the settings when it is needed, and never printed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from tidegate.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXAMPLE = "https://api.example.com/v2"
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x21-\x7e\xa0-\xff](?:[\x20-\x7e\xa0-\xff\t]*[\x21-\x7e\xa0-\xff])?")


@dataclass(frozen=True)
class Connection:
    """A database.

    Attributes:
        name: Name of the connection in the settings.
        url: JDBC address, without user and password.
        properties: What the driver is told besides, the password included; never shown.
        fetch_rows: Rows that one round trip brings.
    """

    name: str
    url: str
    properties: Mapping[str, str] = field(default_factory=dict, repr=False)
    fetch_rows: int = 10_000


@dataclass(frozen=True)
class HttpConnection:
    """An HTTP API.

    Attributes:
        name: Name of the connection in the settings.
        url: Address that the paths of jobs are below, without user, password and query.
        headers: What every request carries, the credentials included; never shown.
        timeout_seconds: How long one request may wait for a connection, or for the next bytes of an answer.
        retries: How many more attempts a request gets that the API could not answer.
        longest_wait_seconds: The longest wait between two attempts; an API that asks for more fails the run.
        is_insecure: Whether other machines may be asked without encryption.
        parameters: Query parameters of every request, credentials among them; never shown.
    """

    name: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float = 30.0
    retries: int = 5
    longest_wait_seconds: float = 120.0
    is_insecure: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Refuse an address that would show the credentials, and headers that no request can carry."""
        fault = address_fault(self.url, is_insecure=self.is_insecure)
        if fault:
            raise ConfigError(f"the url {fault[0]}", where=f"connections.{self.name}", hint=fault[1])
        for name, value in self.headers.items():
            if not (_HEADER.fullmatch(name) and _VALUE.fullmatch(value)):
                raise ConfigError(
                    f"the header {name!r} cannot be sent",
                    where=f"connections.{self.name}",
                    hint="its name has no spaces; its value is one line of Latin letters without spaces around it",
                )


@dataclass(frozen=True)
class KafkaConnection:
    """The brokers of Kafka.

    Attributes:
        name: Name of the connection in the settings.
        servers: Brokers to begin with, as host:port, separated by commas.
        properties: What Kafka's client is told besides, in its own words, the credentials included; never shown.
        timeout_seconds: How long the brokers may take to say what a topic holds.
    """

    name: str
    servers: str
    properties: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float = 30.0


AnyConnection: TypeAlias = Connection | HttpConnection | KafkaConnection


def address_fault(url: str, *, is_insecure: bool) -> tuple[str, str] | None:
    """Return what is wrong with the address of an API and what to do, or None where nothing is.

    Args:
        url: The address.
        is_insecure: Whether other machines may be asked without encryption.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address", _EXAMPLE
    if parts.scheme not in {"http", "https"} or not host or re.search(r"\s", url):
        return "is not an HTTP address", _EXAMPLE
    if "@" in parts.netloc or parts.query or parts.fragment:
        return (
            "holds a user name, a query or a fragment",
            "give token, or user and password, or parameters, as references to secrets",
        )
    if parts.scheme == "http" and not is_insecure and not _is_loopback(host):
        return "is not encrypted", "use https, or say insecure: true where nobody can listen"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
