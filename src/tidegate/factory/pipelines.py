"""Run a pipeline of a project: one run at a time, resumed where it stopped."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import JobDefinitionError
from tidegate.job.context import may_go_on, new_run_id
from tidegate.model.declarations import table_of
from tidegate.model.nearest import names_there_are
from tidegate.model.pins import Pins
from tidegate.model.reports import PipelineReport
from tidegate.pipeline.drawing import draw
from tidegate.pipeline.graph import build_graph
from tidegate.pipeline.journal import Beginning, Journal, last_run, pipeline_folder
from tidegate.pipeline.picture import picture
from tidegate.pipeline.run import Plan, run_pipeline
from tidegate.pipeline.selection import Selection
from tidegate.storage.lease import Terms, acquire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from tidegate.errors import TidegateError
    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.job.context import RunContext
    from tidegate.job.port import Job
    from tidegate.model.pipelines import Pipeline
    from tidegate.pipeline.drawing import Drawing
    from tidegate.pipeline.graph import Graph
    from tidegate.pipeline.journal import Past

_log = logging.getLogger("tidegate.pipeline")


@dataclass(frozen=True)
class HowToRun:
    """How a pipeline is to be run.

    Attributes:
        selection: Which of its jobs.
        is_resuming: Whether the last run, which failed or was killed, is to go on.
        logical_at: The moment (UTC) that the run is about, such as that for which a scheduler started it: files that
            landed later are left for the next run, and rules about the present are about this one. None: its beginning.
        parent_run: The run outside tidegate that starts this one, `namespace/job/run id`, for lineage; None for none.
        stopped: Returns why the run may not go on, asked before each step; None where it may.
    """

    selection: Selection = field(default_factory=Selection)
    is_resuming: bool = False
    logical_at: datetime | None = None
    parent_run: str | None = None
    stopped: Callable[[], TidegateError | None] = may_go_on

    def __post_init__(self) -> None:
        """Refuse a moment for a run that goes on.

        Raises:
            JobDefinitionError: It is given one.
        """
        if self.is_resuming and self.logical_at:
            raise JobDefinitionError(
                "a run that goes on is about the moment of the run that it goes on with",
                where="--resume, --logical-at",
                hint="leave one of them out",
            )

    def environ(self, environ: Mapping[str, str]) -> Mapping[str, str]:
        """Return the environment variables of the run, which name the run that starts it as OpenLineage does."""
        return {**environ, "OPENLINEAGE_PARENT_ID": self.parent_run} if self.parent_run else environ

    def about(self, context: RunContext) -> RunContext:
        """Return the context of a run that is about the moment that is asked for, and is stopped when it is to be."""
        pins = Pins(self.logical_at) if self.logical_at else context.pins
        return replace(context, pins=pins, stopped=self.stopped)

    def check_script(self, name: str) -> None:
        """Refuse what a script cannot be told.

        Raises:
            JobDefinitionError: That was asked for.
        """
        self.check_job(name)
        if self.logical_at:
            raise JobDefinitionError(
                f"{name} is a script, which decides itself what it reads",
                where="--logical-at",
                hint="give what it needs after --",
            )

    def check_stream(self, name: str) -> None:
        """Refuse what a stream cannot be told.

        Raises:
            JobDefinitionError: That was asked for.
        """
        self.check_job(name)
        if self.logical_at:
            raise JobDefinitionError(
                "a stream takes what comes, and is about no moment",
                where="--trigger, --logical-at",
                hint="leave one of them out",
            )

    def check_job(self, name: str) -> None:
        """Refuse to resume, or to take a part of, what is one job.

        Raises:
            JobDefinitionError: That was asked for.
        """
        if self.is_resuming or not self.selection.is_whole:
            raise JobDefinitionError(
                f"{name} is no pipeline, and only pipelines are run in part or go on",
                where="--resume, --only, --from-job, --skip",
                hint="run the job again: what is done finds nothing new",
            )


AS_A_WHOLE = HowToRun()


def known_pipeline(lakehouse: Lakehouse, name: str) -> Pipeline:
    """Return the pipeline of a name.

    Args:
        lakehouse: The project.
        name: The pipeline.

    Raises:
        JobDefinitionError: There is none.
    """
    known = lakehouse.registry.pipelines
    if name not in known:
        raise JobDefinitionError(f"there is no pipeline {name!r}", hint=names_there_are(name, known, "pipelines"))
    return known[name]


def graph_of(lakehouse: Lakehouse, name: str) -> tuple[Graph, Mapping[str, type[Job]]]:
    """Return the order of a pipeline, and its jobs by name.

    Args:
        lakehouse: The project.
        name: The pipeline.

    Raises:
        JobDefinitionError: A job does not exist, or jobs depend on each other in a circle.
    """
    pipeline = lakehouse.registry.pipelines[name]
    jobs = [lakehouse.job(step.name, step.where or pipeline.where or None) for step in pipeline.steps]
    return build_graph(name, jobs, lakehouse.contracts), {job.name(): job for job in jobs}


def run_declared(lakehouse: Lakehouse, name: str, how: HowToRun = AS_A_WHOLE) -> PipelineReport:
    """Run a pipeline and return the record. Only one run of it is under way at a time.

    Args:
        lakehouse: The project.
        name: The pipeline.
        how: Which of its jobs, and whether the last run is to go on.

    Raises:
        JobDefinitionError: A job does not exist, jobs depend on each other in a circle, or none is left to run.
        ContractError: The contract of a table that would be written is missing or broken; no job has run.
        PipelineBusyError: Another run is under way.
    """
    whole, classes = graph_of(lakehouse, name)
    folder, run_id = pipeline_folder(lakehouse.settings.storage.root, name), new_run_id()
    with _alone(lakehouse, folder, run_id) as stopped:
        past = _to_be_resumed(folder, name) if how.is_resuming else None
        if past is not None and past.is_good:
            return _nothing_left(lakehouse.context, past, name)
        graph = whole.among(past.left) if past else whole
        graph = how.selection.of(graph)
        lakehouse.check_declarations(classes[job] for job in graph.order)
        context = replace(
            lakehouse.context,
            own_session=lakehouse.sessions.own,
            interrupt=lakehouse.sessions.interrupt,
            stopped=lambda: how.stopped() or stopped(),
            pins=past.pins if past else how.about(lakehouse.context).pins,
        )
        beginning = _beginning(run_id, graph, classes, context)
        if past is not None:
            beginning = replace(
                beginning,
                logical_at=past.beginning.logical_at,
                versions={**beginning.versions, **past.pins.versions},
                done=past.done,
                resumes=past.beginning.run_id,
                cursors=past.pins.cursors,
            )
        plan = _plan(lakehouse, name, graph, classes)
        at_once = lakehouse.settings.run.jobs_at_once
        journal = Journal(folder, beginning) if storage.is_writable(folder) else None
        context = replace(context, reached=journal.reached) if journal else context
        return run_pipeline(plan, context, parallel_jobs=at_once, run_id=run_id, journal=journal)


def _plan(lakehouse: Lakehouse, name: str, graph: Graph, classes: Mapping[str, type[Job]]) -> Plan:
    pipeline = lakehouse.registry.pipelines[name]
    return Plan(
        name,
        graph,
        {job: lakehouse.instance(classes[job]) for job in graph.order},
        pipeline.description,
        {lakehouse.registry.find(step.name).name: step for step in pipeline.steps},
        "skip_dependents" if lakehouse.settings.run.keep_going else "stop",
    )


@contextmanager
def _alone(lakehouse: Lakehouse, folder: str, run_id: str) -> Iterator[Callable[[], TidegateError | None]]:
    """Hold the pipeline's lease within; gives what says whether it is still held."""
    run = lakehouse.settings.run
    if not storage.is_writable(folder):
        _log.warning("%s can only be read from here: two runs at once are not noticed, and none can be resumed", folder)
        yield lambda: None
        return
    lease = acquire(
        folder + "/lease", run_id, Terms(run.lease_seconds, run.wait_seconds * (run.when_running == "wait"))
    )
    lease.keep()
    try:
        yield lease.stopped
    finally:
        lease.release()


