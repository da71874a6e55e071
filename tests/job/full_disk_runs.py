"""Runs on a disk that gets full in the middle: one error that says so, nothing published, and a rerun makes good.

Called with the disk's folder and pairs of a format and either the KiB that are left when the run begins, such as
`delta:24`, or the step at whose start nothing is left, such as `delta:publish`; `end` is when all is published and the
run's record and events are not written.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.job.killed_runs import SHORT_LIVED, Doomed, sandbox_of
from tests.job.shop import Orders, as_rows, frame, latest, record
from tests.small_disk import SmallDisk

from tidegate.lineage.observer import OpenLineageObserver
from tidegate.lineage.records import RunRecords, read_runs
from tidegate.lineage.settings import LineageSettings
from tidegate.model.events import Observer
from tidegate.testing.session import local_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tidegate.model.events import StepStarted
    from tidegate.model.reports import RunReport
    from tidegate.testing import Sandbox

KIB = 1024
END = "end"
FIRST = [record(1, 10), record(2, 20), record(3, -1)]
SECOND = [record(number, -number % 7 - 1 if number % 5 == 0 else number) for number in range(400)]


class Filler(Observer):
    """An observer that takes all space when a moment comes, for the first time."""

    def __init__(self, disk: SmallDisk, moment: str) -> None:
        self._disk, self._moment, self._is_due = disk, moment, False

    def step(self, event: StepStarted) -> None:
        self._come_to(event.step)

    def ended(self, report: RunReport) -> None:
        self._come_to(END)

    def wait(self) -> None:
        """Do so in the next run."""
        self._is_due = True

    def _come_to(self, moment: str) -> None:
        if self._is_due and moment == self._moment:
            self._is_due = False
            self._disk.fill(0)


def run_out_of_space(session: SparkSession, disk: SmallDisk, silver: str, when: str) -> str:
    """Run where space runs out, and again with enough; return the step that failed, or how the run ended."""
    root, filler = str(disk.folder / f"{silver}{when}"), Filler(disk, when)
    sandbox = sandbox_of(session, Doomed(root, silver))
    sandbox.observers = (filler, RunRecords(root), OpenLineageObserver(LineageSettings(root)))
    sandbox.arrive("bronze.orders", frame(session, FIRST))
    sandbox.run(Orders())
    sandbox.arrive("bronze.orders", frame(session, SECOND))
    if when.isdecimal():
        disk.fill(int(when) * KIB)
    else:
        filler.wait()
    ended = failure(sandbox, disk)
    last = sandbox.run(Orders())
    assert sandbox.rows("silver.orders") == as_rows(latest(FIRST + SECOND))
    refused = sum((one.amount or 0) < 0 for one in FIRST + SECOND)
    assert len(sandbox.rows("quarantine.silver_orders")) == refused
    assert last.run_id in {one.run_id for one in read_runs(root)}
    assert sandbox.run(Orders()).status == "nothing_new"
    if not when.isdecimal():
        assert ended == ("succeeded in publish" if when == END else f"failed in {when}")
    return ended


def failure(sandbox: Sandbox, disk: SmallDisk) -> str:
    """Run, and return how the run ended."""
    before = sandbox.rows("silver.orders"), sandbox.version("silver.orders")
    report = Orders().execute(sandbox.context)
    for one in sandbox.observers:
        one.close()
    disk.empty()
    if report.status == "failed":
        error = str(report.error)
        assert "No space left on device" in error, error
        assert "free some space" in error, error
        assert "Traceback" not in error
        assert (sandbox.rows("silver.orders"), sandbox.version("silver.orders")) == before
    return f"{report.status} in {list(report.seconds)[-2]}"


def main(folder: str, cases: list[str]) -> None:
    """Run all cases, each in a lakehouse of its own, and tell how each ended."""
    disk = SmallDisk(Path(folder))
    with local_session(
        {"spark.driver.memory": "1g", **SHORT_LIVED}, formats=frozenset({"delta", "iceberg"})
    ) as session:
        for case in cases:
            silver, _, when = case.partition(":")
            sys.stdout.write(f"{case} {run_out_of_space(session, disk, silver, when)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
