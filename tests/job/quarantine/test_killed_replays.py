"""Law 4 for replays: one that is killed at any step and run again neither loses a row nor doubles one."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.job.killed_runs import Doomed, launch, sandbox_of
from tests.job.quarantine.orders import OrderLog, log_contracts, replayed
from tests.job.shop import as_rows, frame, record

from tidegate.job.quarantine.summary import summarise

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(3600)]

MOMENTS = ("gate", "quarantine", "publish", "end")
ARRIVED = [record(1, 1), record(2, -2), record(2, -2), record(3, -3)]


@pytest.fixture(scope="module")
def killed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Doomed]:
    """Return lakehouses in Delta whose replays were killed, each at its moment, all in one process.

    Rows have no key, so one that is published twice is there twice.
    """
    first = Doomed(str(tmp_path_factory.mktemp("replays") / "lake"), is_replay=True)
    sandbox = sandbox_of(spark, first)
    sandbox.contracts = log_contracts()
    sandbox.arrive("bronze.orders", frame(spark, ARRIVED))
    assert sandbox.run(OrderLog()).counts.quarantined == 3
    doomed = {
        moment: Doomed(
            str(shutil.copytree(first.root, Path(first.root).parent / moment)), moment=moment, is_replay=True
        )
        for moment in MOMENTS
    }
    process = launch(list(doomed.values()))
    _, said = process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL, said
    return doomed


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_replay_neither_loses_nor_doubles(spark: SparkSession, killed: dict[str, Doomed], moment: str) -> None:
    sandbox = sandbox_of(spark, killed[moment])
    is_done = moment == "end"
    assert len(sandbox.rows("silver.order_log")) == (4 if is_done else 1)
    assert dict(summarise(OrderLog, sandbox.context).states) == {"replayed" if is_done else "open": 2}
    report = replayed(sandbox, OrderLog())
    assert (report.status, report.counts.published) == (("nothing_new", 0) if is_done else ("succeeded", 3))
    assert sandbox.rows("silver.order_log") == as_rows(ARRIVED)
    assert replayed(sandbox, OrderLog()).status == "nothing_new"
    assert sandbox.run(OrderLog()).status == "nothing_new", "a replay moves no watermark"
