"""Law 4: a run that is killed at any moment and run again ends as if it had never been killed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import START, LateOrders, Orders, as_rows, contracts, frame, latest, record

from tidegate.model.slices import Backfill, Span
from tidegate.pipeline.backfill import plan_backfill, run_backfill
from tidegate.tables.catalog import deferring
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


def test_a_killed_backfill_goes_on_with_the_slice_it_was_at(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The second slice had set a row aside when it was killed; that row is in quarantine once in the end."""
    root = tmp_path_factory.mktemp("backfill") / "lake"
    sandbox = Sandbox(spark, root, contracts())
    rows = [record(1, 10), record(2, 20, day=1), record(3, -1, day=1), record(4, 40, day=2)]
    sandbox.arrive("bronze.orders", frame(spark, rows))
    killed = subprocess.run(
        [sys.executable, "-m", "tests.job.killed_run", str(root), "publish", "3"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=300,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    request = Backfill(Span(START.date(), START.date() + timedelta(days=3)))
    plan = plan_backfill(Orders, request, sandbox.context)
    assert [part.number for part in plan.waiting] == [2, 3]
    assert run_backfill(Orders(), plan, sandbox.context).status == "succeeded"
    assert sandbox.rows("silver.orders") == as_rows(latest(rows))
    assert len(quarantined(sandbox)) == 1


def test_a_run_killed_between_the_late_rows_and_their_table_leaves_nothing_that_readers_see(
    spark: SparkSession, tmp_path: Path
) -> None:
    """The rerun finds more late rows than the killed run had; each stands once, and merging them changes nothing."""
    sandbox = Sandbox(spark, tmp_path / "lake", contracts())
    first, second = [record(1, 10), record(2, 20, day=20)], [record(1, 11, version=1), record(3, 30, day=1)]
    third = [record(3, 31, day=1, version=1), record(2, 21, day=20, version=1)]
    sandbox.arrive("bronze.orders", frame(spark, first))
    sandbox.run(LateOrders())
    sandbox.arrive("bronze.orders", frame(spark, second))
    command = [sys.executable, "-m", "tests.job.killed_run", str(tmp_path / "lake"), "between"]
    killed = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=600, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert sandbox.rows("silver.orders__late"), "the late rows were written before the kill"
    assert sandbox.rows("silver.orders") == as_rows(first)
    sandbox.arrive("bronze.orders", frame(spark, third))
    report = sandbox.run(LateOrders())
    assert (report.counts.late, report.late and report.late.by_age_days) == (2, {19: 1, 20: 1})
    assert sandbox.rows("silver.orders") == as_rows(latest(first + second + third))
    store = deferring(sandbox.context.tables.store(LateOrders.output.name))
    assert store is not None
    assert store.fold(LateOrders.output.name, "folding") is not None
    assert sandbox.rows("silver.orders") == as_rows(latest(first + second + third))
    assert sandbox.run(LateOrders()).status == "nothing_new"
