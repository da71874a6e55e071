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
from tidegate.factory.backfills import HowToFill, backfill_job, backfill_pipeline, sliceable
from tidegate.factory.contexts import run_context
from tidegate.factory.observers import lineage_settings
from tidegate.factory.pipelines import AS_A_WHOLE, HowToRun, graph_of, known_pipeline, run_declared
from tidegate.factory.places import exclusive_formats, located, table_places
from tidegate.factory.refusals import telling_refusals
from tidegate.factory.registry import JobRegistry, discover, with_pipelines
from tidegate.factory.sessions import Sessions
from tidegate.job.base import SparkJob
from tidegate.job.dbt.job import DbtJob, DbtPlace
from tidegate.job.fitting import check_columns
from tidegate.lineage.spark_agent import FirstRun, agent_conf, secret_keys
from tidegate.model.slices import REBUILD
from tidegate.pipeline.forecast import alone, forecast
from tidegate.platforms.detection import VARIABLE, choose_platform
from tidegate.platforms.jars import KAFKA
from tidegate.platforms.port import SessionRequest
from tidegate.tables.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    from pyspark.sql import SparkSession
    from typing_extensions import Self

    from tidegate.contracts.book import ContractBook
    from tidegate.factory.arguments import Arguments
    from tidegate.factory.entrypoint import Entry
    from tidegate.job.context import RunContext
    from tidegate.job.port import Job
    from tidegate.model.backfills import BackfillReport, PipelineBackfillReport
    from tidegate.model.events import Observer
    from tidegate.model.reports import PipelineReport, RunReport
    from tidegate.model.slices import Backfill
    from tidegate.pipeline.forecast import Forecast
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
        self.environ = environ
        self.observers = tuple(observers)
        self.is_debugging = is_debugging
        self.first_run = FirstRun()
        self.sessions = Sessions(platform, self.needs)

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
        self.observers += observers
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
        self.sessions.stop()

    @cached_property
    def registry(self) -> JobRegistry:
        """The jobs and pipelines of the project.

        Raises:
            JobDefinitionError: One of them cannot run as it is declared.
        """
        found = discover(Path(self.settings.jobs.path))
        return with_pipelines(found, (written.pipeline() for written in self.settings.pipelines.values()))

    @cached_property
    def contracts(self) -> ContractBook:
        """The contracts of the project."""
        return load_contracts(self.settings.contracts.location, self.settings.privacy.policies)

    @cached_property
    def tables(self) -> Catalog:
        """The tables of the project."""
        exclusive = exclusive_formats(self.settings, self.platform)
        return Catalog(table_places(self.settings.storage, self.environ, exclusive), self.session)

    @cached_property
    def context(self) -> RunContext:
        """What runs are given."""
        return run_context(self)

    def session(self) -> SparkSession:
        """Return the Spark session, starting it the first time; in a thread that has one of its own, that one.

        Raises:
            PlatformError: The platform cannot give the session that the tables need.
        """
        return self.sessions.session()

    def needs(self) -> SessionRequest:
        """Return what the session must be able to do, secrets included: for the platform and for nothing else."""
        formats: frozenset[str] = frozenset(layer.format for layer in self.settings.storage.layers.values())
        if any(connection.type == KAFKA for connection in self.settings.connections.values()):
            formats |= {KAFKA}
        name, spark, lineage = self.settings.project.name, self.settings.spark, self.settings.lineage
        conf, secret = spark.resolved_conf(self.environ), spark.secret_keys
        has_agent = lineage.enabled and lineage.spark_agent
        if has_agent:
            agent = agent_conf(lineage_settings(self.settings, self.environ), self.first_run.run)
            conf, secret = {**agent, **conf}, secret | secret_keys(agent)
        return SessionRequest(name, conf, formats, secret, has_agent)

    def module_entry(self, name: str) -> Entry | None:
        """Return the entry of a job module that is not a job class, or None where the name means something else."""
        if name in self.registry.pipelines:
            return None
        registered = self.registry.find(name)
        return registered.entry if registered.job is None else None

    def run(self, name: str, how: HowToRun = AS_A_WHOLE) -> RunReport | PipelineReport:
        """Run a job or a pipeline and return its record.

        Args:
            name: A pipeline, a job, or a dataset that only one layer has.
            how: Which jobs of a pipeline, and whether a run that failed is to go on.

        Raises:
            JobDefinitionError: There is no such job or pipeline, its jobs depend on each other in a circle, or one of
                them names a column that no contract has; no job has run.
            ContractError: The contract of a table that would be written is missing or broken; no job has run.
            PipelineBusyError: Another run of the pipeline is under way.
        """
        if name in self.registry.pipelines:
            with telling_refusals(self, name):
                return run_declared(self, name, how)
        how.check_job(name)
        job = self.job(name)
        with telling_refusals(self, name):
            self.check_declarations([job])
            return self.instance(job).execute(how.about(self.context))

    def backfill(
        self,
        name: str,
        request: Backfill,
        *,
        is_restarting: bool = False,
        only_missing: bool = False,
        parallel: int | None = None,
    ) -> BackfillReport:
        """Run a job again over days that are past, a batch per slice, and return the record of all.

        Slices that an earlier call of the same request published are not run again. Live watermarks stay as they are.

        Args:
            name: A job, or a dataset that only one layer has.
            request: The days, and how to cut them.
            is_restarting: Whether to begin anew, even where the request was finished.
            only_missing: Whether to run only the slices with days that were never processed.
            parallel: How many slices are under way at the same time, at most; None takes `run.parallel_jobs`.

        Raises:
            JobDefinitionError: There is no such job, or running it on slices would spoil its table.
            ContractError: The contract of the table is missing or broken.
        """
        return backfill_job(self, name, request, HowToFill(is_restarting, only_missing, parallel))

    def backfill_pipeline(self, name: str, request: Backfill, how: HowToFill | None = None) -> PipelineBackfillReport:
        """Run the jobs of a pipeline again over days that are past, each when those it depends on are done.

        Raises:
            JobDefinitionError: There is no such pipeline, or none of its jobs can be run on such slices.
            ContractError: The contract of a table is missing or broken.
        """
        known_pipeline(self, name)
        return backfill_pipeline(self, name, request, how or HowToFill())

    def rebuild(self, name: str) -> RunReport:
        """Make a job's table anew from all that its inputs hold, in one commit, and return the record.

        The run is a live one: what it read is what the next run goes on from.

        Args:
            name: A job, or a dataset that only one layer has.

        Raises:
            JobDefinitionError: There is no such job, or it is not a `SparkJob`.
            ContractError: The contract of the table is missing or broken.
        """
        return sliceable(self, name)().execute(replace(self.context, part=REBUILD))

    def plan(self, name: str) -> tuple[Forecast, ...]:
        """Return, per job in the order of running, what a run would do now; Spark is not started.

        Raises:
            JobDefinitionError: There is no such job or pipeline, or its jobs depend on each other in a circle.
        """
        if name in self.registry.pipelines:
            return forecast(*graph_of(self, name), self.context)
        return forecast(*alone(self.job(name)), self.context)

    def check_declarations(self, jobs: Iterable[type[Job]]) -> None:
        """Assert that the tables that jobs write have contracts, and that the jobs name columns which those have.

        Raises:
            ContractError: A contract is missing or broken.
            JobDefinitionError: A job names a column that no contract has.
        """
        for job in jobs:
            if issubclass(job, SparkJob):
                self.contracts.get(job.output.name)
                check_columns(job, self.context)

    def instance(self, job: type[Job]) -> Job:
        """Return a job that is ready to run."""
        if issubclass(job, DbtJob):
            return job(DbtPlace(self.settings.dbt.project_dir, self.settings.dbt.target_path))
        return job()

    def job(self, name: str, where: str | None = None) -> type[Job]:
        """Return a job by its name.

        Args:
            name: A job, or a dataset that only one layer has.
            where: The file and line that say it; None where a person does.

        Raises:
            JobDefinitionError: There is none, or it is a script.
        """
        registered = self.registry.find(name, where)
        if registered.job is None:
            raise JobDefinitionError(
                f"{registered.name} is a script, not a job with a table",
                where=str(registered.file),
                hint=f"run it with `tidegate run {registered.name}`; it cannot be planned, nor be part of a pipeline",
            )
        return registered.job
