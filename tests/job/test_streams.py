"""A job that runs as a stream ends with the tables of one run, however it is cut, killed, stopped or started anew."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, as_rows, frame, latest, record
from tests.job.streams import END, Landed, Sold, sandbox_at, stream

from tidegate.model.declarations import Output
from tidegate.model.modes import LateWindow, Upsert

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from tests.job.shop import Record

    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark]

BATCHES = (
    [record(1, 10), record(2, 20, day=20), record(3, -1)],
    [record(1, 11, version=1), record(None, 5), record(3, 30, day=1)],
    [record(2, -5, version=1), record(3, 31, day=1, version=1)],
    [record(1, 9), record(4, 40, day=2), record(4, 40, day=2)],
)
ROOT = Path(__file__).parents[2]


def arrive(sandbox: Sandbox, *batches: list[Record]) -> None:
    for batch in batches:
        sandbox.arrive("bronze.orders", frame(sandbox.spark, batch))


def land(sandbox: Sandbox, name: str, at: float, *amounts: int) -> None:
    """Land a file with an order per amount, written at a time."""
    place = sandbox.root / "landing" / "orders" / f"{name}.jsonl"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("".join(json.dumps({"order_id": name, "amount": amount}) + "\n" for amount in amounts))
    os.utime(place, (at, at))


def outcome(sandbox: Sandbox) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    return sandbox.rows("silver.orders"), sorted(sandbox.rows("quarantine.silver_orders"), key=repr)


def test_a_stream_over_tables_ends_with_the_tables_of_one_run(spark: SparkSession, tmp_path: Path) -> None:
    """A manifest and a Delta version, merges and deletes among them, is a micro-batch; rows are those of a run."""
    whole, cut = sandbox_at(spark, tmp_path / "whole"), sandbox_at(spark, tmp_path / "cut")
    arrive(whole, *BATCHES)
    whole.run(Orders())
    arrive(cut, *BATCHES)
    report = stream(cut, Orders(), max_files=2)
    assert (report.status, report.ended_by, report.micro_batches, report.runs) == ("succeeded", "end", 2, 2)
    assert outcome(cut) == outcome(whole)
    assert cut.rows("silver.orders") == as_rows(latest([one for batch in BATCHES for one in batch]))
    report.counts.check("silver.orders")
    assert report.counts.quarantined == 3

    arrive(cut, [record(5, 50, day=21)])
    assert cut.run(Orders()).status == "succeeded"  # between two streams, an ordinary run
    again = stream(cut, Orders())
    assert (again.status, again.micro_batches) == ("nothing_new", 1)
    assert stream(cut, Sold(), max_files=2).runs == 2
    assert cut.rows("gold.sold") == cut.rows("silver.orders")


def test_a_stream_over_files_takes_each_once_whatever_becomes_of_its_checkpoint(
    spark: SparkSession, tmp_path: Path
) -> None:
    sandbox = sandbox_at(spark, tmp_path / "lake")
    empty = stream(sandbox, Landed())
    assert (empty.status, empty.micro_batches) == ("nothing_new", 0)  # a feed without a folder has no files
    for at, name in enumerate(("c", "b b", "a+%20"), start=1_700_000_000):
        land(sandbox, name, at + 0.0005, 1, 2)  # what Spark does not tell of a time is part of it all the same
    first = stream(sandbox, Landed())
    assert (first.runs, first.counts.published) == (3, 6)
    land(sandbox, "d", 1, 3)  # copied with its time, which is long ago
    assert stream(sandbox, Landed()).counts.published == 1
    before = sandbox.rows("bronze.landed")
    shutil.rmtree(sandbox.root / "_tidegate" / "streams")
    anew = stream(sandbox, Landed())
    assert (anew.status, anew.runs, anew.micro_batches) == ("nothing_new", 0, 4)
    assert sandbox.rows("bronze.landed") == before


@pytest.mark.default_line
def test_a_run_that_fails_ends_the_stream_and_its_micro_batch_comes_again(spark: SparkSession, tmp_path: Path) -> None:
    class Picky(Orders):
        output = Output("silver.orders", Upsert(("order_id",), "updated_at", late=LateWindow("ordered_at", 3, "fail")))

    sandbox = sandbox_at(spark, tmp_path / "lake")
    arrive(sandbox, *BATCHES[:2])
    broken = stream(sandbox, Picky())
    assert (broken.status, broken.ended_by, broken.runs, broken.exit_code) == ("refused", "failure", 1, 3)
    assert broken.error is not None
    assert "older than the late window" in broken.error
    assert stream(sandbox, Orders()).runs == 1
    assert sandbox.rows("silver.orders") == as_rows(latest([*BATCHES[0], *BATCHES[1]]))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("moment", [pytest.param("publish", marks=pytest.mark.default_line), END])
def test_a_stream_that_is_killed_and_started_again_ends_with_the_tables_of_one_run(
    spark: SparkSession, tmp_path: Path, moment: str
) -> None:
    """Killed before the commit of the second micro-batch, or after it and before Spark has noted it; then stopped."""
    whole, killed = sandbox_at(spark, tmp_path / "whole"), sandbox_at(spark, tmp_path / "killed")
    arrive(whole, *BATCHES[:3])
    whole.run(Orders())
    arrive(killed, *BATCHES[:3])
    first = launch(killed, "available-now", moment, "2")
    _, said = first.communicate(timeout=200)
    assert first.returncode == -signal.SIGKILL, said
    if moment == END:  # once is enough: what is left is for a stream in this process
        left = stream(killed, Orders())
        assert (left.runs, left.micro_batches) == (1, 2)
        assert outcome(killed) == outcome(whole)
        return
    second = launch(killed, "1 second")
    assert second.stdout is not None
    assert second.stdout.readline() == "begun\n"
    os.killpg(second.pid, signal.SIGTERM)  # Spark's Java is in the group, too
    told, said = second.communicate(timeout=200)
    assert second.returncode == 0, said
    assert json.loads(told)["ended_by"] == "signal"
    stream(killed, Orders())
    assert outcome(killed) == outcome(whole)


def launch(sandbox: Sandbox, *arguments: str) -> subprocess.Popen[str]:
    """Return a process that streams in a process group of its own."""
    command = [sys.executable, "-m", "tests.job.streams", str(sandbox.root), *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