def _to_be_resumed(folder: str, name: str) -> Past:
    past = last_run(folder)
    if past is None:
        raise JobDefinitionError(f"{name} has never run, so there is nothing to resume", hint=f"tidegate run {name}")
    return past


def _nothing_left(context: RunContext, past: Past, name: str) -> PipelineReport:
    """Return the record of a run that had nothing to resume; observers are not told of it."""
    now, beginning = context.clock().isoformat(), past.beginning
    _log.warning("the last run of %s ended well: there is nothing to resume", name)
    return PipelineReport(
        beginning.run_id,
        name,
        "nothing_new",
        now,
        now,
        seconds={"total": 0.0},
        logical_at=beginning.logical_at,
        done_before=past.done,
    )


def _beginning(run_id: str, graph: Graph, classes: Mapping[str, type[Job]], context: RunContext) -> Beginning:
    """Return what a run is about: its moment, and the versions of the tables that it reads and does not write."""
    made = {str(table) for job in graph.order for table in classes[job].outputs()}
    read = {table for job in graph.order for table in map(table_of, classes[job].declared_inputs().values()) if table}
    now, logical_at = context.clock().isoformat(), context.now.isoformat()
    outside = sorted(table for table in read if str(table) not in made)
    versions = {str(table): context.tables.store(table).version(table) for table in outside}
    return Beginning(run_id, now, logical_at, graph.order, versions)


def drawing_of(lakehouse: Lakehouse, name: str) -> Drawing:
    """Return a pipeline as it is drawn, with its last run.

    Args:
        lakehouse: The project.
        name: The pipeline.

    Raises:
        JobDefinitionError: There is no such pipeline, or it cannot run.
    """
    known_pipeline(lakehouse, name)
    graph, _ = graph_of(lakehouse, name)
    return draw(name, graph, last_run(pipeline_folder(lakehouse.settings.storage.root, name)))


def render_drawing(drawing: Drawing, kind: str) -> bytes:
    """Return a drawing as a file.

    Args:
        drawing: The drawing.
        kind: `svg`, `png`, `mmd` or `json`.

    Raises:
        MissingExtraError: A package that draws pictures is not installed.
    """
    if kind == "mmd":
        return drawing.to_mermaid().encode()
    return picture(drawing, "png" if kind == "png" else "svg") if kind != "json" else drawing.to_json().encode()
