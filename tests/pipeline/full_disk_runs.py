"""A pipeline on a disk that gets full before its first job and between two: it says so, and a resume makes good.

Called with the disk's folder and that of a project made by `tidegate init --template starter`.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.job.killed_runs import SHORT_LIVED
from tests.small_disk import SmallDisk

from tidegate.errors import StorageError
from tidegate.factory.arguments import Arguments
from tidegate.factory.lakehouse import Lakehouse
from tidegate.factory.pipelines import AS_A_WHOLE, HowToRun
from tidegate.model.events import Observer
from tidegate.model.reports import PipelineReport

if TYPE_CHECKING:
    from tidegate.model.events import RunStarted

LEASE_SECONDS = 10


class Filler(Observer):
    """An observer that takes all space when a job begins."""

    def __init__(self, disk: SmallDisk, job: str) -> None:
        self._disk, self._job = disk, job

    def started(self, event: RunStarted) -> None:
        if event.name == self._job:
            self._disk.fill(0)


def run(disk: SmallDisk, *observers: Observer, how: HowToRun = AS_A_WHOLE) -> PipelineReport:
    """Run the pipeline of the project, as a process of its own does."""
    conf = {"spark.driver.memory": "1g", **SHORT_LIVED}
    overrides = (
        f"storage.root={disk.folder / 'lake'}",
        *(f"spark.conf.{key}={value}" for key, value in conf.items()),
        f"run.lease_seconds={LEASE_SECONDS}",
        "run.when_running=wait",
        "run.wait_seconds=60",
    )
    with Lakehouse.open(Arguments(overrides=overrides)).watched_by(*observers) as lakehouse:
        report = lakehouse.run("shop", how)
    assert isinstance(report, PipelineReport)
    return report


def main(folder: str, project: str) -> None:
    """Run where nothing is left at the start, and between two jobs; then with space."""
    os.chdir(project)
    disk, said = SmallDisk(Path(folder)), logging.StreamHandler(sys.stdout)
    logging.getLogger("tidegate").addHandler(said)
    disk.fill(0)
    with pytest.raises(StorageError, match="No space left on device") as raised:
        run(disk)
    assert raised.value.hint == "free some space, and run again"
    disk.empty()

    cut = run(disk, Filler(disk, "silver.orders"))
    assert [job.status for job in cut.jobs] == ["succeeded", "failed"], cut
    assert "free some space" in str(cut.jobs[1].error)
    assert cut.exit_code == 4
    disk.empty()

    resumed = run(disk, how=HowToRun(is_resuming=True))
    assert (resumed.status, resumed.resumes, resumed.done_before) == ("succeeded", cut.run_id, ("bronze.orders",))
    counts = resumed.jobs[0].counts
    assert (counts.published, counts.quarantined, counts.deduplicated) == (4, 1, 2)
    assert run(disk).status == "nothing_new"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
