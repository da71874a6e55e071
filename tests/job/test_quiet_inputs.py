"""A run reads all its inputs, also those that have nothing to say: they are empty, or the run tells why it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.job.base import SparkJob
from tidegate.model.connections import KafkaConnection
from tidegate.model.contracts import Column, Contract, Rule
from tidegate.model.declarations import New, Output
from tidegate.model.modes import Append
from tidegate.model.names import TableName
from tidegate.model.topics import Kafka, TopicExtent
from tidegate.sources.kafka import KAFKA_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.default_line]

COLUMNS = (Column("id", "bigint", required=True),)
RULES = (Rule("id_is_not_null", "not_null", ("id",)),)
CONTRACTS = tuple(
    Contract(TableName.parse(name), "1.0.0", COLUMNS, RULES)
    for name in ("silver.all", "bronze.stock", "bronze.returns")
)
NOBODY = KafkaConnection("shop", "127.0.0.1:1", timeout_seconds=1)


class Both(SparkJob):
    """What comes over a topic, and what is in a table."""

    inputs = {"live": Kafka("shop", "orders"), "stock": New("bronze.stock")}
    output = Output("silver.all", Append())

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        live = inputs["live"]
        assert {"id", "_source_file", *KAFKA_COLUMNS} <= set(live.columns)
        return live.unionByName(inputs["stock"].select("id"), allowMissingColumns=True)


class Returned(SparkJob):
    """What is in two tables."""

    inputs = {"stock": New("bronze.stock"), "returns": New("bronze.returns")}
    output = Output("silver.all", Append())

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        return inputs["stock"].select("id").unionByName(inputs["returns"].select("id"))


def test_a_topic_without_news_is_an_empty_input_and_no_broker_is_asked_for_records(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(contracts=CONTRACTS, connections={"shop": NOBODY})
    sandbox.arrive("bronze.stock", spark.createDataFrame([(7,)], "id bigint"))
    empty = TopicExtent("t1", {0: 0}, {0: 0}, {0: 0})
    report = sandbox.run(Both(), topic=lambda connection, topic, since: empty)
    assert (report.status, report.counts.published) == ("succeeded", 1)
    assert sandbox.rows("silver.all") == [(7,)]
    assert [read.rows for read in report.inputs if read.name == "live"] == [None]


def test_a_table_that_nothing_has_written_yet_fails_the_run_that_would_read_it(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    """Its other input has news: what they make together could not be told apart from what they make later."""
    sandbox = new_sandbox(contracts=CONTRACTS)
    sandbox.arrive("bronze.stock", spark.createDataFrame([(7,)], "id bigint"))
    report = Returned().execute(sandbox.context)
    assert report.status == "failed"
    assert "bronze.returns does not exist yet" in str(report.error)
    assert "run the job that writes bronze.returns first" in str(report.error)
    assert sandbox.version("silver.all") is None
    sandbox.arrive("bronze.returns", spark.createDataFrame([(8,)], "id bigint"))
    assert sandbox.run(Returned()).counts.published == 2
