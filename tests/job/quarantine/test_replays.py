"""Rows that were set aside, mended and replayed: the table ends as if they had come right the first time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, as_rows, frame, latest, record

from tidegate.job.quarantine import fixing
from tidegate.job.quarantine.rows import Quarantine
from tidegate.job.quarantine.summary import summarise
from tidegate.model.replays import REPLAY, Replay, Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.job.base import SparkJob
    from tidegate.model.reports import RunReport
    from tidegate.testing import Sandbox

pytestmark = pytest.mark.spark

MEMORY = {"bronze": "memory", "silver": "memory", "quarantine": "memory"}


def replayed(sandbox: Sandbox, job: SparkJob, request: Replay | None = None) -> RunReport:
    return sandbox.run(job, replay=request or Replay(), scope=REPLAY)


def states(sandbox: Sandbox, job: type[SparkJob]) -> dict[str, int]:
    return dict(summarise(job, sandbox.context).states)


@pytest.mark.parametrize("formats", [MEMORY, {"bronze": "memory", "quarantine": "parquet"}], ids=["memory", "delta"])
def test_a_mended_row_is_published_once(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], formats: dict[str, str]
) -> None:
    sandbox = new_sandbox(formats)
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, -2), record(3, -3)]))
    sandbox.run(Orders())
    assert states(sandbox, Orders) == {"open": 2}
    done = fixing.fix(Orders, sandbox.context, Selection("order_id = 'o2'"), [("amount", "-amount")])
    assert (done.matched, done.changed, done.would_pass) == (1, 1, 1)
    assert states(sandbox, Orders) == {"fixed": 1, "open": 1}
    report = replayed(sandbox, Orders())
    assert (report.counts.read, report.counts.published, report.counts.quarantined) == (2, 1, 1)
    assert sandbox.rows("silver.orders") == as_rows(latest([record(1, 1), record(2, 2)]))
    assert states(sandbox, Orders) == {"open": 1, "replayed": 1}
    before = sandbox.version("silver.orders")
    assert replayed(sandbox, Orders()).counts.published == 0
    assert sandbox.version("silver.orders") == before
    sandbox.arrive("bronze.orders", frame(spark, [record(4, 4)]))
    assert sandbox.run(Orders()).counts.published == 1
    kept = Quarantine.of(sandbox.context, Orders).kept
    assert {row["amount"] for row in kept.collect()} == {-2, -3}, "what arrived is kept"
    assert replace(report, run_id="").scope == REPLAY
