"""What a run is given: session, tables, contracts, staging and observers. The factory puts it together."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TypeVar

from tidegate.errors import ConfigError, TidegateError
from tidegate.job.retries import Retries
from tidegate.model.commits import LIVE
from tidegate.model.connections import Connection, HttpConnection, KafkaConnection
from tidegate.model.privacy import no_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.contracts.book import ContractBook
    from tidegate.model.connections import AnyConnection
    from tidegate.model.erasures import HashedSubject
    from tidegate.model.events import Observer, RunRefused, RunStarted, StepStarted
    from tidegate.model.maintenance import Maintenance
    from tidegate.model.pins import Pin, Pins
    from tidegate.model.privacy import PrivacyKey
    from tidegate.model.replays import Replay
    from tidegate.model.reports import PipelineReport, RunReport
    from tidegate.model.resources import Resources
    from tidegate.model.slices import Slice
    from tidegate.model.topics import TopicExtent
    from tidegate.tables.catalog import Catalog
    from tidegate.tables.staging import RunStaging

_log = logging.getLogger("tidegate.job")

_Kind = TypeVar("_Kind", Connection, HttpConnection, KafkaConnection)


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(tz=timezone.utc)


def new_run_id() -> str:
    """Return a new run id: a UUID of version 7 (RFC 9562).

    Its first 48 bits are the time in milliseconds, so that ids sort by start.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | (uuid.uuid4().int & ((1 << 80) - 1))
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(uuid.UUID(int=value))


@dataclass(frozen=True)
class Observers:
    """All observers as one. Whatever one of them raises is logged, and never reaches the run.

    Jobs that run at the same time tell them one after the other, so an observer need not be safe for threads.
    """

    members: tuple[Observer, ...] = ()
    _turn: threading.RLock = field(default_factory=threading.RLock, init=False, repr=False, compare=False)

    def started(self, event: RunStarted) -> None:
        """Tell all that a run has started."""
        self._tell(lambda member: member.started(event))

    def refused(self, event: RunRefused) -> None:
        """Tell all that a run could not begin."""
        self._tell(lambda member: member.refused(event))

    def step(self, event: StepStarted) -> None:
        """Tell all that a run has entered a step."""
        self._tell(lambda member: member.step(event))

    def ended(self, report: RunReport) -> None:
        """Tell all how a job's run ended."""
        self._tell(lambda member: member.ended(report))

    def pipeline_ended(self, report: PipelineReport) -> None:
        """Tell all how a pipeline's run ended."""
        self._tell(lambda member: member.pipeline_ended(report))

    def close(self) -> None:
        """Let all deliver what is waiting."""
        self._tell(lambda member: member.close())

    def _tell(self, call: Callable[[Observer], None]) -> None:
        with self._turn:
            for member in self.members:
                try:
                    call(member)
                except Exception as error:  # noqa: BLE001 - an observer never breaks a run
                    _log.warning("observer %s failed: %s", type(member).__name__, type(error).__name__)


def may_go_on() -> TidegateError | None:
    """Return None: nothing keeps a run from going on."""
    return None


def nobody_notes(job: str, name: str, bound: str) -> None:
    """Leave it at that: the run is not resumed."""


def no_interrupt(thread: int) -> None:
    """Leave the thread's work in Spark alone."""


def no_connections(name: str) -> AnyConnection:
    """Refuse: there is no connection of any name."""
    raise ConfigError(f"there is no connection {name}", where="connections", hint="add it to the settings")


def no_topics(connection: KafkaConnection, topic: str, _since: datetime | None) -> TopicExtent:
    """Refuse: nobody can be asked what a topic holds."""
    raise ConfigError(f"nobody can be asked what the topic {topic} holds", where=f"connections.{connection.name}")


