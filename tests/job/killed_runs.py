"""Run jobs of several lakehouses in a process of its own, which is killed without warning while they are under way.

Called with a JSON list of `Doomed`. A run with a moment waits there: at the start of a step; at `end`, when it has
published and is not recorded; or `between`, when its late rows are beside their table and the table is not told. Once
all runs with a moment have come to it, the process and its Java are killed, wherever the runs without one are. Without
any moment it goes on until somebody else kills it. Each run notes its step in a file.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import TYPE_CHECKING

from tests.job import api_shop
from tests.job.quarantine.orders import OrderLog, log_contracts, loosened
from tests.job.shop import START, LateOrders, Orders, contracts

from tidegate.model.events import Observer
from tidegate.model.replays import REPLAY, Replay
from tidegate.model.slices import Backfill, Span
from tidegate.pipeline.backfill import plan_backfill
from tidegate.pipeline.filling import run_backfill
from tidegate.platforms.sessions import session_beside
from tidegate.tables.catalog import deferring
from tidegate.testing import Sandbox
from tidegate.testing.session import local_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import SparkSession

    from tidegate.model.commits import Commit
    from tidegate.model.events import StepStarted
    from tidegate.model.reports import RunReport
    from tidegate.tables.port import Batch, LoggedStore, Published

STEP_FILE = "step"
BETWEEN = "between"
_LONGEST_WAIT_SECONDS = 200
# A Java that lives for half a minute gains nothing by compiling for speed.
SHORT_LIVED = {"spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}


@dataclass(frozen=True)
class Doomed:
    """A run that will be killed.

    Attributes:
        root: Folder of its lakehouse.
        silver: Format of its table.
        moment: Where it waits to be killed; None for anywhere.
        times: How often the moment comes before that.
        days: Where not 0: a backfill of so many days runs, a slice a day.
        delay: Seconds after which it begins.
        after: How many other runs have come to their moment when it begins.
        is_replay: Whether rows that were set aside are replayed, of orders that are a log.
        api: Address of the API that is read; empty where a table is.
    """

    root: str
    silver: str = "delta"
    moment: str | None = None
    times: int = 1
    days: int = 0
    delay: float = 0.0
    after: int = 0
    is_replay: bool = False
    api: str = ""


class Arrivals:
    """How many runs have come to their moment."""

    def __init__(self) -> None:
        self._count, self._changed = 0, threading.Condition()

    def come(self) -> None:
        """Count one more."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait_for(self, count: int) -> bool:
        """Wait until there are so many; return whether there are."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count >= count, _LONGEST_WAIT_SECONDS)


class Holder(Observer):
    """An observer that holds its run at a moment until the process is killed."""

    def __init__(self, doomed: Doomed, arrivals: Arrivals) -> None:
        self._doomed, self._arrivals, self._left = doomed, arrivals, doomed.times

    def step(self, event: StepStarted) -> None:
        self.come_to(event.step)

    def ended(self, report: RunReport) -> None:
        if report.status != "succeeded":
            sys.stderr.write(f"{report.error}\n")
        self.come_to("end")

    def come_to(self, moment: str) -> None:
        """Note the moment, and wait there if it is the one to be killed at."""
        Path(self._doomed.root, STEP_FILE).write_text(moment)
        self._left -= moment == self._doomed.moment
        if self._doomed.moment and not self._left:
            self._arrivals.come()
            time.sleep(_LONGEST_WAIT_SECONDS)


class _Held:
    """A store that comes to a moment before the main table is told of a batch."""

    def __init__(self, tables: LoggedStore, holder: Holder) -> None:
        self._tables, self._holder = tables, holder

    def __getattr__(self, name: str) -> object:
        return getattr(self._tables, name)

    def publish(self, batch: Batch, commit: Commit) -> Published:
        if batch.table == LateOrders.output.name:
            self._holder.come_to(BETWEEN)
        return self._tables.publish(batch, commit)


def sandbox_of(session: SparkSession, doomed: Doomed, *observers: Holder) -> Sandbox:
    """Return the lakehouse of a run."""
    formats = {"bronze": "parquet", "silver": doomed.silver}
    if doomed.api:
        return Sandbox(
            session, Path(doomed.root), api_shop.contracts(), formats, observers, api_shop.connections(doomed.api)
        )
    known = loosened(log_contracts()) if doomed.is_replay else contracts()
    return Sandbox(session, Path(doomed.root), known, formats, observers)


def launch(doomed: Sequence[Doomed]) -> Popen[str]:
    """Return the process that runs them, with its Java in a process group of its own."""
    told = json.dumps([asdict(one) for one in doomed])
    command = [sys.executable, "-m", "tests.job.killed_runs", told]
    return Popen(command, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, text=True, start_new_session=True)


def kill(process: Popen[str]) -> None:
    """Kill the process and its Java at once, as the operating system does when memory runs out."""
    os.killpg(process.pid, signal.SIGKILL)


def _run(session: SparkSession, arrivals: Arrivals, doomed: Doomed) -> None:
    holder = Holder(doomed, arrivals)
    sandbox = sandbox_of(session_beside(session), doomed, holder)
    arrivals.wait_for(doomed.after)
    time.sleep(doomed.delay)
    if doomed.moment == BETWEEN:
        store = deferring(sandbox.context.tables.store(LateOrders.output.name))
        assert store is not None
        store.tables = _Held(store.tables, holder)  # type: ignore[assignment]
        LateOrders().execute(sandbox.context)
        return
    if doomed.is_replay:
        OrderLog().execute(replace(sandbox.context, replay=Replay(), scope=REPLAY))
        return
    if not doomed.days:
        (api_shop.Orders() if doomed.api else Orders()).execute(sandbox.context)
        return
    request = Backfill(Span(START.date(), START.date() + timedelta(days=doomed.days)))
    run_backfill(Orders(), plan_backfill(Orders, request, sandbox.context), sandbox.context, at_once=3)


def main(doomed: Sequence[Doomed]) -> None:
    """Run them all at the same time, and die."""
    arrivals = Arrivals()
    conf = {"spark.driver.memory": "1g", "spark.scheduler.mode": "FAIR", **SHORT_LIVED}
    with local_session(conf, formats=frozenset({"delta", "iceberg"})) as session, ThreadPoolExecutor(64) as threads:
        runs = threads.map(partial(_run, session, arrivals), doomed)
        held = sum(one.moment is not None for one in doomed)
        if held and arrivals.wait_for(held):
            os.killpg(os.getpgrp(), signal.SIGKILL)
        list(runs)
        time.sleep(_LONGEST_WAIT_SECONDS)  # whoever wants it dead will come


if __name__ == "__main__":
    main([Doomed(**one) for one in json.loads(sys.argv[1])])
