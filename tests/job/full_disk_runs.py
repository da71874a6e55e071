"""Runs on a disk that gets full in the middle: one error that says so, nothing published, and a rerun makes good.

Called with the disk's folder and pairs of a format and the KiB that are left when the run begins, such as `delta:24`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.job.killed_runs import SHORT_LIVED, Doomed, sandbox_of
from tests.job.shop import Orders, as_rows, frame, latest, record
from tests.small_disk import SmallDisk

from tidegate.testing.session import local_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tidegate.testing import Sandbox

KIB = 1024
FIRST = [record(1, 10), record(2, 20), record(3, -1)]
SECOND = [record(number, -number % 7 - 1 if number % 5 == 0 else number) for number in range(400)]


def run_out_of_space(session: SparkSession, disk: SmallDisk, silver: str, left: int) -> str:
    """Run with so much space left, and again with enough; return the step that failed, or how the run ended."""
    sandbox = sandbox_of(session, Doomed(str(disk.folder / f"{silver}{left}"), silver))
    sandbox.arrive("bronze.orders", frame(session, FIRST))
    sandbox.run(Orders())
    sandbox.arrive("bronze.orders", frame(session, SECOND))
    ended = failure(sandbox, disk, left)
    sandbox.run(Orders())
    assert sandbox.rows("silver.orders") == as_rows(latest(FIRST + SECOND))
    refused = sum((one.amount or 0) < 0 for one in FIRST + SECOND)
    assert len(sandbox.rows("quarantine.silver_orders")) == refused
    assert sandbox.run(Orders()).status == "nothing_new"
    return ended


def failure(sandbox: Sandbox, disk: SmallDisk, left: int) -> str:
    """Run with so much space left, and return how the run ended."""
    before = sandbox.rows("silver.orders"), sandbox.version("silver.orders")
    disk.fill(left * KIB)
    report = Orders().execute(sandbox.context)
    disk.empty()
    if report.status == "failed":
        error = str(report.error)
        assert "No space left on device" in error, error
        assert "free some space" in error, error
        assert (sandbox.rows("silver.orders"), sandbox.version("silver.orders")) == before
    return f"{report.status} in {list(report.seconds)[-2]}"


def main(folder: str, cases: list[str]) -> None:
    """Run all cases, each in a lakehouse of its own, and tell how each ended."""
    disk = SmallDisk(Path(folder))
    with local_session(
        {"spark.driver.memory": "1g", **SHORT_LIVED}, formats=frozenset({"delta", "iceberg"})
    ) as session:
        for case in cases:
            silver, _, left = case.partition(":")
            sys.stdout.write(f"{case} {run_out_of_space(session, disk, silver, int(left))}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
