"""Run a job of a project as a stream, until all is taken or the process is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import JobDefinitionError, PlatformError
from tidegate.factory.refusals import telling_refusals
from tidegate.factory.render import OUTCOMES, status_text
from tidegate.factory.stopping import told_to_stop
from tidegate.job.base import SparkJob
from tidegate.model.streams import Trigger

if TYPE_CHECKING:
    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.factory.pipelines import HowToRun
    from tidegate.model.streams import StreamReport

_FOLDER = "_tidegate/streams"


def stream_named(lakehouse: Lakehouse, name: str, trigger: str, how: HowToRun) -> StreamReport:
    """Run a job as a stream and return the record of it.

    Args:
        lakehouse: The project.
        name: A job, or a dataset that only one layer has.
        trigger: `available-now`, or a time such as `30 seconds`.
        how: How the run was asked for; a stream has no moment, and no parts.

    Raises:
        ConfigError: The trigger is none.
        JobDefinitionError: There is no such job, or it cannot run as a stream.
        ContractError: The contract of its table is missing or broken.
        TableError: A table that it reads does not exist yet.
        PlatformError: The session is one of Spark Connect.
    """
    when, job = Trigger.parse(trigger), _streamable(lakehouse, name, how)
    from tidegate.job.streams.positions import fingerprint, watched_by  # noqa: PLC0415 - loads Spark, as what follows
    from tidegate.job.streams.running import Stream, run_stream  # noqa: PLC0415
    from tidegate.platforms.gateway import has_gateway  # noqa: PLC0415

    context = lakehouse.context
    watched = watched_by(job, context)
    checkpoint = storage.join(lakehouse.settings.storage.root, _FOLDER, job.name(), fingerprint(watched))
    if not has_gateway(context.session()):
        raise PlatformError(
            "a stream needs a session in this process, and this one is of Spark Connect",
            where="--trigger",
            hint="run the job without --trigger, as often as it is to look",
        )
    with told_to_stop() as is_told:
        stream = Stream(when, checkpoint, watched, lakehouse.settings.run.stream_max_files, is_told.is_set)
        return run_stream(job(), context, stream)


def render_stream(report: StreamReport) -> str:
    """Return the summary of a stream."""
    ended = {"end": "all is taken", "signal": "told to stop", "failure": "a run failed"}[report.ended_by]
    lines = [
        f"{report.job}: {status_text(report.status)}, {ended}  (stream, {report.trigger})",
        "",
        f"  {report.micro_batches:,} micro-batches, {report.runs:,} runs that published",
        "  " + ", ".join(f"{getattr(report.counts, name):,} {name}" for name in OUTCOMES),
    ]
    return "\n".join([*lines, *(["", report.error] if report.error else [])])


def _streamable(lakehouse: Lakehouse, name: str, how: HowToRun) -> type[SparkJob]:
    if name in lakehouse.registry.pipelines:
        steps = ", ".join(step.name for step in lakehouse.registry.pipelines[name].steps)
        raise JobDefinitionError(
            f"{name} is a pipeline, and jobs are streamed one at a time", where="--trigger", hint=f"its jobs: {steps}"
        )
    how.check_stream(name)
    job = lakehouse.job(name)
    if not issubclass(job, SparkJob):
        raise JobDefinitionError(
            f"{job.name()} reads whole tables, and is no stream",
            where="--trigger",
            hint="run it without --trigger, as often as its tables are to be made",
        )
    with telling_refusals(lakehouse, job.name()):
        lakehouse.check_declarations([job])
    return job
