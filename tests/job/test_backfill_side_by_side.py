"""A backfill whose slices are prepared side by side ends with the tables, versions and quarantine of one at a time."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import FILES, Orders, contracts, frame, history_contracts, record
from tests.job.test_backfill import History, asked, watermarks

from tidegate.pipeline.backfill import plan_backfill
from tidegate.pipeline.filling import run_backfill
from tidegate.pipeline.independence import why_in_order
from tidegate.platforms.sessions import session_beside
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.job.base import SparkJob
    from tidegate.model.backfills import BackfillReport

pytestmark = [pytest.mark.spark, pytest.mark.default_line]

BEFORE = [record(9, 90, day=4)]
DAYS = [
    record(1, 10),
    record(2, -1),
    record(1, 11, day=1),
    record(3, 30, day=1),
    record(3, 31, day=2),
    record(4, -4, day=2),
]


class Sessions:
    """A session of its own for each thread."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark, self._own = spark, threading.local()

    @contextmanager
    def own(self) -> Iterator[None]:
        self._own.session = session_beside(self._spark)
        yield
        del self._own.session

    def session(self) -> SparkSession:
        return getattr(self._own, "session", self._spark)


def lake(spark: SparkSession, folder: Path, job: SparkJob) -> Sandbox:
    """Return a lakehouse whose table is there, and whose days to backfill have come."""
    sandbox = Sandbox(spark, folder, history_contracts() if isinstance(job, History) else contracts(), FILES)
    sandbox.arrive("bronze.orders", frame(spark, BEFORE))
    sandbox.run(job)
    sandbox.arrive("bronze.orders", frame(spark, DAYS))
    return sandbox


def backfilled(sandbox: Sandbox, job: SparkJob, at_once: int) -> BackfillReport:
    sessions = Sessions(sandbox.spark)
    context = replace(sandbox.context, session=sessions.session, own_session=sessions.own)
    assert why_in_order(type(job), context) is None
    return run_backfill(job, plan_backfill(type(job), asked(3), context), context, at_once=at_once)


@pytest.mark.parametrize("job", [Orders, History])
def test_slices_side_by_side_end_as_slices_one_after_the_other(
    spark: SparkSession, tmp_path: Path, job: type[SparkJob]
) -> None:
    together = threading.Barrier(3, timeout=120)

    class Meeting(job):  # type: ignore[misc, valid-type]
        """The same job, whose slices go on once all three have come so far."""

        def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
            together.wait()
            rows: DataFrame = super().transform(inputs)
            return rows

        @classmethod
        def name(cls) -> str:
            return job.name()

    alone, beside = (lake(spark, tmp_path / name, job()) for name in ("alone", "beside"))
    stood = watermarks(beside)
    expected, report = backfilled(alone, job(), 1), backfilled(beside, Meeting(), 3)
    assert (report.status, report.published) == ("succeeded", 3), report.failed
    for table in ("silver.orders", "quarantine.silver_orders"):
        assert beside.rows(table) == alone.rows(table)
        assert beside.version(table) == alone.version(table)
    assert [run.counts for run in report.runs] == [run.counts for run in expected.runs]
    assert watermarks(beside) == stood == watermarks(alone)
    outputs = [run.output for run in report.runs]
    assert [(one.version_before, one.version_after) for one in outputs if one] == [(0, 1), (1, 2), (2, 3)]
    assert backfilled(beside, job(), 3).status == "nothing_new"
