"""Run a job as a stream: a run per micro-batch, until all is taken, somebody stops it, or one fails."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tidegate.errors import RunStoppedError
from tidegate.job.failures import describe_failure, lost_spark, told_failure
from tidegate.job.streams.handing import Counter
from tidegate.job.streams.positions import pins_of, positions
from tidegate.model.declarations import snapshot_of
from tidegate.model.reports import Counts
from tidegate.model.streams import StreamReport
from tidegate.model.topics import Kafka

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame
    from pyspark.sql.streaming.query import StreamingQuery

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.job.streams.positions import AnyWatched
    from tidegate.model.reports import RunReport
    from tidegate.model.streams import Trigger

_LOOK_SECONDS = 0.2
# It shows what a callback from Java raises, with its trace: so Spark is told that a micro-batch is not done.
_PY4J = logging.getLogger("py4j.clientserver")


@dataclass(frozen=True)
class Stream:
    """How a job runs as a stream.

    Attributes:
        trigger: When its micro-batches come.
        checkpoint: Folder in which Spark notes what it has offered; it may be removed at any time.
        watched: Where the news of the job's inputs show.
        max_files: How many new files, or versions of a table, of each input one micro-batch takes at most.
        should_stop: Asked between micro-batches.
    """

    trigger: Trigger
    checkpoint: str
    watched: tuple[AnyWatched, ...]
    max_files: int
    should_stop: Callable[[], bool]


@dataclass
class _Tally:
    """What the runs of a stream have come to so far."""

    micro_batches: int = 0
    runs: int = 0
    counts: Counts = field(default_factory=Counts)
    last: RunReport | None = None

    @property
    def is_good(self) -> bool:
        return self.last is None or not self.last.exit_code

    def add(self, report: RunReport) -> None:
        self.runs += report.status == "succeeded"
        self.counts += report.counts
        self.last = report


def run_stream(job: SparkJob, context: RunContext, stream: Stream) -> StreamReport:
    """Run a job as a stream and return the record of the stream; errors of its runs are in the record.

    Spark's thread offers a micro-batch and waits; the run is made by the calling thread, in the session of all runs. A
    micro-batch is noted as done after its commit. One that is offered again, because the process died in between, finds
    nothing that the table has not got.

    Args:
        job: The job.
        context: What its runs are given.
        stream: When and where.
    """
    now, tally, counter = context.clock().isoformat(), _Tally(), Counter()
    begun = StreamReport(job.name(), str(stream.trigger), "nothing_new", "end", now, now)
    query, error = _started(context, stream, counter), None
    _PY4J.addFilter(_is_news)
    try:
        while tally.is_good and not stream.should_stop():
            offer = counter.take(_LOOK_SECONDS)
            if offer is not None:
                is_taken = _take(job, replace(context, pins=offer.pins), tally, stream.should_stop)
                offer.answer(is_done=is_taken)
            elif not _is_active(query):
                break
    finally:
        counter.close()
        failure = _failure(query)
        _PY4J.removeFilter(_is_news)
    is_stopped = stream.should_stop()
    if tally.is_good and not is_stopped and failure is not None:
        told = told_failure(failure, "stream") or failure
        error = describe_failure(told, "stream", is_debugging=context.is_debugging)
    return replace(_ended(begun, tally, error, is_stopped=is_stopped), ended_at=context.clock().isoformat())


def _is_news(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], RunStoppedError))


def _is_active(query: StreamingQuery) -> bool:
    try:
        return query.isActive
    except Exception:  # noqa: BLE001 - why it cannot be asked is told when it is stopped
        return False


def _failure(query: StreamingQuery) -> BaseException | None:
    """Stop a query, and return why it had ended already, or could not be asked; None where it was well."""
    try:
        query.stop()
        return query.exception()
    except Exception as error:  # noqa: BLE001 - what the runs came to is to be told, whatever became of Spark
        return lost_spark(error) or error


def _started(context: RunContext, stream: Stream, counter: Counter) -> StreamingQuery:
    def hand_over(batch: DataFrame, _number: int) -> None:
        counter.offer(pins_of(batch, stream.watched))

    writer = positions(context, stream.watched, stream.max_files).writeStream.foreachBatch(hand_over)
    writer = writer.option("checkpointLocation", stream.checkpoint)
    if stream.trigger.every is None:
        return writer.trigger(availableNow=True).start()
    return writer.trigger(processingTime=str(stream.trigger)).start()


def _take(job: SparkJob, context: RunContext, tally: _Tally, should_stop: Callable[[], bool]) -> bool:
    """Run the job on a micro-batch, and return whether the table has all of it.

    Of snapshots a run takes one, and of a topic no more than the job declares: there are as many runs as it takes.
    """
    tally.micro_batches += 1
    report = job.execute(context)
    tally.add(report)
    more = _runs_to_come(job, report)
    while report.status == "succeeded" and more > 0:
        if should_stop():
            return False
        report, more = job.execute(context), more - 1
        tally.add(report)
    return tally.is_good


def _runs_to_come(job: SparkJob, report: RunReport) -> float:
    """Return how many runs after the first take what was there when that one began; they end early with the news."""
    declared = job.declared_inputs()
    if any(map(snapshot_of, declared.values())):
        return math.inf
    most = {name: one.max_records for name, one in declared.items() if isinstance(one, Kafka) and one.max_records}
    return max((-(-read.left // most[read.name]) for read in report.inputs if read.name in most), default=0)


def _ended(begun: StreamReport, tally: _Tally, error: str | None, *, is_stopped: bool) -> StreamReport:
    """Return the record of a stream that has ended."""
    last = tally.last
    report = replace(
        begun,
        status="succeeded" if tally.runs else "nothing_new",
        ended_by="signal" if is_stopped else "end",
        micro_batches=tally.micro_batches,
        runs=tally.runs,
        counts=tally.counts,
        last_run_id=last.run_id if last else None,
    )
    if last is not None and not tally.is_good:
        return replace(report, status=last.status, ended_by="failure", error=last.error)
    return replace(report, status="failed", ended_by="failure", error=error) if error else report
