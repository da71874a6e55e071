"""A process that is told to stop ends the step it is in, and says so."""

from __future__ import annotations

import signal
from threading import Thread

import pytest
from tests.pipeline.fakes import Diary, FakeJob, context, plan

from tidegate.factory.pipelines import HowToRun
from tidegate.factory.stopping import terminable, told_to_stop
from tidegate.model.pins import Pins
from tidegate.pipeline.run import run_pipeline

UPSTREAM = {"a": frozenset[str](), "b": frozenset({"a"}), "c": frozenset({"b"}), "d": frozenset[str]()}


def test_what_has_not_begun_when_the_process_is_told_to_stop_is_left_out_and_can_be_resumed() -> None:
    jobs = {name: FakeJob(name, Diary()) for name in UPSTREAM}
    jobs["a"].meet = lambda: signal.raise_signal(signal.SIGTERM)
    with terminable() as stopped:
        report = run_pipeline(plan(UPSTREAM, jobs), context(stopped=stopped))
    ended = {job.job: job.status for job in report.jobs}
    assert {ended[name] for name in "bcd"} == {"skipped"}
    assert report.exit_code
    assert "because the process was told to stop" in str([job.error for job in report.jobs])
    told = stopped()
    assert told is not None
    assert "SIGTERM" in told.what
    assert "--resume" in (told.hint or "")


def test_a_run_asks_what_it_was_given_whether_it_may_go_on() -> None:
    outer, moment = context(), Pins(None)
    with terminable() as stopped:
        inner = HowToRun(stopped=stopped).about(context(pins=moment))
        assert outer.stopped() is None
        assert inner.stopped() is None
        assert inner.pins is moment
        signal.raise_signal(signal.SIGTERM)
        assert inner.stopped() is not None


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_still_ends_a_run_at_once() -> None:
    with terminable() as stopped, pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert stopped() is None


def test_what_was_to_happen_on_a_signal_happens_again_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with terminable():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_thread_of_its_own_changes_nothing_for_the_process() -> None:
    before, found = signal.getsignal(signal.SIGTERM), []

    def look() -> None:
        with told_to_stop() as told:
            found.append((signal.getsignal(signal.SIGTERM), told.is_set()))

    thread = Thread(target=look)
    thread.start()
    thread.join()
    assert found == [(before, False)]
