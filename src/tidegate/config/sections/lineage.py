"""Where OpenLineage events go, and how long a run may wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from tidegate.config.frozen import Section
from tidegate.config.scalars import ScalarMapping
from tidegate.config.secrets import SecretReference
from tidegate.lineage.spark_agent import can_take

if TYPE_CHECKING:
    from typing_extensions import Self

_URL_HINT = "https://host:port"


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_address = (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        is_address = False
    if not is_address or parts.query or parts.fragment:
        raise PydanticCustomError("tidegate", "is not the address of a receiver", {"hint": _URL_HINT})
    if parts.username or parts.password or "@" in parts.netloc:
        raise PydanticCustomError(
            "tidegate", "holds a user name or a password", {"hint": "give api_key as a reference to a secret"}
        )
    return value


_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


class FileTransportSettings(Section):
    """Events as JSON lines: a file per run in the lake, or, with a path, one file outside of it."""

    type: Literal["file"]
    name: str = Field(
        default="file",
        pattern=_NAME,
        description="With a path: name of the folder where events wait that cannot be written.",
    )
    path: str | None = Field(
        default=None,
        min_length=1,
        description="File outside of the lake that events are appended to; in an object store, what the names of the "
        "files begin with, one per event. Left out: the lake's own files.",
    )


class KafkaTransportSettings(Section):
    """Events sent to a topic of Kafka; those that its brokers do not take are kept and sent by a later run."""

    type: Literal["kafka"]
    name: str = Field(default="kafka", pattern=_NAME, description="Name of the folder where undelivered events wait.")
    bootstrap_servers: str = Field(min_length=1, description="Brokers to begin with: host:port, with commas between.")
    topic: str = Field(pattern=r"^[A-Za-z0-9._-]{1,249}$", description="The topic.")
    timeout_seconds: float = Field(default=3.0, gt=0, le=30, description="How long one event may wait for the brokers.")
    options: ScalarMapping = Field(
        default_factory=dict,
        description="What the producer is told besides, in librdkafka's words, such as security.protocol. A secret is "
        "a reference: env:NAME, file:PATH or a vault's.",
    )


class HttpTransportSettings(Section):
    """Events sent to a receiver, such as Marquez; those it does not take are kept and sent by a later run."""

    type: Literal["http"]
    name: str = Field(
        default="http",
        pattern=_NAME,
        description="Name of the receiver, and of the folder where its undelivered events wait.",
    )
    url: Annotated[str, AfterValidator(_address)] = Field(description="Base address of the receiver.")
    endpoint: str = Field(default="api/v1/lineage", description="Path below the base address.")
    timeout_seconds: float = Field(default=1.0, gt=0, le=30, description="How long one request may wait.")
    api_key: SecretReference | None = Field(
        default=None, description="Sent as a bearer token: env:NAME, file:PATH or a vault's. Left out, none is sent."
    )


TransportSettings: TypeAlias = Annotated[
    FileTransportSettings | HttpTransportSettings | KafkaTransportSettings, Field(discriminator="type")
]


def _distinct(transports: tuple[TransportSettings, ...]) -> tuple[TransportSettings, ...]:
    names = [one.name for one in transports if not isinstance(one, FileTransportSettings) or one.path]
    if len(set(names)) < len(names):
        raise PydanticCustomError("tidegate", "has two receivers of one name", {"hint": "give each its own name"})
    return transports


class LineageSettings(Section):
    """Where OpenLineage events go, and how long a run may wait for them."""

    enabled: bool = Field(default=True, description="Whether events are made at all.")
    namespace: str = Field(
        default="tidegate",
        min_length=1,
        description="Namespace of jobs and tables, such as the name of the environment.",
    )
    transports: Annotated[tuple[TransportSettings, ...], Field(strict=False), AfterValidator(_distinct)] = Field(
        default=(FileTransportSettings(type="file"),), description="Where events go."
    )
    close_seconds: float = Field(
        default=2.0, ge=0, le=60, description="The longest that the end of a run waits for events to leave."
    )
    spark_agent: bool = Field(
        default=False,
        description="Whether OpenLineage's agent in Spark tells of every query too, as a child of the run for which "
        "Spark was started. It needs a transport of type http, or file with a path on this machine's disk.",
    )

    @model_validator(mode="after")
    def _has_somewhere_to_send(self) -> Self:
        """Refuse an agent whose events would go nowhere.

        Raises:
            PydanticCustomError: No transport is one that the agent has.
        """
        found = any(can_take(one.type, getattr(one, "path", None) or "") for one in self.transports)
        if self.spark_agent and self.enabled and not found:
            hint = "add {type: http, url: https://host:port}, or {type: file, path: /var/log/events.jsonl}"
            raise PydanticCustomError(
                "tidegate", "has spark_agent, and no transport that the agent has", {"hint": hint}
            )
        return self
