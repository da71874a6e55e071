"""Law 4 for replays: one that is killed at any step and run again neither loses a row nor doubles one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.job.killed_runs import sandbox_of
from tests.job.kills import LOGGED, REPLAY, REPLAYED
from tests.job.quarantine.orders import OrderLog, replayed
from tests.job.shop import as_rows

from tidegate.job.quarantine.summary import summarise

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from tests.job.killed_runs import Doomed

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("moment", REPLAYED)
def test_a_killed_replay_neither_loses_nor_doubles(spark: SparkSession, killed: dict[str, Doomed], moment: str) -> None:
    sandbox = sandbox_of(spark, killed[f"{REPLAY} {moment}"])
    is_done = moment == "end"
    assert len(sandbox.rows("silver.order_log")) == (4 if is_done else 1)
    assert dict(summarise(OrderLog, sandbox.context).states) == {"replayed" if is_done else "open": 2}
    report = replayed(sandbox, OrderLog())
    assert (report.status, report.counts.published) == (("nothing_new", 0) if is_done else ("succeeded", 3))
    assert sandbox.rows("silver.order_log") == as_rows(LOGGED)
    assert replayed(sandbox, OrderLog()).status == "nothing_new"
    assert sandbox.run(OrderLog()).status == "nothing_new", "a replay moves no watermark"