@dataclass(frozen=True)
class RunContext:
    """Everything that a run needs and a job does not hold.

    Attributes:
        session: Returns the Spark session, starting it when it is first asked for. A run with nothing new never asks.
        tables: The catalog.
        contracts: The contracts of all tables.
        staging: Where a batch waits for the gate.
        landing: Root of the landing zone, for jobs that read files.
        connection: Returns the connection of a name, its secrets read, for jobs that read databases, APIs or Kafka.
        topic: Returns what a topic of Kafka holds now, and where a moment is in it if one is given.
        observers: Who is told.
        max_quarantined_share: Share (0 to 1) of a batch that may be quarantined before the run is refused; None for no
            limit.
        min_score: The least score (0 to 1) of a batch that is published, where its contract names none; None for no
            limit.
        clock: Returns the time, in UTC.
        scope: `live`, or the name of a backfill.
        part: The slice of the inputs that a run of a backfill takes; None for what is new.
        pin: What the inputs are to be taken as of, for a run that writes nothing; None for one that does.
        replay: Which rows that were set aside the run takes, instead of what is new; None for what is new.
        pipeline: Name of the pipeline that the run belongs to.
        parent_run_id: Run of that pipeline.
        is_debugging: Whether foreign errors are shown whole, data values included.
        retries: How often a batch is offered again to a table that another writer was faster at.
        fold_rows: How many late rows wait beside a table before a run merges them.
        own_session: Gives the calling thread a session of its own within, so that the settings of jobs that run at the
            same time do not meet.
        maintain: Keeps the table of that name in order if that is due, and returns what was done; None where runs are
            not followed by upkeep.
        privacy_key: Returns the key of keyed hashes; asked only where something is hashed.
        erased: Returns who was erased by now, and is kept out of all tables.
        look_into: Returns what writes the analysed plan of a frame as JSON, for the lineage of columns, or None where a
            platform has none to give; None where nobody wants to know.
        usage: Returns what has been used of the machine so far; None where nobody counts.
        pins: What the inputs are to be read up to, for a run that is resumed or part of a stream; None for one that
            reads what is new.
        stopped: Returns why the run may not go on, asked before each step; None where it may.
        interrupt: Cancels what a thread, by its number, has Spark do.
        turn: Waits until the run may write, where it is prepared beside others that write before it; None for no one.
        reached: Is told up to where a run reads a database, an API or a topic, before it does: the job, the input,
            `kind:value`.
        attempt: Number of the attempt, where a pipeline runs a job again.
        retries_left: How many more times it does so at most.
    """

    session: Callable[[], SparkSession]
    tables: Catalog
    contracts: ContractBook
    staging: RunStaging
    landing: str = ""
    connection: Callable[[str], AnyConnection] = no_connections
    topic: Callable[[KafkaConnection, str, datetime | None], TopicExtent] = no_topics
    observers: Observers = field(default_factory=Observers)
    max_quarantined_share: float | None = None
    min_score: float | None = None
    clock: Callable[[], datetime] = utc_now
    scope: str = LIVE
    part: Slice | None = None
    pin: Pin | None = None
    replay: Replay | None = None
    pipeline: str | None = None
    parent_run_id: str | None = None
    is_debugging: bool = False
    retries: Retries = field(default_factory=Retries)
    fold_rows: int = 100_000
    own_session: Callable[[], AbstractContextManager[None]] = nullcontext
    maintain: Callable[[str], Maintenance | None] | None = None
    privacy_key: Callable[[], PrivacyKey] = no_key
    erased: Callable[[], frozenset[HashedSubject]] = frozenset
    look_into: Callable[[DataFrame], Callable[[], str] | None] | None = None
    usage: Callable[[], Resources] | None = None
    pins: Pins | None = None
    stopped: Callable[[], TidegateError | None] = may_go_on
    interrupt: Callable[[int], None] = no_interrupt
    turn: Callable[[], None] | None = None
    reached: Callable[[str, str, str], None] = nobody_notes
    attempt: int = 1
    retries_left: int = 0

    @property
    def now(self) -> datetime:
        """The moment that the run is about: the present, or that of the run that it resumes."""
        return (self.pins.moment if self.pins else None) or self.clock()

    @property
    def is_rehearsing(self) -> bool:
        """Whether the run writes nothing."""
        return self.pin is not None or (self.replay is not None and self.replay.is_dry_run)

    def database(self, name: str) -> Connection:
        """Return the connection of a name, which is a database's.

        Raises:
            ConfigError: It is not, does not exist, or a secret cannot be read.
        """
        return self._connection(name, Connection, "a database", "url: jdbc:postgresql://host:5432/database")

    def api(self, name: str) -> HttpConnection:
        """Return the connection of a name, which is an API's.

        Raises:
            ConfigError: It is not, does not exist, or a secret cannot be read.
        """
        return self._connection(name, HttpConnection, "an API", "type: http, url: https://api.example.com")

    def kafka(self, name: str) -> KafkaConnection:
        """Return the connection of a name, which is one to Kafka.

        Raises:
            ConfigError: It is not, does not exist, or a secret cannot be read.
        """
        return self._connection(name, KafkaConnection, "Kafka", "type: kafka, bootstrap_servers: broker:9092")

    def _connection(self, name: str, kind: type[_Kind], wanted: str, hint: str) -> _Kind:
        found = self.connection(name)
        if not isinstance(found, kind):
            raise ConfigError(f"the connection {name} is not {wanted}", where="connections", hint=hint)
        return found

    def within(self, *, pipeline: str, run_id: str) -> RunContext:
        """Return the same context for a job of a pipeline's run."""
        return replace(self, pipeline=pipeline, parent_run_id=run_id)
