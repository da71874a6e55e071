"""How databases, APIs and Kafka are reached."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from tidegate.config.frozen import ReadOnlyMapping, Section
from tidegate.config.scalars import ScalarMapping, SentMapping, text_of
from tidegate.config.secrets import FORMS, SecretReference
from tidegate.model.connections import Connection, HttpConnection, KafkaConnection, address_fault
from tidegate.vaults.words import is_secret_key

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

    type: Literal["jdbc"] = Field(default="jdbc", description="A database, over JDBC.")
    url: Annotated[str, AfterValidator(_address)] = Field(
        description="JDBC address, without user and password: jdbc:postgresql://host:5432/database."
    )
    user: str | None = Field(default=None, description="Name of the user.")
    password: SecretReference | None = Field(
        default=None, description="The user's password: env:NAME, file:PATH or a vault's."
    )
    driver: str | None = Field(
        default=None, description="Class of the JDBC driver, where the driver cannot be found by the address."
    )
    fetch_rows: int = Field(default=10_000, ge=1, description="Rows that one round trip brings.")
    options: ScalarMapping = Field(
        default_factory=dict,
        description="Told to the driver besides, such as sslmode. Secrets are references: env:NAME, file:PATH or a "
        "vault's.",
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


class HttpConnectionSettings(Section):
    """An HTTP API that jobs read."""

    type: Literal["http"] = Field(description="An API, over HTTP.")
    insecure: bool = Field(
        default=False, description="Whether another machine may be asked without encryption (http:)."
    )
    url: str = Field(description="Address that jobs' paths are below: https://api.example.com/v2.")
    token: SecretReference | None = Field(
        default=None, description="Sent as `Authorization: Bearer …`: env:NAME, file:PATH or a vault's."
    )
    user: str | None = Field(default=None, description="Name of the user, for basic authentication.")
    password: SecretReference | None = Field(
        default=None, description="The user's password: env:NAME, file:PATH or a vault's."
    )
    headers: SentMapping = Field(
        default_factory=dict,
        description="Other headers of every request. Secrets are references: env:NAME, file:PATH or a vault's.",
    )
    parameters: SentMapping = Field(
        default_factory=dict,
        description="Query parameters of every request, such as an API key. A secret is a reference: env:NAME, "
        "file:PATH or a vault's.",
    )
    timeout_seconds: float = Field(
        default=30, gt=0, description="How long to wait for a connection, or for the next bytes of an answer."
    )
    retries: int = Field(default=5, ge=0, description="Further attempts where the API could not answer.")
    longest_wait_seconds: float = Field(
        default=120, ge=0, description="The longest wait between two attempts; an API that asks for more fails the run."
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str, info: ValidationInfo) -> str:
        fault = address_fault(value, is_insecure=bool(info.data.get("insecure")))
        if fault:
            raise PydanticCustomError("tidegate", fault[0], {"hint": fault[1]})
        return value

    def resolved(self, name: str, environ: Mapping[str, str]) -> HttpConnection:
        """Return the connection with its secrets: hand it to the client and to nothing else.

        Args:
            name: Name of the connection.
            environ: The environment variables.

        Raises:
            ConfigError: A secret cannot be read, or cannot be sent.
        """
        headers = {key: text_of(value, environ) for key, value in self.headers.items()}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token.resolve(environ).reveal()}"
        elif self.user is not None:
            password = self.password.resolve(environ).reveal() if self.password else ""
            headers["Authorization"] = f"Basic {b64encode(f'{self.user}:{password}'.encode()).decode('ascii')}"
        return HttpConnection(
            name,
            self.url,
            headers,
            self.timeout_seconds,
            self.retries,
            self.longest_wait_seconds,
            self.insecure,
            {key: text_of(value, environ) for key, value in self.parameters.items()},
        )


# What decides which records are read, and as what: that is tidegate's and Spark's to say.
_NOT_OPTIONS = frozenset(
    {
        "auto.offset.reset",
        "bootstrap.servers",
        "enable.auto.commit",
        "interceptor.classes",
        "key.deserializer",
        "value.deserializer",
    }
)
_LOGINS = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}
_LOGIN_WITH_SECRET = re.compile(r"(?i)(passw|secret|token)\w*\s*=")
_BROKER = r"([^\s,/@:\[\]]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}"


class KafkaConnectionSettings(Section):
    """Brokers of Kafka whose topics jobs read."""

    type: Literal["kafka"] = Field(description="Kafka, through Spark's own connector.")
    bootstrap_servers: str = Field(
        pattern=f"^{_BROKER}(, ?{_BROKER})*$", description="Brokers to begin with, as host:port, separated by commas."
    )
    user: str | None = Field(default=None, description="Name of the user, for SASL (PLAIN or SCRAM).")
    password: SecretReference | None = Field(
        default=None, description="The user's password: env:NAME, file:PATH or a vault's."
    )
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="How the user is authenticated."
    )
    timeout_seconds: float = Field(
        default=30, ge=1, description="How long the brokers may take to say what a topic holds."
    )
    options: SentMapping = Field(
        default_factory=dict,
        description="Told to Kafka's client besides, in the words of its Java client, such as security.protocol. "
        "Secrets are references: env:NAME, file:PATH or a vault's.",
    )

    @field_validator("options")
    @classmethod
    def _check_options(cls, value: Mapping[str, object]) -> Mapping[str, object]:
        refused = sorted(_NOT_OPTIONS & value.keys())
        if refused:
            hint = "jobs say what is read, and from where on; brokers are bootstrap_servers"
            raise PydanticCustomError("tidegate", f"has {refused[0]}, which is not to be set", {"hint": hint})
        login, key = value.get("sasl.jaas.config"), value.get("ssl.keystore.key")
        if isinstance(key, str) or (isinstance(login, str) and _LOGIN_WITH_SECRET.search(login)):
            raise PydanticCustomError("tidegate", "holds a secret", {"hint": f"give a reference to it: {FORMS}"})
        return value

    def resolved(self, name: str, environ: Mapping[str, str]) -> KafkaConnection:
        """Return the connection with its secrets: hand it to Kafka's client and to nothing else.

        Args:
            name: Name of the connection.
            environ: The environment variables.

        Raises:
            ConfigError: A secret cannot be read.
        """
        properties = {key: text_of(value, environ) for key, value in self.options.items()}
        if self.user is not None:
            password = self.password.resolve(environ).reveal() if self.password else ""
            login = f"{_LOGINS[self.mechanism]} required username={_quoted(self.user)} password={_quoted(password)};"
            asked = {"security.protocol": "SASL_SSL", "sasl.mechanism": self.mechanism, "sasl.jaas.config": login}
            properties = asked | properties
        return KafkaConnection(name, self.bootstrap_servers, properties, self.timeout_seconds)


def _quoted(text: str) -> str:
    """Return a text as JAAS quotes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _type_of(value: object) -> object:
    return value.get("type", "jdbc") if isinstance(value, Mapping) else getattr(value, "type", "jdbc")


ConnectionName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
AnyConnectionSettings: TypeAlias = Annotated[
    Annotated[ConnectionSettings, Tag("jdbc")]
    | Annotated[HttpConnectionSettings, Tag("http")]
    | Annotated[KafkaConnectionSettings, Tag("kafka")],
    Discriminator(_type_of),
]
ConnectionsSettings: TypeAlias = ReadOnlyMapping[ConnectionName, AnyConnectionSettings]
