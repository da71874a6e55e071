"""Build gold: dbt on the very session and tables of the run, all or nothing."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import DbtError, GateError, JobDefinitionError
from tidegate.job.dbt.catalog import check_session, committing, literal, shown
from tidegate.job.dbt.checks import refusing, require_checks, rule_results
from tidegate.job.dbt.invocation import Dbt
from tidegate.job.dbt.messages import cleaned
from tidegate.job.dbt.result import DbtResult
from tidegate.job.dbt.tables import GoldTables
from tidegate.tables.delta import DeltaStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import SparkSession

    from tidegate.errors import TidegateError
    from tidegate.job.dbt.nodes import Outcome, ParsedProject
    from tidegate.job.dbt.request import DbtBuild
    from tidegate.job.dbt.result import BuildStatus

_UNDONE = "every gold table is as it was before"


def build_gold(session: SparkSession, request: DbtBuild) -> DbtResult:
    """Build all models and run all tests of a dbt project; return what was done.

    The models see each source at one version. Where a model cannot be built or a test of severity error does not pass,
    every table that the build wrote is restored, and one that it made is removed. A build that is killed leaves tables
    without a seal; the next one makes up for it, or restores them all the same.

    Args:
        session: The process's Spark session, with Delta. Its settings are afterwards what they were.
        request: What to build, from what.

    Raises:
        MissingExtraError: dbt, or its Spark adapter, is not installed.
        JobDefinitionError: The project cannot be parsed, reads a table that it is not given, makes other tables than
            are expected, or has a model without a test.
        PlatformError: dbt would run on another session.
        ConcurrentWriteError: Another driver commits to the tables.
        TableError: A failed build could not be taken back.
    """
    check_session(session)
    clock = _Clock()
    with clock.part("parse"):
        dbt = Dbt(request, literal(request.location))
        project = dbt.parse()
        _require_fit(project, request)
        require_checks(project, request.project_dir)
    with request.turns.at(*request.tables):
        return _built(session, dbt, project, clock)


def _built(session: SparkSession, dbt: Dbt, project: ParsedProject, clock: _Clock) -> DbtResult:
    """Build and judge, while nobody else commits to the tables."""
    request = dbt.request
    store = DeltaStore(request.location, lambda: session)
    build = _Build(request, project, GoldTables(store, project.models, request.part.token), clock)
    try:
        with ExitStack() as stack:
            with clock.part("register"):
                stack.enter_context(shown(session, request, project.models, store))
            with clock.part("build"), committing(session, request.part.to_json()):
                outcomes = {outcome.id: outcome for outcome in dbt.build()}
    except BaseException:
        build.tables.restore(session)
        raise
    return build.judged(session, outcomes)


@dataclass
class _Clock:
    """Wall seconds of the parts of a build."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - start, 4)


@dataclass(frozen=True)
class _Build:
    """A build that dbt has done."""

    request: DbtBuild
    project: ParsedProject
    tables: GoldTables
    clock: _Clock

    def judged(self, session: SparkSession, outcomes: Mapping[str, Outcome]) -> DbtResult:
        """Return the result; a build that succeeded is sealed first, any other is taken back."""
        by_id = {model.id: model for model in self.project.models}
        order = [id_ for id_ in outcomes if id_ in by_id] + [id_ for id_ in by_id if id_ not in outcomes]
        models = tuple(self.tables.describe(by_id[id_], outcomes.get(id_)) for id_ in order)
        tests = rule_results(self.project, outcomes, self.tables)
        status, error = self._verdict(outcomes)
        if error is None:
            with self.clock.part("seal"):
                self.tables.seal(session, self.request.tables[0], self.request.commit)
        else:
            with self.clock.part("restore"):
                self.tables.restore(session)
        models = tuple(replace(model, version_after=self.tables.version(model.table)) for model in models)
        return DbtResult(status, models, tests, self.clock.seconds, error)

    def _verdict(self, outcomes: Mapping[str, Outcome]) -> tuple[BuildStatus, TidegateError | None]:
        refused = refusing(self.project, outcomes)
        checks = {check.id for check in self.project.checks}
        broken = [outcome for id_, outcome in outcomes.items() if id_ not in checks and outcome.status == "error"]
        if broken:
            return "failed", self._broken(broken)
        if not refused:
            return "succeeded", None
        shown_ = ", ".join(
            f"{check.name} ({f'{outcome.failures} rows' if outcome.status == 'fail' else cleaned(outcome.message)})"
            for check, outcome in refused
        )
        files = dict.fromkeys(storage.join(self.request.project_dir, check.file) for check, _ in refused)
        return "refused", GateError(
            f"the tests of gold refused the build: {shown_}",
            where=", ".join(files),
            hint=f"{_UNDONE}; mend the data or the model, and run again",
        )

    def _broken(self, broken: list[Outcome]) -> DbtError:
        files = {model.id: model.file for model in self.project.models}
        first = broken[0]
        name = first.id.rpartition(".")[2]
        more = f" ({len(broken) - 1} more failed)" if len(broken) > 1 else ""
        return DbtError(
            f"the model {name} cannot be built{more}: {cleaned(first.message)}",
            where=storage.join(self.request.project_dir, files[first.id]) if first.id in files else name,
            hint=f"{_UNDONE}; the SQL is below {self.request.target_path}, dbt's log in {self.request.log_path}",
        )


def _require_fit(project: ParsedProject, request: DbtBuild) -> None:
    missing = [str(table) for table in project.sources if table not in request.sources]
    if missing:
        raise JobDefinitionError(
            f"the dbt project reads {', '.join(missing)}, which the job does not give it",
            where=request.project_dir,
            hint=f"name them among the job's inputs; it has {', '.join(map(str, request.sources)) or 'none'}",
        )
    made = {model.table for model in project.models}
    if made != set(request.tables):
        raise JobDefinitionError(
            f"the dbt project makes {', '.join(map(str, sorted(made))) or 'no table'}, and the job says otherwise",
            where=request.project_dir,
            hint=f"mend the job's tables, which are {', '.join(map(str, sorted(request.tables)))}",
        )
