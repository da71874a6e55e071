"""Slices are prepared side by side and write in their order; what is published is always the first so many."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pipeline.fakes import Diary, context

from tidegate.errors import TableError, TidegateError
from tidegate.job.context import new_run_id
from tidegate.model.declarations import Output
from tidegate.model.modes import Replace
from tidegate.model.pipelines import Step
from tidegate.model.reports import RunReport
from tidegate.model.slices import Slice
from tidegate.pipeline.backfill import BackfillPlan
from tidegate.pipeline.filling import Filling, fill, run_backfill
from tidegate.pipeline.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.model.backfills import BackfillReport
    from tidegate.model.names import TableName
    from tidegate.model.reports import RunStatus
    from tidegate.tables.catalog import Catalog


@dataclass
class Tables:
    """Tables that know nothing but how many commits they have had."""

    written: dict[str, list[int]] = field(default_factory=dict)

    def store(self, table: TableName) -> Tables:
        return self

    def version(self, table: TableName) -> int | None:
        return len(self.written.get(str(table), ())) or None


@dataclass
class SlicedJob:
    """A job that prepares each slice, waits for its turn, and writes the slice's number."""

    label: str
    tables: Tables
    diary: Diary
    failing: Mapping[int, str] = field(default_factory=dict)
    meet: Callable[[], object] = lambda: None
    attempts: list[int] = field(default_factory=list)

    @property
    def output(self) -> Output:
        return Output(self.label, Replace())

    def name(self) -> str:
        return self.label

    def execute(self, context: RunContext) -> RunReport:
        assert context.part is not None
        number = context.part.number
        self.diary.begin(f"{self.label} {number}")
        self.attempts.append(number)
        status, error = self._run(context, number)
        self.diary.end(f"{self.label} {number}")
        is_retried = status == "failed" and context.retries_left > 0
        return RunReport(new_run_id(), self.label, status, "", "", error=error, is_retried=is_retried)

    def _run(self, context: RunContext, number: int) -> tuple[RunStatus, str | None]:
        if self.failing.get(number) == "prepare":
            return "refused", f"slice {number} is bad"
        self.meet()
        try:
            assert context.turn is not None
            context.turn()
        except TidegateError as error:
            return "skipped", str(error)
        if self.failing.get(number) == "write" and (context.retries_left or not context.attempt > 1):
            return "failed", f"slice {number} could not be written"
        self.tables.written.setdefault(self.label, []).append(number)
        return "succeeded", None


def slices(count: int, done: int = 0) -> BackfillPlan:
    return BackfillPlan("backfill", tuple(Slice(number) for number in range(1, count + 1)), done)


def filled(job: SlicedJob, plan: BackfillPlan, at_once: int, in_order: str | None = None) -> BackfillReport:
    known = context(cast("Catalog", job.tables))
    return run_backfill(cast("SparkJob", job), plan, known, at_once=at_once, in_order=in_order)


faults = st.dictionaries(st.integers(1, 8), st.sampled_from(["prepare", "write"]), max_size=3)


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 8), st.integers(0, 3), faults, st.integers(1, 4))
def test_what_is_published_is_what_one_after_the_other_would_have_published_and_the_same_call_goes_on(
    count: int, done: int, failing: Mapping[int, str], at_once: int
) -> None:
    done = min(done, count)
    job = SlicedJob("silver.t", Tables(), Diary(), failing)
    report = filled(job, slices(count, done), at_once)
    bad = min((number for number in failing if done < number <= count), default=None)
    good = list(range(done + 1, count + 1 if bad is None else bad))
    assert job.tables.written.get("silver.t", []) == good
    assert job.diary.most <= at_once
    assert report.published == done + len(good)
    if bad is None:
        assert (report.status, report.failed) == ("succeeded" if good else "nothing_new", None)
    else:
        assert report.failed is not None
        assert f"slice {bad} " in str(report.failed.error)
        assert report.status == ("refused" if failing[bad] == "prepare" else "failed")
        assert {run.status for run in report.runs[len(good) + 1 :]} <= {"skipped", "refused"}
    again = filled(replace(job, failing={}), slices(count, report.published), at_once)
    assert again.published == count
    assert job.tables.written.get("silver.t", []) == list(range(done + 1, count + 1))


