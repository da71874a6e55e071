"""Jobs that read topics of a real broker of Kafka: every record once, however runs are cut, die, or stream."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from tests.job.streams import Moment
from tests.job.topics import ORDERS, places, reading

from tidegate.errors import RunStoppedError, TidegateError
from tidegate.job.plan import plan_job
from tidegate.model.commits import Token
from tidegate.model.connections import KafkaConnection
from tidegate.pipeline.journal import Beginning, Journal, last_run
from tidegate.platforms.gateway import analysed_plan
from tidegate.sources.kafka import read_topic
from tidegate.sources.offsets import OffsetSpan
from tidegate.testing import check_replay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession
from tests.job.topics import Shop

pytestmark = [pytest.mark.spark, pytest.mark.integration]

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
MILLISECONDS = int(NOON.timestamp() * 1000)


class KilledError(BaseException):
    """The process has died: nothing that handles errors gets to see it."""


def _die() -> None:
    raise KilledError


def test_every_record_is_in_bronze_once_however_runs_die_and_partitions_come(new_shop: Callable[..., Shop]) -> None:
    """Against a plain model: what was sent, partition and offset, is what is there, in the table or in quarantine."""
    shop, version = new_shop(2), 0
    for turn, step in enumerate(("", "quarantine", "publish")):
        shop.orders(0, turn)
        shop.topic.send(1, f"no order {turn}", '{"id": 7}')
        if step:
            shop.sandbox.observers = [Moment(step, 1, _die)]
            with pytest.raises(KilledError):
                shop.job.execute(shop.sandbox.context)
            assert shop.sandbox.version("bronze.orders") == version
            shop.orders(0, 100 + turn)  # what comes after the death is part of the next run
            shop.sandbox.observers = []
        if step == "quarantine":
            shop.topic.widen(3)
            shop.orders(2, 5)
        shop.sandbox.run(shop.job)
        assert places(shop.sandbox) == sorted(shop.topic.sent)
        version = shop.sandbox.version("bronze.orders") or 0
        assert shop.sandbox.run(shop.job).status == "nothing_new"
        assert shop.sandbox.version("bronze.orders") == version


def test_a_record_is_what_came_and_says_where_it_is_from(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop()
    good = '{"id": 1, "price": 12345678.90, "tags": ["a"], "note": "x"}'
    shop.topic.send(0, good, key="k1", headers={"trace": "t1"}, milliseconds=MILLISECONDS)
    shop.topic.send(0, None, key="k2")  # a deletion
    shop.topic.send(0, '{"id": "x"}', "[1]", "", b"\xff", '{"id": 1} {"id": 2}', key="bad")
    report = shop.sandbox.run(shop.job)
    assert (report.counts.read, report.counts.published, report.counts.quarantined) == (7, 2, 5)
    (read,) = report.inputs
    assert (read.kind, read.format, read.table) == ("kafka", "kafka", f"shop/{shop.topic.name}")
    assert read.location == f"kafka://{shop.topic.address}/{shop.topic.name}"
    assert (read.cursor_from, read.cursor_to) == (None, '{"0":7}')
    store = shop.sandbox.context.tables.store(ORDERS)
    first, deletion = store.read(ORDERS).orderBy("_kafka_offset").collect()
    assert (first["id"], str(first["price"]), first["tags"]) == (1, "12345678.90", ["a"])
    assert first["_rescued"] == '{"note":"x"}'
    assert (first["_kafka_topic"], first["_kafka_partition"], first["_kafka_offset"]) == (shop.topic.name, 0, 0)
    assert (bytes(first["_kafka_key"]), first["_kafka_timestamp"]) == (b"k1", NOON.replace(tzinfo=None))
    assert [(one["key"], bytes(one["value"])) for one in first["_kafka_headers"]] == [("trace", b"t1")]
    assert (first["_source_file"], first["_source_line"]) == (f"shop/{shop.topic.name}/0", 0)
    assert (deletion["id"], bytes(deletion["_kafka_key"]), deletion["_kafka_headers"]) == (None, b"k2", None)
    aside = replace(ORDERS, layer="quarantine", dataset="bronze_orders")
    rows = shop.sandbox.context.tables.store(aside).read(aside).orderBy("_kafka_offset").collect()
    assert [row["_corrupt_record"] for row in rows] == [None, "[1]", "", "/w==", '{"id": 1} {"id": 2}']
    assert rows[0]["_rescued"] == '{"id":"x"}'
    assert [row["_reasons"][0]["rule"] for row in rows] == ["record_is_readable"] * 5
    assert {bytes(row["_kafka_key"]) for row in rows} == {b"bad"}


def test_a_batch_takes_so_many_records_and_says_what_is_left(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(2)
    shop.orders(0, *range(5))
    shop.orders(1, 9)
    job = reading(shop.topic.name, max_records=3)
    (planned,) = plan_job(type(job), shop.sandbox.context).inputs
    assert planned.reads == "3 offsets of 2 partitions"
    first = shop.sandbox.run(job)
    assert (first.counts.published, first.inputs[0].left) == (3, 3)
    commit = shop.sandbox.context.tables.store(ORDERS).last_commit(ORDERS, Token("bronze.orders", 0).application)
    assert commit is not None
    mark = commit.cursors["orders"]
    assert (mark.kind, mark.reach, mark.value) == ("offsets", '{"0":0,"1":0}', '{"0":2,"1":1}')
    assert shop.sandbox.run(job).counts.published == 3
    check_replay(job, shop.sandbox)
    assert places(shop.sandbox) == sorted(shop.topic.sent)


def test_a_run_that_is_resumed_reads_what_the_topic_held_when_it_was_first_asked(
    new_shop: Callable[..., Shop], tmp_path: Path
) -> None:
    shop = new_shop()
    folder, began = f"{tmp_path}/pipeline", NOON.isoformat()
    shop.orders(0, 1)
    journal = Journal(folder, Beginning("r1", began, began, ("bronze.orders",)))
    may = iter([None, None])

    def stopped() -> TidegateError | None:
        return next(may, RunStoppedError("told to stop"))

    broken = shop.job.execute(replace(shop.sandbox.context, stopped=stopped, reached=journal.reached))
    assert broken.status == "failed"
    shop.orders(0, 2)
    past = last_run(folder)
    assert past is not None
    resumed = replace(shop.sandbox.context, pins=past.pins)
    assert shop.job.execute(resumed).counts.published == 1
    assert shop.job.execute(resumed).status == "nothing_new"
    assert places(shop.sandbox) == [(0, 0)]
    assert shop.sandbox.run(shop.job).counts.published == 1


def test_records_that_are_gone_before_they_were_read_fail_the_run_unless_they_are_to_be_skipped(
    new_shop: Callable[..., Shop],
) -> None:
    shop = new_shop()
    shop.orders(0, 1, 2)
    shop.sandbox.run(shop.job)
    shop.orders(0, 3, 4, 5)
    shop.topic.expire(0, 4)
    error = shop.failure()
    assert "2 offsets in 1 partitions: partition 0 has been read up to 2, and its oldest record is 4 now" in error
    assert places(shop.sandbox) == [(0, 0), (0, 1)]
    skipping = reading(shop.topic.name, on_gap="skip")
    report = shop.sandbox.run(skipping)
    assert (report.counts.published, report.inputs[0].lost) == (1, 2)
    assert places(shop.sandbox) == [(0, 0), (0, 1), (0, 4)]
    assert shop.sandbox.run(shop.job).status == "nothing_new"
    shop.topic.remake()
    shop.orders(0, *range(10, 16))  # as many as have been read, and one more
    assert "the topic was made anew" in shop.failure()
    assert shop.sandbox.run(skipping).counts.published == 6


def test_records_that_go_while_they_are_read_fail_the_run(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop()
    shop.orders(0, 1, 2, 3)
    shop.sandbox.observers = [Moment("stage", 1, lambda: shop.topic.expire(0, 2))]
    assert "records of a topic have gone while they were read" in shop.failure(on_gap="skip")
    assert places(shop.sandbox) == []


def test_records_of_a_transaction_count_once_it_is_committed(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop()
    shop.topic.transact('{"id": 1}', is_aborted=True)
    shop.topic.transact('{"id": 2}', '{"id": 3}', is_aborted=False)
    assert shop.sandbox.run(shop.job).counts.read == 2
    assert [row[0] for row in shop.sandbox.rows("bronze.orders")] == [2, 3]
    assert shop.sandbox.run(shop.job).status == "nothing_new"


def test_the_first_batch_may_begin_at_a_moment(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(2)
    shop.topic.send(0, '{"id": 1}', milliseconds=MILLISECONDS - 1)
    shop.topic.send(1, '{"id": 2}', milliseconds=MILLISECONDS - 1)
    job = reading(shop.topic.name, since=NOON)
    assert shop.sandbox.run(job).status == "nothing_new"
    shop.topic.send(0, '{"id": 3}', milliseconds=MILLISECONDS)
    shop.sandbox.run(job)
    shop.topic.send(1, '{"id": 4}', milliseconds=MILLISECONDS - 1)  # it came later, whatever it says
    shop.sandbox.run(job)
    assert [row[0] for row in shop.sandbox.rows("bronze.orders")] == [3, 4]


def test_what_cannot_be_asked_is_told_without_a_secret(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop()
    missing = reading("nowhere").execute(shop.sandbox.context)
    assert "Kafka cannot be asked (UnknownTopicOrPartitionException)" in str(missing.error)
    assert "shop/nowhere" in str(missing.error)
    for properties, said in (
        ({}, "(TimeoutException)"),
        ({"security.protocol": "SASL_SSL", "sasl.jaas.config": "s3cret"}, "check bootstrap_servers"),
    ):
        wrong = KafkaConnection("shop", "127.0.0.1:1", properties, timeout_seconds=1)
        shop.sandbox.connections = {"shop": wrong}
        error = shop.failure()
        assert said in error
        assert "s3cret" not in error
        assert "s3cret" not in repr(wrong)


def test_no_secret_is_in_what_is_told_of_the_plan(spark: SparkSession, new_shop: Callable[..., Shop]) -> None:
    shop = new_shop()
    connection = KafkaConnection("shop", shop.topic.address, {"ssl.keystore.password": "s3cret"})
    span = OffsetSpan(shop.topic.name, "", {0: 0}, {0: 1})
    frame = read_topic(spark, connection, reading(shop.topic.name).inputs["orders"], span)  # type: ignore[arg-type]
    write = analysed_plan(frame)
    assert write is not None
    assert "s3cret" not in write()
    assert "s3cret" not in frame._jdf.queryExecution().toString()  # what Spark's pages show
