"""What Spark is asked to do ends with the job's time; a holder of a lease that wakes up in its commit does no harm."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
from tests.job.shop import Orders, contracts, frame, record

from tidegate.factory.sessions import Sessions
from tidegate.job.base import SparkJob
from tidegate.model.declarations import Output
from tidegate.model.events import Observer
from tidegate.model.modes import Upsert
from tidegate.model.pipelines import Step
from tidegate.pipeline.graph import Graph
from tidegate.pipeline.run import Plan, run_pipeline
from tidegate.platforms.gateway import has_gateway
from tidegate.storage.lease import Terms, acquire
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.events import StepStarted
    from tidegate.model.reports import RunReport
    from tidegate.platforms.port import Platform, SessionRequest

pytestmark = [pytest.mark.spark]

SLEEP = "if(reflect('java.lang.Thread', 'sleep', 60000L) is null, {0}, {0})"


class Slow(SparkJob):
    """Orders that take a minute each."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Upsert(keys=("order_id",), sequence_by="updated_at"))

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return the orders, late."""
        return inputs["orders"].selectExpr(
            *(
                SLEEP.format(f"`{name}`") + f" AS `{name}`" if name == "order_id" else name
                for name in inputs["orders"].columns
            )
        )


class Given:
    """A platform that gives the session of the tests."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark = spark

    def session(self, request: SessionRequest) -> SparkSession:
        return self.spark


def one(job: SparkJob, step: Step | None = None) -> Plan:
    name = job.name()
    return Plan("p", Graph((name,), {name: frozenset()}), {name: job}, steps={name: step} if step else {})


def test_a_job_whose_time_is_up_leaves_spark_and_its_table_alone(spark: SparkSession, tmp_path: Path) -> None:
    sandbox = Sandbox(spark, tmp_path, contracts())
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1)]))
    sessions = Sessions(cast("Platform", Given(spark)), lambda: cast("SessionRequest", None))
    sessions.session()

    @contextmanager
    def own() -> Iterator[None]:
        with sessions.own():
            sessions.session()  # as whoever reads a table in a project does
            yield

    context = replace(sandbox.context, own_session=own, interrupt=sessions.interrupt)
    start = time.monotonic()
    report = run_pipeline(one(Slow(), Step("silver.orders", timeout_seconds=4)), context)
    assert time.monotonic() - start < 30
    assert (report.status, report.jobs[0].error_type) == ("failed", "RunStoppedError")
    assert "can go no further" not in str(report.jobs[0].error)  # it noticed
    assert sandbox.version("silver.orders") is None
    if has_gateway(spark):  # else Spark Connect, whose clients cannot ask
        assert not spark.sparkContext.statusTracker().getActiveJobsIds()


class Stall(Observer):
    """An observer that stops a run as it enters its commit, until it is told to go on."""

    def __init__(self) -> None:
        self.is_there, self.may_go = threading.Event(), threading.Event()

    def step(self, event: StepStarted) -> None:
        if event.step == "publish":
            self.is_there.set()
            assert self.may_go.wait(60)


@pytest.mark.parametrize("kind", ["delta", "iceberg"])
def test_a_holder_that_stalls_in_its_commit_and_its_successor_publish_once(
    spark: SparkSession, tmp_path: Path, kind: str
) -> None:
    formats = {"bronze": "parquet", "silver": kind, "gold": "delta"}
    stall = Stall()
    stalled = Sandbox(spark, tmp_path, contracts(), formats, observers=(stall,))
    other = Sandbox(spark, tmp_path, contracts(), formats)
    other.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, 2)]))
    found: list[RunReport] = []
    lease = acquire(f"{tmp_path}/lease", "stalled", Terms(0.5, slack_seconds=0.0))
    context = replace(stalled.context, stopped=lease.stopped)
    thread = threading.Thread(target=lambda: found.append(Orders().execute(context)), daemon=True)

    def renew_until_it_stalls() -> None:
        while not stall.is_there.wait(0.1):
            lease.renew()

    beat = threading.Thread(target=renew_until_it_stalls)
    beat.start()
    thread.start()
    assert stall.is_there.wait(120)
    beat.join()

    successor = acquire(f"{tmp_path}/lease", "successor", Terms(0.5, 30, slack_seconds=0.0))
    assert other.run(Orders()).counts.published == 2
    before = (other.version("silver.orders"), other.rows("silver.orders"))
    stall.may_go.set()
    thread.join(120)
    assert (other.version("silver.orders"), other.rows("silver.orders")) == before
    assert found[0].counts.published == 0
    assert lease.stopped() is not None
    assert successor.number == 2