def test_the_first_slice_makes_the_table_and_the_others_are_prepared_at_the_same_time() -> None:
    tables, diary = Tables(), Diary()
    together = threading.Barrier(3, timeout=30)
    job = SlicedJob("silver.t", tables, diary, meet=lambda: together.wait() if tables.written else None)
    assert filled(job, slices(4), 3).status == "succeeded"
    assert diary.lines[:2] == [("begin", "silver.t 1"), ("end", "silver.t 1")]
    assert diary.most == 3


def test_slices_that_look_at_the_table_run_one_after_the_other_and_the_report_says_why() -> None:
    job = SlicedJob("silver.t", Tables({"silver.t": [0]}), Diary())
    report = filled(job, slices(3), 4, "a rule refers to rows of silver.t itself")
    assert (job.diary.most, report.in_order) == (1, "a rule refers to rows of silver.t itself")


def test_jobs_that_do_not_depend_on_each_other_are_filled_at_the_same_time_and_others_wait_for_all_slices() -> None:
    tables, diary, together = Tables(), Diary(), threading.Barrier(2, timeout=30)
    jobs = {name: SlicedJob(f"silver.{name}", tables, diary, meet=together.wait) for name in ("a", "b")}
    jobs["c"] = SlicedJob("silver.c", tables, diary)
    upstream = {"a": frozenset[str](), "b": frozenset[str](), "c": frozenset({"a", "b"})}
    known = context(cast("Catalog", tables))
    graph = Graph(tuple(upstream), upstream)
    reports = fill(graph, lambda job: Filling(cast("SparkJob", jobs[job]), slices(2), known), known, at_once=2)
    assert {job: report.published for job, report in reports.items()} == {"a": 2, "b": 2, "c": 2}
    first = diary.lines.index(("begin", "silver.c 1"))
    assert {line for line in diary.lines[:first] if line[0] == "end"} == {
        ("end", f"silver.{job} {number}") for job in "ab" for number in (1, 2)
    }


@pytest.mark.parametrize("what", ["a slice", "the plan"])
def test_a_job_that_does_not_succeed_blocks_those_that_read_its_table_and_no_others(what: str) -> None:
    tables, diary = Tables(), Diary()
    upstream = {"a": frozenset[str](), "b": frozenset({"a"}), "c": frozenset[str]()}
    known = context(cast("Catalog", tables))

    def opened(job: str) -> Filling:
        if job == "a" and what == "the plan":
            raise TableError("silver.x does not exist")
        failing = {2: "write"} if job == "a" else {}
        return Filling(cast("SparkJob", SlicedJob(f"silver.{job}", tables, diary, failing)), slices(3), known)

    reports = fill(Graph(tuple(upstream), upstream), opened, known, at_once=2)
    assert {job: report.status for job, report in reports.items()} == {"a": "failed", "c": "succeeded"}
    assert tables.written["silver.c"] == [1, 2, 3]
    assert "silver.b" not in tables.written


def test_a_slice_is_tried_again_as_often_as_the_pipeline_says_before_others_lose_their_turn() -> None:
    tables, diary = Tables({"silver.t": [0]}), Diary()
    job = SlicedJob("silver.t", tables, diary, {1: "write"})
    known = context(cast("Catalog", tables))
    step = Step("silver.t", retries=1, retry_wait_seconds=0, timeout_seconds=0.000001)
    filling = Filling(cast("SparkJob", job), slices(3), known, step)
    reports = fill(Graph(("t",), {"t": frozenset()}), lambda _: filling, known, at_once=3)
    assert reports["t"].status == "succeeded"
    assert tables.written["silver.t"] == [0, 1, 2, 3]
    assert job.attempts.count(1) == 2
