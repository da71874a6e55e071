"""What a run of a job that reads a topic would read, and what such a job refuses. No Spark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, cast

import pytest
from tests.job.test_pinned import Table
from tests.pipeline.fakes import context

from tidegate.errors import ConfigError, JobDefinitionError, SourceError
from tidegate.job.base import SparkJob
from tidegate.job.plan import plan_job
from tidegate.job.rehearsal import plan_as_of
from tidegate.job.slicing import plan_slice
from tidegate.model.commits import Commit, Token
from tidegate.model.connections import Connection, KafkaConnection
from tidegate.model.cursors import CursorMark
from tidegate.model.declarations import Cursor, Database, Output
from tidegate.model.modes import Append
from tidegate.model.pins import Pin
from tidegate.model.slices import REBUILD, Slice, Span
from tidegate.model.topics import Kafka, TopicExtent
from tidegate.sources.offsets import OffsetSpan

if TYPE_CHECKING:
    from tidegate.job.context import RunContext
    from tidegate.model.connections import AnyConnection
    from tidegate.model.names import TableName
    from tidegate.tables.catalog import Catalog

BEGUN = datetime(2024, 1, 1, tzinfo=timezone.utc)
READ = OffsetSpan("orders", "t1", {0: 0}, {0: 5}).mark()


class Orders(SparkJob):
    """Orders of a topic."""

    inputs = {"orders": Kafka("shop", "orders", since=BEGUN)}
    output = Output("bronze.orders", Append())


class FromDatabase(SparkJob):
    """Orders of a database, under the same name."""

    inputs = {"orders": Database("shop", Cursor("id"), table="orders")}
    output = Output("bronze.orders", Append())


@dataclass(frozen=True)
class Known(Table):
    """A table whose last commit has read so far."""

    mark: CursorMark | None = None

    def last_commit(self, table: TableName, application: str) -> Commit | None:  # type: ignore[override]
        return Commit(Token("bronze.orders", 3), "r", cursors={"orders": self.mark}) if self.mark else None


class Broker:
    """A topic, and what was asked of it."""

    def __init__(self, end: int) -> None:
        self.extent = TopicExtent("t1", {0: 0}, {0: end}, {0: 2})
        self.asked: list[tuple[str, datetime | None]] = []
        self.reached: list[tuple[str, str, str]] = []

    def topic(self, connection: KafkaConnection, topic: str, since: datetime | None) -> TopicExtent:
        self.asked.append((f"{connection.servers}/{topic}", since))
        return self.extent


def around(broker: Broker, mark: CursorMark | None = None, connection: AnyConnection | None = None) -> RunContext:
    tables = cast("Catalog", Known(1, "memory", mark))
    shop = connection or KafkaConnection("shop", "b1:9092,b2:9092")
    return context(
        tables,
        connection=lambda _: shop,
        topic=broker.topic,
        reached=lambda job, name, bound: broker.reached.append((job, name, bound)),
    )


def test_the_first_batch_asks_for_the_moment_and_the_next_ones_go_on_from_the_commit() -> None:
    broker = Broker(7)
    first = plan_job(Orders, around(broker))
    assert (first.is_due, first.inputs[0].reads, first.token.batch) == (True, "5 offsets of 1 partitions", 1)
    later = plan_job(Orders, around(broker, READ))
    assert (later.is_due, later.inputs[0].reads, later.token.batch) == (True, "2 offsets of 1 partitions", 4)
    assert broker.asked == [("b1:9092,b2:9092/orders", BEGUN), ("b1:9092,b2:9092/orders", None)]
    assert broker.reached == [("bronze.orders", "orders", 'offsets:{"0":7}')] * 2
    span = later.inputs[0].span
    assert isinstance(span, OffsetSpan)
    assert span.location == "kafka://b1:9092/orders"


def test_a_topic_without_news_is_no_batch() -> None:
    broker = Broker(5)
    plan = plan_job(Orders, around(broker, READ))
    assert (plan.is_due, plan.inputs[0].reads, broker.reached) == (False, "-", [])


def test_an_input_that_has_read_something_else_is_refused() -> None:
    mark = CursorMark("5", "sequence", "5", column="id")
    with pytest.raises(SourceError, match="a source of another kind"):
        plan_job(Orders, around(Broker(7), mark))
    with pytest.raises(SourceError, match="a source of another kind"):
        plan_job(FromDatabase, around(Broker(7), READ))


def test_a_connection_of_another_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match="is not Kafka") as caught:
        plan_job(Orders, around(Broker(7), connection=Connection("shop", "jdbc:postgresql://db/shop")))
    assert "type: kafka" in str(caught.value)


def test_nobody_to_ask_is_an_error() -> None:
    asked = context(cast("Catalog", Known(1)), connection=lambda _: KafkaConnection("shop", "b:9092"))
    with pytest.raises(ConfigError, match="nobody can be asked"):
        plan_job(Orders, asked)


def test_a_topic_is_neither_sliced_nor_read_as_of_the_past() -> None:
    day = Slice(1, Span(date(2024, 1, 1), date(2024, 1, 2)))
    for part in (day, REBUILD):
        with pytest.raises(JobDefinitionError, match="in the order of its offsets") as caught:
            plan_slice(Orders, around(Broker(7)), part)
        assert "remove the table and run the job" in str(caught.value)
    with pytest.raises(JobDefinitionError, match="only tables have versions"):
        plan_as_of(Orders, around(Broker(7)), Pin(version=1))


@pytest.mark.parametrize(
    ("topic", "changes", "said"),
    [
        ("a b", {}, "a topic has a name"),
        ("..", {}, "a topic has a name"),
        ("orders", {"max_records": 0}, "at least one record"),
        ("orders", {"since": datetime(2024, 1, 1)}, "has no zone"),  # noqa: DTZ001 - that is the mistake
        ("orders", {"on_gap": "ignore"}, "on_gap is not 'ignore'"),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused(topic: str, changes: dict[str, object], said: str) -> None:
    with pytest.raises(JobDefinitionError, match=said) as caught:
        Kafka("shop", topic, **changes)  # type: ignore[arg-type]
    assert caught.value.hint
