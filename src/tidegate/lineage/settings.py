"""What lineage is told when it is built: where the events go, and how long a run may wait for them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from tidegate.errors import ConfigError

_RUN_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class TransportSettings:
    """One way for events to leave.

    Attributes:
        kind: `file`: a file of JSON lines per run in the lake, or, with a path, one file outside of it. `http`: a
            receiver of OpenLineage events. `kafka`: a topic.
        name: Name of the receiver: its undelivered events wait in a folder of that name. Distinct among transports.
        url: Base address of the receiver (`http` only); without user name and password.
        endpoint: Path below the base address.
        timeout_seconds: How long one request may wait for a connection, or for the next bytes of an answer; of a topic,
            how long one event may wait for its brokers.
        api_key: Sent as a bearer token; None for none. Never shown.
        headers: Further headers, as pairs. Never shown.
        verify: Whether certificates are checked; a path names a bundle of authorities.
        path: File outside of the lake that events are appended to (`file` only); in an object store, what the names of
            the files begin with, one per event.
        topic: The topic (`kafka` only).
        properties: What the producer is told, its brokers and credentials among it (`kafka` only). Never shown.
    """

    kind: Literal["file", "http", "kafka"] = "file"
    name: str = "http"
    url: str = ""
    endpoint: str = "api/v1/lineage"
    timeout_seconds: float = 1.0
    api_key: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    verify: bool | str = True
    path: str = ""
    topic: str = ""
    properties: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def is_spooled(self) -> bool:
        """Whether there is a receiver that may be away, so that events wait for it."""
        return self.kind != "file" or bool(self.path)

    def __post_init__(self) -> None:
        """Refuse a receiver that cannot be reached as it is written.

        Raises:
            ConfigError: The address is missing, is not one of HTTP, or holds credentials; or a wait is not positive.
        """
        if self.timeout_seconds <= 0:
            raise ConfigError("the timeout of a lineage transport must be positive", where=f"transport {self.name}")
        if self.kind != "http":
            return
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(
                "a lineage transport of kind http needs the receiver's address",
                where=f"transport {self.name}",
                hint="write url: https://host:port",
            )
        if parts.username or parts.password:
            raise ConfigError(
                "the address of a lineage receiver holds a user name or a password",
                where=f"transport {self.name}",
                hint="give api_key or headers instead, by reference to a secret",
            )


@dataclass(frozen=True)
class Engine:
    """What the jobs run on, such as Spark 3.5.7."""

    name: str
    version: str


@dataclass(frozen=True)
class ParentRun:
    """A run outside tidegate that started this one, such as a scheduler's task.

    Attributes:
        namespace: Namespace of its job.
        job: Its job.
        run_id: The run (UUID).
    """

    namespace: str
    job: str
    run_id: str

    @classmethod
    def parse(cls, text: str) -> ParentRun:
        """Return the run that a text such as `airflow/shop.load/0199c000-…` means.

        Raises:
            ConfigError: It is not a namespace, a job and a run id with slashes between them.
        """
        namespace, _, rest = text.partition("/")
        job, _, run_id = rest.rpartition("/")
        if not (namespace and job and _RUN_ID.fullmatch(run_id)):
            raise ConfigError(
                "the run that started this one cannot be told from its id",
                where="OPENLINEAGE_PARENT_ID or OPENLINEAGE_ROOT_PARENT_ID",
                hint="write namespace/job/run id, the run id as a UUID; or unset the variable",
            )
        return cls(namespace, job, run_id)


@dataclass(frozen=True)
class LineageSettings:
    """Where events go and what they say of their surroundings.

    Attributes:
        root: Root of the lake; events and spool live below `_tidegate/` there.
        namespace: Namespace of jobs and of table names, such as the environment.
        transports: Where events go.
        close_seconds: The longest that the end of a run waits for receivers.
        write_seconds: The longest that the end of a run waits for its events to be made and written to the lake. Making
            them takes well under a second; this bound is for a store that hangs.
        redelivered_per_run: How many spooled events one run sends at most.
        engine: What the jobs run on; None takes Spark and its version where pyspark has been loaded.
        parent: The run outside tidegate that started this one, if any.
        root_parent: The run that started everything, if it is another one than `parent`.
    """

    root: str
    namespace: str = "tidegate"
    transports: tuple[TransportSettings, ...] = (TransportSettings(),)
    close_seconds: float = 2.0
    write_seconds: float = 10.0
    redelivered_per_run: int = 500
    engine: Engine | None = None
    parent: ParentRun | None = None
    root_parent: ParentRun | None = None
