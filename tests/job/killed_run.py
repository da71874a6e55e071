"""Run a job in a process of its own and kill that process without warning at a named moment.

Called with the sandbox's folder and the moment: the name of a step (killed when it starts) or `end` (killed when the
run has published and before it is recorded).
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.job.shop import Orders, contracts

from tidegate.platforms.local import LocalPlatform
from tidegate.platforms.port import SessionRequest
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from tidegate.model.events import RunStarted, StepStarted
    from tidegate.model.reports import PipelineReport, RunReport


class Killer:
    """An observer that kills its process at a moment, as the operating system does when memory runs out."""

    def __init__(self, moment: str) -> None:
        self._moment = moment

    def started(self, event: RunStarted) -> None:
        pass

    def step(self, event: StepStarted) -> None:
        self._kill_at(event.step)

    def ended(self, report: RunReport) -> None:
        if report.status != "succeeded":
            sys.stderr.write(f"{report.error}\n")
        self._kill_at("end")

    def pipeline_ended(self, report: PipelineReport) -> None:
        pass

    def close(self) -> None:
        pass

    def _kill_at(self, moment: str) -> None:
        if moment == self._moment:
            os.kill(os.getpid(), signal.SIGKILL)


def main(root: Path, moment: str) -> None:
    """Run the job; at the moment, die."""
    conf = {
        "spark.driver.memory": "1g",
        "spark.master": "local[2]",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    }
    session = LocalPlatform(os.environ).session(SessionRequest("killed", conf, frozenset({"delta"})))
    Sandbox(session, root, contracts(), observers=(Killer(moment),)).run(Orders())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
