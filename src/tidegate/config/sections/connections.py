"""How databases are reached."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from tidegate.config.frozen import ReadOnlyMapping, Section
from tidegate.config.scalars import ScalarMapping, text_of
from tidegate.config.secrets import SecretReference, is_secret_key
from tidegate.model.connections import Connection

if TYPE_CHECKING:
    from collections.abc import Mapping

_ADDRESS = re.compile(r"jdbc:[a-z0-9]+:\S+")
_CREDENTIALS = re.compile(r"//[^/?;]*@|:[^/:@\s]+/[^/@\s]+@")
_PARAMETER = re.compile(r"[?&;]([^=?&;]+)=")


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise PydanticCustomError("tidegate", "is not a JDBC address", {"hint": "jdbc:postgresql://host:5432/database"})
    names = {name.lower() for name in _PARAMETER.findall(value)}
    if _CREDENTIALS.search(value) or names & {"user", "username"} or any(map(is_secret_key, names)):
        raise PydanticCustomError(
            "tidegate",
            "holds a user name or a password",
            {"hint": "give user, and password as a reference to a secret"},
        )
    return value


class ConnectionSettings(Section):
    """A database that jobs read."""

    url: Annotated[str, AfterValidator(_address)] = Field(
        description="JDBC address, without user and password: jdbc:postgresql://host:5432/database."
    )
    user: str | None = Field(default=None, description="Name of the user.")
    password: SecretReference | None = Field(default=None, description="The user's password: env:NAME or file:PATH.")
    driver: str | None = Field(
        default=None, description="Class of the JDBC driver, where the driver cannot be found by the address."
    )
    fetch_rows: int = Field(default=10_000, ge=1, description="Rows that one round trip brings.")
    options: ScalarMapping = Field(
        default_factory=dict,
        description="What the driver is told besides, such as sslmode. A secret is a reference: env:NAME or file:PATH.",
    )

    def resolved(self, name: str, environ: Mapping[str, str]) -> Connection:
        """Return the connection with its secrets: hand it to Spark and to nothing else.

        Args:
            name: Name of the connection.
            environ: The environment variables.

        Raises:
            ConfigError: A secret cannot be read.
        """
        properties = {key: text_of(value, environ) for key, value in self.options.items()}
        given = {"user": self.user, "driver": self.driver}
        properties |= {key: value for key, value in given.items() if value is not None}
        if self.password is not None:
            properties["password"] = self.password.resolve(environ).reveal()
        return Connection(name, self.url, properties, self.fetch_rows)


ConnectionName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
ConnectionsSettings: TypeAlias = ReadOnlyMapping[ConnectionName, ConnectionSettings]
