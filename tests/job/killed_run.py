"""Run a job in a process of its own and kill that process without warning at a named moment.

Called with the sandbox's folder and the moment: the name of a step (killed when it starts) or `end` (killed when the
run has published and before it is recorded), or `between` (late rows wait beside the table, and the table has not been
told). With a number of days as well, a backfill of so many days runs, a slice a
day, and is killed when the moment has come for the second time.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.job.shop import START, LateOrders, Orders, contracts

from tidegate.model.names import TableName
from tidegate.model.slices import Backfill, Span
from tidegate.pipeline.backfill import plan_backfill, run_backfill
from tidegate.platforms.local import LocalPlatform
from tidegate.platforms.port import SessionRequest
from tidegate.tables.catalog import deferring
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from tidegate.model.commits import Commit
    from tidegate.model.events import RunStarted, StepStarted
    from tidegate.model.reports import PipelineReport, RunReport
    from tidegate.tables.port import Batch, LoggedStore, Published

TARGET = TableName("silver", "orders")


class Killer:
    """An observer that kills its process at a moment, as the operating system does when memory runs out."""

    def __init__(self, moment: str, times: int = 1) -> None:
        self._moment = moment
        self._times = times

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
        self._times -= moment == self._moment
        if not self._times:
            os.kill(os.getpid(), signal.SIGKILL)


class _Deadly:
    """A store that kills its process when the main table is to be told of a batch."""

    def __init__(self, tables: LoggedStore) -> None:
        self._tables = tables

    def __getattr__(self, name: str) -> object:
        return getattr(self._tables, name)

    def publish(self, batch: Batch, commit: Commit) -> Published:
        if batch.table == TARGET:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._tables.publish(batch, commit)


def main(root: Path, moment: str, days: int = 0) -> None:
    """Run the job or the backfill; at the moment, die."""
    conf = {
        "spark.driver.memory": "1g",
        "spark.master": "local[2]",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    }
    session = LocalPlatform(os.environ).session(SessionRequest("killed", conf, frozenset({"delta"})))
    sandbox = Sandbox(session, root, contracts(), observers=(Killer(moment, 2 if days else 1),))
    if moment == "between":
        store = deferring(sandbox.context.tables.store(TARGET))
        assert store is not None
        store.tables = _Deadly(store.tables)  # type: ignore[assignment]
        sandbox.run(LateOrders())
        return
    if not days:
        sandbox.run(Orders())
        return
    request = Backfill(Span(START.date(), START.date() + timedelta(days=days)))
    run_backfill(Orders(), plan_backfill(Orders, request, sandbox.context), sandbox.context)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
