"""The life of a run of a watch: plan, read and measure table by table, judge, keep, report."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tidegate.job.failures import describe_failure
from tidegate.job.frame import announce, take_through
from tidegate.job.steps import Steps
from tidegate.job.watch.expectations import expectations_of, references_of
from tidegate.job.watch.judging import judge, series
from tidegate.job.watch.plan import plan_watch
from tidegate.model.names import TableName
from tidegate.model.reports import Counts, RuleResult
from tidegate.model.transfers import InputRead, OutputWritten
from tidegate.model.watching import Measure, WatchedTable, WatchReport

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tidegate.job.context import RunContext
    from tidegate.job.watch.expectations import Expectation
    from tidegate.job.watch.history import Metrics
    from tidegate.job.watch.job import WatchJob
    from tidegate.model.contracts import Contract
    from tidegate.model.events import RunStarted
    from tidegate.model.reports import RunStatus
    from tidegate.model.watching import Point
    from tidegate.tables.port import Published


def run_watch(job: WatchJob, context: RunContext) -> WatchReport:
    """Take a watch through the life of a run and return its record; errors of the run are in the record."""
    started = announce(job, context)
    return take_through(_Run(job, context, started, Steps(context, started.run_id, job.name())), context)


@dataclass(frozen=True)
class _Plan:
    """What is to be measured of one table."""

    table: TableName
    version: int
    contract: Contract
    expected: tuple[Expectation, ...]


@dataclass
class _Run:
    """One run and what it knows so far; a failed run reports what it knew."""

    job: WatchJob
    context: RunContext
    started: RunStarted
    steps: Steps
    watched: list[WatchedTable] = field(default_factory=list)
    published: Published | None = None

    def live(self) -> RunStatus:
        """Run the steps; return how it ended, unless it failed."""
        with self.steps.step("plan"):
            plans = self._plans()
        if not plans:
            return "nothing_new"
        from tidegate.job.watch.history import Metrics  # noqa: PLC0415 - needs Spark

        now, metrics = self.context.clock(), Metrics(self.job.outputs()[0], self.job.name(), self.context)
        with self.steps.step("read"):
            past = metrics.past(now, *_drifting(plans))
            for plan in plans:
                self.watched.append(self._watched(plan, past.get(str(plan.table), []), now))
        with self.steps.step("publish"):
            self._keep(metrics, now)
        statuses = {check.status for table in self.watched for check in table.checks}
        return "refused" if "failed" in statuses else "succeeded"

    def report(self, status: RunStatus, error: Exception | None) -> WatchReport:
        """Return the record of the run."""
        context, kept = self.context, sum(len(table.measures) for table in self.watched) if self.published else 0
        return WatchReport(
            run_id=self.started.run_id,
            job=self.started.name,
            status=status,
            started_at=self.started.started_at,
            ended_at=context.clock().isoformat(),
            counts=Counts(read=kept, published=kept),
            rules=tuple(_rule(table, place) for table in self.watched for place in range(len(table.checks))),
            inputs=tuple(map(self._input, self.watched)),
            output=self._output(kept),
            seconds=dict(self.steps.seconds),
            parent_run_id=context.parent_run_id,
            pipeline=context.pipeline,
            error=self._error(status, error),
            error_type=type(error).__name__ if error else None,
            watched=tuple(self.watched),
        )

    def _plans(self) -> list[_Plan]:
        """Return what is to be measured; contracts are read whole before anything is."""
        plans = []
        for read in plan_watch(type(self.job), self.context, self.job.chosen).inputs:
            table = TableName.parse(read.name)
            contract = self.context.contracts.get(table)
            plans.append(_Plan(table, read.until or 0, contract, expectations_of(contract)))
        return plans

    def _watched(self, plan: _Plan, points: list[Point], now: datetime) -> WatchedTable:
        from tidegate.job.watch.measuring import measure  # noqa: PLC0415 - needs Spark

        frame = self.context.tables.store(plan.table).read(plan.table, plan.version)
        measures = measure(frame, plan.contract, plan.expected, now)
        measures = (*measures, *(self._compared(plan, wish, measures[0].value or 0.0) for wish in _beyond(plan)))
        past = series(points)
        checks = tuple(judge(wish, measures, past, self.job.fails_on) for wish in plan.expected)
        return WatchedTable(str(plan.table), plan.version, measures, checks)

    def _compared(self, plan: _Plan, wish: Expectation, rows: float) -> Measure:
        """Return a number that needs another table."""
        from tidegate.job.watch.measuring import orphan_share  # noqa: PLC0415 - needs Spark

        tables = self.context.tables
        if wish.kind == "row_count":
            source = TableName.parse(wish.subject)
            known = next((table for table in self.watched if table.table == wish.subject), None)
            theirs = known.measures[0].value if known else float(tables.store(source).read(source).count())
            return Measure("difference_share", wish.subject, _difference(rows, theirs or 0.0))
        reference = references_of(plan.contract)[wish.subject]
        ours, theirs_rows = tables.store(plan.table), tables.store(reference.table).read(reference.table)
        share = orphan_share(ours.read(plan.table, plan.version), reference, theirs_rows)
        return Measure("orphan_share", wish.subject, share)

    def _keep(self, metrics: Metrics, now: datetime) -> None:
        self.published = metrics.keep(self.watched, self.started.run_id, now)

    def _input(self, table: WatchedTable) -> InputRead:
        name = TableName.parse(table.table)
        store = self.context.tables.store(name)
        rows = next((int(one.value) for one in table.measures if one.metric == "row_count" and one.value), 0)
        read = InputRead(table.table, table.table, "whole", version_to=table.version, rows=rows)
        return replace(read, format=store.format, location=store.location(name))

    def _output(self, rows: int) -> OutputWritten | None:
        table = self.job.outputs()[0]
        if self.published is None:
            return None
        store = self.context.tables.store(table)
        before, after = self.published.version_before, self.published.version_after
        return OutputWritten(str(table), store.format, store.location(table), before, after, rows)

    def _error(self, status: RunStatus, error: Exception | None) -> str | None:
        if error is not None:
            return describe_failure(error, self.steps.current, is_debugging=self.context.is_debugging)
        if status != "refused":
            return None
        broken = [f"{table.table}: {check.name}" for table in self.watched for check in table.broken]
        return f"{len(broken)} checks did not pass: {', '.join(broken)}"


def _drifting(plans: Sequence[_Plan]) -> tuple[set[str], set[str]]:
    """Return the tables whose past matters, and the columns."""
    wishes = [(str(plan.table), wish) for plan in plans for wish in plan.expected if wish.kind == "drift"]
    return {table for table, _ in wishes}, {wish.subject for _, wish in wishes}


def _beyond(plan: _Plan) -> list[Expectation]:
    """Return what is expected of a table in comparison with another."""
    return [wish for wish in plan.expected if wish.kind in {"row_count", "consistency"}]


def _difference(ours: float, theirs: float) -> float:
    """Return how far a count is from the source's, as a share of that; 1 where the source is empty and we are not."""
    return abs(ours - theirs) / theirs if theirs else float(ours > 0)


def _rule(table: WatchedTable, place: int) -> RuleResult:
    check = table.checks[place]
    return RuleResult(
        id=f"{table.table}: {check.name}",
        severity=check.severity,
        scope="table",
        checked=1,
        failed=int(check.status != "passed"),
        status=check.status,
        kind=check.kind,
        columns=(check.column,) if check.column else (),
        description=check.found,
    )
