"""A job begins when all it depends on has ended, so many at a time; what a failure brings about its step says."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pipeline.fakes import Diary, FakeJob, plan, run

from tidegate.errors import RunStoppedError
from tidegate.model.pipelines import Step
from tidegate.pipeline import worker

SIZE = 7

graphs = st.tuples(
    *(st.sets(st.integers(0, n - 1), max_size=3) if n else st.just(set[int]()) for n in range(SIZE))
).map(lambda reads: {f"j{n}": frozenset(f"j{m}" for m in read) for n, read in enumerate(reads)})
ALONE = {"a": frozenset[str](), "b": frozenset[str](), "c": frozenset[str]()}


@settings(max_examples=60, deadline=None)
@given(graphs, st.sets(st.integers(0, SIZE - 1), max_size=3), st.integers(1, 4))
def test_every_job_runs_once_after_what_it_needs_and_only_dependents_of_a_failure_are_skipped(
    upstream: dict[str, frozenset[str]], bad: set[int], parallel: int
) -> None:
    diary = Diary()
    failing = {f"j{n}" for n in bad}
    jobs = {name: FakeJob(name, diary, "failed" if name in failing else "succeeded") for name in upstream}
    report = run(plan(upstream, jobs), parallel)
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
    run(plan(upstream, {name: FakeJob(name, diary) for name in upstream}))
    assert diary.begun() == ["c", "a", "b"]


def test_jobs_that_do_not_wait_for_each_other_run_at_the_same_time() -> None:
    diary, barrier = Diary(), threading.Barrier(2, timeout=30)
    upstream = {"a": frozenset[str](), "b": frozenset[str](), "c": frozenset({"a", "b"})}
    jobs = {name: FakeJob(name, diary, meet=barrier.wait) for name in ("a", "b")} | {"c": FakeJob("c", diary)}
    assert run(plan(upstream, jobs), 2).status == "succeeded"


@pytest.mark.parametrize("says", ["the step", "the settings"])
def test_after_a_failure_that_stops_nothing_starts(says: str) -> None:
    diary = Diary()
    jobs = {name: FakeJob(name, diary, "failed" if name == "b" else "succeeded") for name in ALONE}
    made = plan(ALONE, jobs, [Step("b", "stop")]) if says == "the step" else plan(ALONE, jobs, on_failure="stop")
    report = run(made)
    assert {job.job: job.status for job in report.jobs} == {"a": "succeeded", "b": "failed", "c": "skipped"}
    assert diary.begun() == ["a", "b"]
    assert "because of b" in str(report.jobs[-1].error)


@settings(max_examples=30, deadline=None)
@given(failures=st.integers(0, 4), retries=st.integers(0, 4), is_retryable=st.booleans())
def test_only_what_may_go_away_is_tried_again_and_so_often(failures: int, retries: int, is_retryable: bool) -> None:
    diary = Diary()
    job = FakeJob("a", diary, statuses=["failed"] * failures, is_retryable=is_retryable)
    step = Step("a", retries=retries, retry_wait_seconds=0)
    report = run(plan({"a": frozenset()}, {"a": job}, [step]))
    attempts = min(failures, retries) + 1 if is_retryable else 1
    assert len(job.seen) == attempts
    assert [one.attempt for one in job.seen] == list(range(1, attempts + 1))
    assert report.jobs[0].attempt == attempts
    assert report.status == ("succeeded" if attempts > failures else "failed")


def test_a_job_whose_time_is_up_goes_no_further_than_its_step_and_blocks_its_dependents() -> None:
    diary, interrupted = Diary(), threading.Event()
    upstream = {"a": frozenset[str](), "b": frozenset({"a"}), "c": frozenset[str]()}
    slow = FakeJob("a", diary, meet=lambda: interrupted.wait(30), steps=3, is_retryable=True)
    jobs = {"a": slow, "b": FakeJob("b", diary), "c": FakeJob("c", diary)}
    steps = [Step("a", timeout_seconds=0.2, retries=5)]
    report = run(plan(upstream, jobs, steps), interrupt=lambda _: interrupted.set())
    assert {job.job: job.status for job in report.jobs} == {"a": "failed", "b": "skipped", "c": "succeeded"}
    assert report.jobs[0].error_type == "RunStoppedError"
    assert "within 0.2 s" in str(report.jobs[0].error)
    assert len(slow.seen) == 1


def test_a_job_that_does_not_even_notice_is_given_up_and_can_do_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.1)
    diary, released = Diary(), threading.Event()
    stuck = FakeJob("a", diary, meet=lambda: released.wait(30), steps=2)
    report = run(plan({"a": frozenset()}, {"a": stuck}, [Step("a", timeout_seconds=0.1)]))
    assert report.status == "failed"
    assert "can go no further" in str(report.jobs[0].error)
    released.set()
    for _ in range(100):
        if ("end", "a") in diary.lines:
            break
        time.sleep(0.02)
    assert stuck.seen[0].stopped() is not None
    assert diary.lines == [("begin", "a"), ("end", "a")]


def test_a_job_that_raises_instead_of_reporting_has_failed() -> None:
    class Broken(FakeJob):
        def execute(self, context: object) -> object:  # type: ignore[override]
            raise ValueError("a value that nobody is to see")

    report = run(plan({"a": frozenset()}, {"a": Broken("a", Diary())}))
    assert report.status == "failed"
    assert report.jobs[0].error == "the job ended with ValueError"


def test_a_run_that_may_not_go_on_begins_no_further_job() -> None:
    diary = Diary()
    taken: list[RunStoppedError] = []
    jobs = {name: FakeJob(name, diary) for name in ALONE}
    jobs["a"].meet = lambda: taken.append(RunStoppedError("another run has taken over"))
    report = run(plan(ALONE, jobs), stopped=lambda: taken[0] if taken else None)
    assert [job.status for job in report.jobs] == ["succeeded", "skipped", "skipped"]
    assert "taken over" in str(report.jobs[1].error)
