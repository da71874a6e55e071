"""Streams over a sandbox, in the test's process or in one of its own that is killed or told to stop.

`python -m tests.job.streams ROOT TRIGGER [MOMENT TIMES]` streams the shop's orders from bronze to silver. With a moment
(a step, or `end`: published and not noted by Spark) the process and its Java are killed when it comes for that time.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.job.shop import FILES, Orders, contracts

from tidegate.factory.stopping import told_to_stop
from tidegate.job.base import SparkJob
from tidegate.job.streams.positions import watched_by
from tidegate.job.streams.running import Stream, run_stream
from tidegate.model.declarations import Files, New, Output
from tidegate.model.events import Observer
from tidegate.model.modes import Append, LateWindow, Upsert
from tidegate.model.names import TableName
from tidegate.model.streams import Trigger
from tidegate.testing import Sandbox
from tidegate.testing.session import local_session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import SparkSession

    from tidegate.model.contracts import Contract
    from tidegate.model.events import StepStarted
    from tidegate.model.reports import RunReport
    from tidegate.model.streams import StreamReport

END = "end"


class Landed(SparkJob):
    """Orders as they arrived."""

    inputs = {"files": Files("orders", "jsonl")}
    output = Output("bronze.landed", Append())


class Sold(SparkJob):
    """Orders of a table in Delta that is merged into."""

    inputs = {"orders": New("silver.orders")}
    output = Output("gold.sold", Upsert(("order_id",), "updated_at", late=LateWindow("ordered_at", days=3)))


class Moment(Observer):
    """An observer that does something when a moment comes for the so-and-so-many-th time."""

    def __init__(self, moment: str, times: int, act: Callable[[], None]) -> None:
        self._moment, self._left, self._act = moment, times, act

    def step(self, event: StepStarted) -> None:
        self._come_to(event.step)

    def ended(self, report: RunReport) -> None:
        if report.status != "nothing_new":
            self._come_to(END)

    def _come_to(self, moment: str) -> None:
        self._left -= moment == self._moment
        if moment == self._moment and not self._left:
            self._act()


def all_contracts() -> tuple[Contract, ...]:
    """Return the contracts of the shop's tables: bronze takes whatever can be read."""
    (silver,) = contracts()
    optional = tuple(replace(column, required=False) for column in silver.columns)
    bronze = replace(silver, table=TableName.parse("bronze.landed"), columns=optional, rules=(), primary_key=())
    return (silver, replace(silver, table=TableName.parse("gold.sold")), bronze)


def sandbox_at(spark: SparkSession, root: Path, observers: Sequence[Observer] = ()) -> Sandbox:
    """Return the lakehouse in a folder."""
    return Sandbox(spark, root, all_contracts(), FILES, observers)


def stream(
    sandbox: Sandbox,
    job: SparkJob,
    trigger: str = "available-now",
    *,
    max_files: int = 1,
    should_stop: Callable[[], bool] = lambda: False,
) -> StreamReport:
    """Run a job as a stream, a file or a version at a time."""
    context = sandbox.context
    watched = watched_by(type(job), context)
    checkpoint = f"{sandbox.root}/_tidegate/streams/{job.name()}"
    return run_stream(job, context, Stream(Trigger.parse(trigger), checkpoint, watched, max_files, should_stop))


def _die() -> None:
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main(root: str, trigger: str, moment: str = "", times: str = "1") -> int:
    """Stream, say what came of it, and return the exit code."""
    observers = [Moment(moment, int(times), _die)] if moment else [Moment(END, 1, lambda: print("begun", flush=True))]  # noqa: T201 - for the test
    conf = {"spark.driver.memory": "1g", "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
    with local_session(conf) as session, told_to_stop() as told:
        report = stream(sandbox_at(session, Path(root), observers), Orders(), trigger, should_stop=told.is_set)
    print(report.to_json())  # noqa: T201 - for the test
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
