"""Topics of Kafka: what a job declares of one, and what one holds now."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - tests make values from the annotations
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - as above
from typing import Literal, TypeAlias

from tidegate.errors import JobDefinitionError

OnGap: TypeAlias = Literal["fail", "skip"]

_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")


@dataclass(frozen=True)
class Kafka:
    """The records of a topic that came since the job's last successful run, each exactly once; their values are JSON.

    Attributes:
        connection: Name of the connection in the settings.
        topic: The topic.
        max_records: How many records one batch takes at most; None for all there are. The others are left for the next.
        since: Moment from which on the first batch reads; None for all that the topic still has.
        on_gap: What happens where records that were never read are gone, because their time was up or the topic was
            made anew: `fail`, and nothing is published; or `skip`, and the batch goes on with what is left.
    """

    connection: str
    topic: str
    max_records: int | None = None
    since: datetime | None = None
    on_gap: OnGap = "fail"

    def __post_init__(self) -> None:
        """Refuse what is no topic's name, a batch of nothing, and a moment that may be several."""
        where = f"Kafka({self.connection!r}, {self.topic!r})"
        if not _TOPIC.fullmatch(self.topic) or self.topic in {".", ".."}:
            raise JobDefinitionError(
                "a topic has a name of letters, digits, dots, dashes and underscores",
                where=where,
                hint="one input reads one topic",
            )
        if self.max_records is not None and self.max_records < 1:
            raise JobDefinitionError("a batch takes at least one record", where=where, hint="max_records=1_000_000")
        if self.since is not None and self.since.tzinfo is None:
            raise JobDefinitionError(
                "the moment has no zone", where=where, hint="since=datetime(2024, 1, 31, tzinfo=timezone.utc)"
            )
        if self.on_gap not in {"fail", "skip"}:
            raise JobDefinitionError(f"on_gap is not {self.on_gap!r}", where=where, hint='on_gap="fail" or "skip"')

    @property
    def label(self) -> str:
        """What people know the source by."""
        return f"{self.connection}/{self.topic}"


@dataclass(frozen=True)
class TopicExtent:
    """What a topic holds now.

    Attributes:
        id: What tells it from one that had its name before; empty where its brokers do not tell.
        first: Per partition, the offset of the oldest record that is still there.
        end: Per partition, the offset that the next record will have.
        since: Per partition, the offset of the first record since a moment that was asked for; where there is none, a
            partition is left out.
    """

    id: str
    first: Mapping[int, int]
    end: Mapping[int, int]
    since: Mapping[int, int] = field(default_factory=dict)
