"""A job begins when all it depends on has ended, so many at a time; what a failure blocks is skipped."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.job.context import RunContext
from tidegate.model.reports import RunReport
from tidegate.pipeline.graph import Graph
from tidegate.pipeline.run import Plan, run_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidegate.job.port import Job
    from tidegate.model.reports import PipelineReport, RunStatus

SIZE = 7


@dataclass
class Diary:
    """What jobs did, in the order in which they did it."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    running: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, job: str) -> None:
        with self.lock:
            self.lines.append(("begin", job))
            self.running += 1
            self.most = max(self.most, self.running)

    def end(self, job: str) -> None:
        with self.lock:
            self.lines.append(("end", job))
            self.running -= 1

    def begun(self) -> list[str]:
        return [job for what, job in self.lines if what == "begin"]


@dataclass
class FakeJob:
    """A job that writes its diary."""

    label: str
    diary: Diary
    status: RunStatus = "succeeded"
    meet: Callable[[], object] = lambda: None

    def execute(self, context: RunContext) -> RunReport:
        self.diary.begin(self.label)
        self.meet()
        self.diary.end(self.label)
        return RunReport("r", self.label, self.status, "2024-01-01", "2024-01-01", pipeline=context.pipeline)


def run(upstream: Mapping[str, frozenset[str]], jobs: Mapping[str, FakeJob], **how: bool | int) -> PipelineReport:
    plan = Plan("p", Graph(tuple(upstream), upstream), cast("Mapping[str, Job]", jobs))
    nothing = cast("RunContext", None)
    context = RunContext(session=lambda: cast("object", nothing), tables=nothing, contracts=nothing, staging=nothing)  # type: ignore[arg-type, return-value]
    return run_pipeline(plan, context, **how)  # type: ignore[arg-type]


graphs = st.tuples(
    *(st.sets(st.integers(0, n - 1), max_size=3) if n else st.just(set[int]()) for n in range(SIZE))
).map(lambda reads: {f"j{n}": frozenset(f"j{m}" for m in read) for n, read in enumerate(reads)})


@settings(max_examples=60, deadline=None)
@given(graphs, st.sets(st.integers(0, SIZE - 1), max_size=3), st.integers(1, 4))
def test_every_job_runs_once_after_what_it_needs_and_only_dependents_of_a_failure_are_skipped(
    upstream: dict[str, frozenset[str]], bad: set[int], parallel: int
) -> None:
    diary = Diary()
    failing = {f"j{n}" for n in bad}
    jobs = {name: FakeJob(name, diary, "failed" if name in failing else "succeeded") for name in upstream}
    report = run(upstream, jobs, parallel_jobs=parallel)
    blocked: set[str] = set()
    for name, needed in upstream.items():
        if needed & (failing | blocked):
            blocked.add(name)
    assert [job.job for job in report.jobs] == list(upstream)
    assert {job.job for job in report.jobs if job.status == "skipped"} == blocked
    assert sorted(diary.begun()) == sorted(set(upstream) - blocked)
    assert diary.most <= parallel
    ended: set[str] = set()
    for what, name in diary.lines:
        if what == "begin":
            assert upstream[name] <= ended
        else:
            ended.add(name)


def test_one_at_a_time_is_the_order_of_the_graph() -> None:
    diary = Diary()
    upstream = {"c": frozenset[str](), "a": frozenset({"c"}), "b": frozenset[str]()}
    run(upstream, {name: FakeJob(name, diary) for name in upstream}, parallel_jobs=1)
    assert diary.begun() == ["c", "a", "b"]


def test_jobs_that_do_not_wait_for_each_other_run_at_the_same_time() -> None:
    diary, barrier = Diary(), threading.Barrier(2, timeout=30)
    upstream = {"a": frozenset[str](), "b": frozenset[str](), "c": frozenset({"a", "b"})}
    jobs = {name: FakeJob(name, diary, meet=barrier.wait) for name in ("a", "b")} | {"c": FakeJob("c", diary)}
    assert run(upstream, jobs, parallel_jobs=2).status == "succeeded"


def test_without_keep_going_nothing_starts_after_a_failure() -> None:
    diary = Diary()
    upstream = {"a": frozenset[str](), "b": frozenset[str](), "c": frozenset[str]()}
    jobs = {name: FakeJob(name, diary, "failed" if name == "b" else "succeeded") for name in upstream}
    report = run(upstream, jobs, keep_going=False, parallel_jobs=1)
    assert {job.job: job.status for job in report.jobs} == {"a": "succeeded", "b": "failed", "c": "skipped"}
    assert diary.begun() == ["a", "b"]
