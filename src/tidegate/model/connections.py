"""How a database is reached: resolved from the settings when it is needed, and never printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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
