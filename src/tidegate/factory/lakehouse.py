"""`Lakehouse`: one project, opened with its configuration; the composition root."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.config import Settings, load_settings
from tidegate.contracts.book import load_contracts
from tidegate.errors import JobDefinitionError
from tidegate.factory.observers import make_observers
from tidegate.factory.places import connection_of, located, table_places
from tidegate.factory.registry import JobRegistry, discover
from tidegate.factory.sessions import Sessions
from tidegate.factory.upkeep import upkeep_after_runs
from tidegate.job.base import SparkJob
from tidegate.job.context import Observers, RunContext
from tidegate.job.dbt.job import DbtJob, DbtPlace
from tidegate.job.planning import plan_of
from tidegate.job.retries import Retries
from tidegate.model.slices import REBUILD
from tidegate.pipeline.backfill import plan_backfill, run_backfill
from tidegate.pipeline.graph import build_graph
from tidegate.pipeline.run import Plan, run_pipeline
from tidegate.platforms.detection import VARIABLE, choose_platform
from tidegate.platforms.port import SessionRequest
from tidegate.tables.catalog import Catalog
from tidegate.tables.staging import FileStaging, MemoryStaging

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from pyspark.sql import SparkSession
    from typing_extensions import Self

    from tidegate.contracts.book import ContractBook
    from tidegate.factory.arguments import Arguments
    from tidegate.factory.entrypoint import Entry
    from tidegate.job.planning import AnyPlan
    from tidegate.job.port import Job
    from tidegate.model.backfills import BackfillReport
    from tidegate.model.events import Observer
    from tidegate.model.reports import PipelineReport, RunReport
    from tidegate.model.slices import Backfill
    from tidegate.pipeline.graph import Graph
    from tidegate.platforms.port import Platform


class Lakehouse:
    """One project: its settings, jobs, contracts and tables. Spark starts when something first needs it.

    Use it as a context manager, so that the session is stopped and lineage is delivered:

        with Lakehouse.open(Arguments(env="local")) as lakehouse:
            report = lakehouse.run("silver.orders")
    """

    def __init__(
        self,
        settings: Settings,
        platform: Platform,
        *,
        environ: Mapping[str, str],
        observers: Sequence[Observer] = (),
        is_debugging: bool = False,
    ) -> None:
        """Keep what was decided; nothing is opened yet.

        Args:
            settings: The settings.
            platform: Where Spark comes from.
            environ: Environment variables, for references to secrets.
            observers: Observers beside those that the settings ask for.
            is_debugging: Whether errors are reported whole.
        """
        self.settings = settings
        self.platform = platform
        self._environ = environ
        self._more_observers = tuple(observers)
        self._is_debugging = is_debugging
        self._sessions = Sessions(platform, self.needs)

    @classmethod
    def open(
        cls, arguments: Arguments, *, observers: Sequence[Observer] = (), environ: Mapping[str, str] | None = None
    ) -> Self:
        """Return the project whose configuration the arguments name.

        Args:
            arguments: Where the configuration is, and how to run.
            observers: Observers beside those that the settings ask for, such as a progress display.
            environ: Environment variables; the process's own by default.

        Raises:
            ConfigError: The configuration cannot be used; the message lists every problem.
            PlatformError: There is no such platform.
        """
        environ = environ if environ is not None else os.environ
        settings = load_settings(arguments.config, arguments.env, overrides=arguments.overrides, environ=environ)
        platform = choose_platform(environ, arguments.platform or environ.get(VARIABLE) or settings.platform)
        settings = located(settings, platform.s3_scheme)
        return cls(settings, platform, environ=environ, observers=observers, is_debugging=arguments.is_debugging)

    def watched_by(self, *observers: Observer) -> Self:
        """Tell more observers of runs, and return the lakehouse; call it before anything is run."""
        self._more_observers += observers
        return self

    def __enter__(self) -> Self:
        """Return the lakehouse."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Deliver what observers hold, and stop the session where it is ours."""
        if "context" in self.__dict__:
            self.context.observers.close()
        self._sessions.stop()

    @cached_property
    def registry(self) -> JobRegistry:
        """The jobs of the project."""
        return discover(Path(self.settings.jobs.path))

    @cached_property
    def contracts(self) -> ContractBook:
        """The contracts of the project."""
        return load_contracts(self.settings.contracts.location)

    @cached_property
    def tables(self) -> Catalog:
        """The tables of the project."""
        return Catalog(table_places(self.settings.storage, self._environ), self.session)

    @cached_property
    def context(self) -> RunContext:
        """What runs are given."""
        settings, root = self.settings, self.settings.storage.root
        is_in_memory = settings.run.staging == "memory"
        return RunContext(
            session=self.session,
            tables=self.tables,
            contracts=self.contracts,
            staging=MemoryStaging(root) if is_in_memory else FileStaging(root, self.session),
            landing=settings.landing.root,
            connection=lambda name: connection_of(settings.connections, name, self._environ),
            observers=Observers((*self._more_observers, *make_observers(settings, self._environ))),
            max_quarantined_share=settings.gate.max_quarantined_share,
            min_score=settings.gate.min_score,
            is_debugging=self._is_debugging,
            fold_rows=settings.maintenance.fold_rows,
            retries=Retries(settings.run.conflict_retries, settings.run.conflict_wait_seconds),
            maintain=upkeep_after_runs(self),
        )

    def session(self) -> SparkSession:
        """Return the Spark session, starting it the first time; in a thread that has one of its own, that one.

        Raises:
            PlatformError: The platform cannot give the session that the tables need.
        """
        return self._sessions.session()

    def needs(self) -> SessionRequest:
        """Return what the session must be able to do, secrets included: for the platform and for nothing else."""
        formats = frozenset(layer.format for layer in self.settings.storage.layers.values())
        name, spark = self.settings.project.name, self.settings.spark
        return SessionRequest(name, spark.resolved_conf(self._environ), formats, spark.secret_keys)

    def module_entry(self, name: str) -> Entry | None:
        """Return the entry of a job module that is not a job class, or None where the name means something else."""
        if name in self.settings.pipelines:
            return None
        registered = self.registry.find(name)
        return registered.entry if registered.job is None else None

    def run(self, name: str) -> RunReport | PipelineReport:
        """Run a job or a pipeline and return its record.

        Args:
            name: A pipeline, a job, or a dataset that only one layer has.

        Raises:
            JobDefinitionError: There is no such job or pipeline, or its jobs depend on each other in a circle.
            ContractError: The contract of a table that would be written is missing or broken; no job has run.
        """
        if name not in self.settings.pipelines:
            job = self._job(name)
            self._check_contracts([job])
            return self._instance(job).execute(self.context)
        pipeline = self.settings.pipelines[name]
        graph, jobs = self._graph(name)
        self._check_contracts(jobs)
        instances = {job.name(): self._instance(job) for job in jobs}
        return run_pipeline(
            Plan(name, graph, instances, pipeline.description),
            replace(self.context, own_session=self._sessions.own),
            keep_going=self.settings.run.keep_going,
            parallel_jobs=self.settings.run.jobs_at_once,
        )

    def backfill(self, name: str, request: Backfill, *, is_restarting: bool = False) -> BackfillReport:
        """Run a job again over days that are past, a batch per slice, and return the record of all.

        Slices that an earlier call of the same request published are not run again. Live watermarks stay as they are.

        Args:
            name: A job, or a dataset that only one layer has.
            request: The days, and how to cut them.
            is_restarting: Whether to begin anew, even where the request was finished.

        Raises:
            JobDefinitionError: There is no such job, or running it on slices would spoil its table.
            ContractError: The contract of the table is missing or broken.
        """
        job = self.sliceable(name)
        plan = plan_backfill(job, request, self.context, is_restarting=is_restarting)
        return run_backfill(job(), plan, self.context)

    def rebuild(self, name: str) -> RunReport:
        """Make a job's table anew from all that its inputs hold, in one commit, and return the record.

        The run is a live one: what it read is what the next run goes on from.

        Args:
            name: A job, or a dataset that only one layer has.

        Raises:
            JobDefinitionError: There is no such job, or it is not a `SparkJob`.
            ContractError: The contract of the table is missing or broken.
        """
        return self.sliceable(name)().execute(replace(self.context, part=REBUILD))

    def plan(self, name: str) -> dict[str, AnyPlan]:
        """Return, per job in the order of running, what a run would read now; Spark is not started.

        Raises:
            JobDefinitionError: There is no such job or pipeline, or its jobs depend on each other in a circle.
        """
        if name not in self.settings.pipelines:
            job = self._job(name)
            return {job.name(): plan_of(job, self.context)}
        graph, jobs = self._graph(name)
        by_name = {job.name(): job for job in jobs}
        return {job: plan_of(by_name[job], self.context) for job in graph.order}

    def sliceable(self, name: str) -> type[SparkJob]:
        """Return the job of that name, whose contract is there, for running it on slices of its inputs.

        Args:
            name: A job, or a dataset that only one layer has.

        Raises:
            JobDefinitionError: There is no such job, or it is not a `SparkJob`.
            ContractError: The contract of the table is missing or broken.
        """
        if name in self.settings.pipelines:
            raise JobDefinitionError(
                f"{name} is a pipeline, and jobs are backfilled one at a time",
                hint=f"its jobs: {', '.join(self.settings.pipelines[name].jobs)}",
            )
        job = self._job(name)
        if not issubclass(job, SparkJob):
            raise JobDefinitionError(
                f"{job.name()} is built by dbt, which decides itself what it reads",
                hint="backfill the tables that it reads; the days that change are handed to it by its next run",
            )
        self._check_contracts([job])
        return job

    def _check_contracts(self, jobs: Sequence[type[Job]]) -> None:
        for job in jobs:
            if issubclass(job, SparkJob):
                self.contracts.get(job.output.name)

    def _instance(self, job: type[Job]) -> Job:
        if issubclass(job, DbtJob):
            return job(DbtPlace(self.settings.dbt.project_dir, self.settings.dbt.target_path))
        return job()

    def _graph(self, pipeline: str) -> tuple[Graph, list[type[Job]]]:
        jobs = [self._job(name) for name in self.settings.pipelines[pipeline].jobs]
        return build_graph(pipeline, jobs, self.contracts), jobs

    def _job(self, name: str) -> type[Job]:
        registered = self.registry.find(name)
        if registered.job is None:
            raise JobDefinitionError(
                f"{registered.name} is a script, not a job with a table",
                where=str(registered.file),
                hint=f"run it with `tidegate run {registered.name}`; it cannot be planned, nor be part of a pipeline",
            )
        return registered.job
