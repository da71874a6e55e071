"""A run is followed to its end, whatever the platform says, forgets or refuses; who gives up ends the run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.platforms.submissions.released import submission

from tidegate.errors import PlatformError
from tidegate.platforms.submissions.following import Clock, follow
from tidegate.platforms.submissions.port import Started, State, Submission, failed_with

if TYPE_CHECKING:
    from collections.abc import Sequence

BUSY = PlatformError("AWS has too much to do: ThrottlingException", where="x", hint="try again", retryable=True)
GONE = PlatformError("AWS has nothing of that name", where="x", hint="check the name")
STARTED = Started("run", "target", "look here")


@dataclass
class Script:
    """A platform that says what it is told to say, and then its last word for ever."""

    says: Sequence[State | Exception | type[BaseException]]
    lines: Sequence[str] = ()
    log_error: PlatformError | None = None
    cancelled: int = 0
    after_cancel: State = field(default_factory=lambda: State("CANCELLED", 1))
    asked: int = 0
    cancel_errors: list[PlatformError] = field(default_factory=list)
    log_delay: float = 0.0
    log_asked: int = 0
    log_comes_when_asked: int = 0

    def start(self, submission: Submission) -> Started:
        return STARTED

    def state(self, started: Started) -> State:
        if self.cancelled:
            return self.after_cancel
        said = self.says[min(self.asked, len(self.says) - 1)]
        self.asked += 1
        if isinstance(said, State):
            return said
        raise said

    def log(self, started: Started) -> Sequence[str]:
        if self.log_error:
            raise self.log_error
        self.log_asked += 1
        return self.lines[: self.asked] if self.log_asked > self.log_comes_when_asked else ()

    def cancel(self, started: Started) -> None:
        if self.cancel_errors:
            raise self.cancel_errors.pop()
        self.cancelled += 1


class Times:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


def followed(script: Script, timeout: float | None = None) -> tuple[State, list[str], Times]:
    told, times = list[str](), Times()
    return follow(script, STARTED, told.append, timeout_seconds=timeout, clock=times.clock()), told, times


WAITING = [State("PENDING"), State("RUNNING"), BUSY]


@given(st.lists(st.sampled_from(WAITING), max_size=12), st.sampled_from([0, 1, 3, 4]))
def test_throttling_on_the_way_changes_nothing_of_the_end(way: list[State | PlatformError], code: int) -> None:
    lines = [f"line {number}" for number in range(20)]
    script = Script([*way, State("ENDED", code)], lines)
    state, told, times = followed(script)
    assert (state.name, state.exit_code) == ("ENDED", code)
    assert [line for line in told if "line" in line] == [f"  | {line}" for line in lines[: len(way) + 1]]
    assert all(0 < wait <= 30 for wait in times.sleeps)
    assert script.cancelled == 0


def test_a_state_is_told_once() -> None:
    _, told, _ = followed(Script([State("RUNNING"), State("RUNNING"), State("ENDED", 0)]))
    assert told == ["RUNNING", "ENDED"]


def test_ctrl_c_cancels_the_run_and_waits_for_its_end() -> None:
    script = Script([State("RUNNING"), KeyboardInterrupt])
    state, told, _ = followed(script)
    assert (script.cancelled, state.name, state.exit_code) == (1, "CANCELLED", 130)
    assert any("cancelling run" in line for line in told)


def test_cancelling_is_asked_again_where_the_platform_has_too_much_to_do_and_said_where_it_refuses() -> None:
    script = Script([State("RUNNING"), KeyboardInterrupt], cancel_errors=[BUSY] * 4)
    assert followed(script)[0].exit_code == 130
    assert script.cancelled == 1
    for errors in ([GONE], [BUSY] * 5):
        with pytest.raises(PlatformError) as error:
            followed(Script([State("RUNNING"), KeyboardInterrupt], cancel_errors=errors))
        assert "the run may go on: look here" in str(error.value.hint)


def test_a_run_that_takes_too_long_is_cancelled_and_has_failed() -> None:
    script = Script([State("RUNNING")])
    state, _, times = followed(script, timeout=100)
    assert (script.cancelled, state.exit_code) == (1, 1)
    assert "longer than 100 seconds" in state.reason
    assert 100 <= times.now <= 130


def test_a_run_that_ended_well_just_before_it_was_cancelled_has_ended_well() -> None:
    script = Script([State("RUNNING")], after_cancel=State("SUCCESS", 0))
    assert followed(script, timeout=1)[0].exit_code == 0


def test_a_run_that_does_not_end_when_it_is_cancelled_is_not_waited_for_for_ever() -> None:
    script = Script([State("RUNNING")], after_cancel=State("CANCELLING"))
    state, _, times = followed(script, timeout=10)
    assert state.exit_code == 1
    assert times.now < 200


def test_a_platform_that_says_nothing_for_a_quarter_of_an_hour_is_given_up_and_the_run_is_named() -> None:
    script = Script([State("RUNNING"), BUSY])
    with pytest.raises(PlatformError, match="too much to do") as error:
        followed(script)
    assert "look here" in str(error.value.hint)
    assert script.cancelled == 0
    with pytest.raises(PlatformError, match="nothing of that name"):
        followed(Script([GONE]))


def test_a_log_that_cannot_be_read_is_told_once_and_the_run_is_followed() -> None:
    state, told, _ = followed(Script([State("RUNNING"), State("ENDED", 0)], log_error=GONE))
    assert state.exit_code == 0
    assert len([line for line in told if "log cannot be followed" in line]) == 1
    state, told, _ = followed(Script([State("RUNNING"), State("ENDED", 0)], log_error=BUSY))
    assert [line for line in told if "log" in line] == []


def test_the_log_tells_the_exit_code_where_the_state_does_not() -> None:
    script = Script([State("FAILED", 1)], ["diagnostics: User application exited with status 3"])
    assert followed(script)[0].exit_code == 3
    assert failed_with("exit code 3", "exit code 4") == 4
    assert failed_with("exit code 0", "") == 1


@given(st.integers(0, 20), st.sampled_from([1, 2, 3, 4]))
def test_a_log_that_comes_late_tells_the_exit_code_if_it_is_not_too_late(comes_at: int, code: int) -> None:
    lines = [f"diagnostics: User application exited with status {code}"]
    script = Script([State("FAILED", 1)], lines, log_delay=360, log_comes_when_asked=comes_at)
    state, told, times = followed(script)
    assert state.exit_code == (code if comes_at <= 360 / 30 else 1)
    assert times.now == min(30 * comes_at, 360)
    assert ("waiting for the end of the log, which tells the exit code" in told) == (comes_at > 0)


@pytest.mark.parametrize("script", [
    Script([State("FAILED", 1, "exit code 1: it failed")], log_delay=360),
    Script([State("FAILED", 3, "exit code 3: refused")], log_delay=360),
    Script([State("FAILED", 1)], log_delay=360, log_error=GONE),
    Script([State("CANCELLED", 1)], log_delay=360),
    Script([State("COMPLETED", 0)], log_delay=360),
])  # fmt: skip
def test_nobody_waits_for_a_log_that_tells_nothing_new(script: Script) -> None:
    assert followed(script)[2].now == 0


SECRETS = [
    ("--set", "connections.shop.password=zqX7"),
    ("--set=spark.conf.fs.s3a.secret.key=zqX7",),
    ("--token", "zqX7"),
    ("--api-key=zqX7",),
    ("--url", "https://shop:zqX7@example.com"),
]


@pytest.mark.parametrize("arguments", SECRETS)
def test_an_argument_that_holds_a_secret_is_refused_and_not_repeated(arguments: tuple[str, ...]) -> None:
    with pytest.raises(PlatformError, match="holds a secret") as error:
        submission(*arguments).check()
    assert "zqX7" not in str(error.value)


@pytest.mark.parametrize("arguments", [
    ("--set", "connections.shop.password=env:SHOP"), ("--through", "2024-01-31"), ("token",), ("--set", "a.b=token"),
])  # fmt: skip
def test_other_arguments_pass(arguments: tuple[str, ...]) -> None:
    submission(*arguments).check()
