"""What may run as a stream is told from the declaration alone, and what may not is told what to do. No Spark."""

from __future__ import annotations

import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.job.test_pinned import Table
from tests.pipeline.fakes import context

from tidegate.errors import ConfigError, JobDefinitionError, RunStoppedError, TableError
from tidegate.factory.stopping import told_to_stop
from tidegate.job.base import SparkJob
from tidegate.job.streams.handing import Counter
from tidegate.job.streams.positions import Watched, WatchedTopic, fingerprint, watched_by
from tidegate.model.declarations import Cursor, Database, Files, New, Output, Whole
from tidegate.model.deliveries import Delivery
from tidegate.model.modes import Append
from tidegate.model.pins import Pins
from tidegate.model.streams import Trigger
from tidegate.model.topics import Kafka

if TYPE_CHECKING:
    from tidegate.job.context import RunContext
    from tidegate.model.declarations import Input
    from tidegate.tables.catalog import Catalog


def job(**inputs: Input) -> type[SparkJob]:
    members = {"inputs": inputs, "output": Output("silver.some", Append()), "transform": lambda _, frames: frames}
    return type("Some", (SparkJob,), members)


def around(table: Table, landing: str = "/landing") -> RunContext:
    catalog: Catalog = table  # type: ignore[assignment]
    return context(tables=catalog, landing=landing)


@given(st.integers(1, 9_999), st.sampled_from(["second", "minute", "hour"]), st.booleans())
def test_a_trigger_is_what_was_written(number: int, unit: str, has_space: bool) -> None:
    trigger = Trigger.parse(f"{number}{' ' * has_space}{unit}{'s' * (number > 1)}")
    assert trigger.every == timedelta(**{f"{unit}s": number})
    assert Trigger.parse(str(trigger)) == trigger
    assert Trigger.parse("available-now").every is None


@pytest.mark.parametrize("text", ["", "now", "0 seconds", "-1 seconds", "1 day", "1.5 seconds", "30  seconds"])
def test_what_is_no_trigger_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is no trigger"):
        Trigger.parse(text)


@pytest.mark.parametrize("kind", ["delta", "parquet"])
def test_all_that_makes_a_run_start_is_watched_and_nothing_else(kind: str) -> None:
    known = around(Table(3, kind))
    found = watched_by(job(b=New("bronze.b"), a=Files("a", "csv"), whole=Whole("bronze.c")), known)
    watched = [one for one in found if isinstance(one, Watched)]
    assert [(one.name, one.table) for one in watched] == [("a", None), ("b", "bronze.b")]
    assert watched[0].folder == "/landing/a"
    assert watched[0].files == "*.csv"
    assert len(watched[1].files) == len("00000000000000000000.json")
    assert fingerprint(watched) != fingerprint(watched[:1])


def test_a_topic_is_watched_alone() -> None:
    known, orders = around(Table(1, "delta")), Kafka("shop", "orders")
    watched = watched_by(job(orders=orders, whole=Whole("bronze.c")), known)
    assert watched == (WatchedTopic("orders", "shop", "orders"),)
    assert fingerprint(watched) != fingerprint(watched_by(job(orders=Kafka("shop", "returns")), known))
    with pytest.raises(JobDefinitionError, match="one topic, and nothing beside it") as caught:
        watched_by(job(orders=orders, files=Files("f", "csv")), known)
    assert "inputs orders, files" in str(caught.value)


@pytest.mark.parametrize(
    ("declared", "table", "landing", "error", "said"),
    [
        (Database("shop", Cursor("id"), table="t"), Table(1, "delta"), "/l", JobDefinitionError, "does not tell when"),
        (New("bronze.b"), Table(1, "iceberg"), "/l", JobDefinitionError, "in iceberg"),
        (New("bronze.b"), Table(0, "delta"), "/l", TableError, "does not exist yet"),
        (
            Files("f", "csv", delivery=Delivery(timedelta(hours=1), marker="_OK")),
            Table(1, "delta"),
            "/l",
            JobDefinitionError,
            "completes their delivery",
        ),
        (Files("f", "csv"), Table(1, "delta"), "/l/[x]", JobDefinitionError, "takes for a pattern"),
    ],
)
def test_what_cannot_be_watched_is_refused_with_what_to_do(
    declared: Input, table: Table, landing: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        watched_by(job(one=declared), around(table, landing))
    assert caught.value.hint  # type: ignore[attr-defined]


def test_a_micro_batch_that_nobody_takes_is_not_done() -> None:
    counter = Counter()
    assert counter.take(0.0) is None
    counter.close()
    with pytest.raises(RunStoppedError):
        counter.offer(Pins(None))


@pytest.mark.usefixtures("ctrl_c")
def test_the_first_signal_asks_and_the_second_one_is_as_ever() -> None:
    with told_to_stop() as told:
        assert not told.is_set()
        signal.raise_signal(signal.SIGINT)
        assert told.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
