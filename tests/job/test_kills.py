"""Law 4: a run that is killed at any moment and run again ends as if it had never been killed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, contracts, frame, record

from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(900)]

MOMENTS = ("read", "transform", "stage", "gate", "quarantine", "publish", "end")
FIRST = [record(1, 10), record(2, 20), record(3, -1)]
SECOND = [
    record(1, 11, version=1),
    record(2, -5, version=1),
    record(4, 40, day=1),
    record(None, 5),
    record(4, 40, day=1),
]
THIRD = [record(5, 50, day=2), record(6, -6, day=2), record(1, 9, version=0)]


def quarantined(sandbox: Sandbox) -> list[tuple[object, ...]]:
    rows = sandbox.rows("quarantine.silver_orders")
    return sorted(rows, key=repr)


@pytest.fixture(scope="module")
def killed_folders(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return, per moment, a lakehouse whose second batch was killed then; the processes run two at a time."""
    prepared = tmp_path_factory.mktemp("prepared") / "lake"
    sandbox = Sandbox(spark, prepared, contracts())
    sandbox.arrive("bronze.orders", frame(spark, FIRST))
    sandbox.run(Orders())
    sandbox.arrive("bronze.orders", frame(spark, SECOND))
    folders, waiting = {}, list(MOMENTS)
    while waiting:
        pair, waiting = waiting[:2], waiting[2:]
        running = []
        for moment in pair:
            folders[moment] = tmp_path_factory.mktemp(moment) / "lake"
            shutil.copytree(prepared, folders[moment])
            command = [sys.executable, "-m", "tests.job.killed_run", str(folders[moment]), moment]
            running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
        for process in running:
            _, said = process.communicate(timeout=300)
            assert process.returncode == -signal.SIGKILL, said
    return folders


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_leaves_nothing_behind(
    spark: SparkSession, killed_folders: dict[str, Path], tmp_path: Path, moment: str
) -> None:
    """The rerun finds more input than the killed run had: what the killed run left must not count twice."""
    whole = Sandbox(spark, tmp_path / "whole", contracts())
    for batch in (FIRST, SECOND + THIRD if moment != "end" else SECOND, *(() if moment != "end" else (THIRD,))):
        whole.arrive("bronze.orders", frame(spark, batch))
        whole.run(Orders())
    broken = Sandbox(spark, killed_folders[moment], contracts())
    broken.arrive("bronze.orders", frame(spark, THIRD))
    broken.run(Orders())
    assert broken.rows("silver.orders") == whole.rows("silver.orders")
    assert quarantined(broken) == quarantined(whole)
    assert broken.run(Orders()).status == "nothing_new"
