"""Follow a run to its end: its states, its log, and what becomes of it when somebody gives up."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.errors import PlatformError
from tidegate.platforms.submissions.port import State, told_code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tidegate.platforms.submissions.port import Runner, Started

INTERRUPTED = 130  # what shells call the end by Ctrl-C
_FIRST_WAIT, _LONGEST_WAIT, _GROWTH = 2.0, 30.0, 1.5
_PATIENCE = 900.0  # seconds without an answer
_FAREWELL = 120.0  # seconds for a run to end that was cancelled
_LAST_LINES = 50
_CANCELS = 5  # attempts
_FAILED = "FAILED"  # where a run has ended by itself; who was cancelled has no exit code


@dataclass(frozen=True)
class Clock:
    """Time as it passes.

    Attributes:
        now: Returns seconds from any beginning.
        sleep: Waits for seconds.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass
class _Told:
    """What somebody was told of a run."""

    tell: Callable[[str], None]
    state: str = ""
    lines: int = 0
    tail: list[str] = field(default_factory=list)
    is_log_lost: bool = False
    is_log_awaited: bool = False

    def about(self, state: State) -> None:
        """Tell of a state, once."""
        if state.name != self.state:
            self.state = state.name
            self.tell(state.name)

    def of_log(self, lines: Sequence[str]) -> None:
        """Tell the lines that are new."""
        for line in lines[self.lines :]:
            self.tell(f"  | {line}")
        self.lines = max(self.lines, len(lines))
        self.tail = list(lines[-_LAST_LINES:])


def follow(
    runner: Runner,
    started: Started,
    tell: Callable[[str], None],
    *,
    timeout_seconds: float | None = None,
    clock: Clock | None = None,
) -> State:
    """Return how a run ended. Somebody who presses Ctrl-C, and a run that takes too long, end it.

    A platform that does not answer is asked again for a quarter of an hour. A log that cannot be read is told of once.

    Args:
        runner: Asks the platform.
        started: The run.
        tell: Is told of states and of the log, line by line.
        timeout_seconds: How long it may take; None for any time.
        clock: Time as it passes; the machine's by default.

    Raises:
        PlatformError: The platform does not answer, or not about this run; the run goes on.
    """
    clock, told = clock or Clock(), _Told(tell)
    try:
        state = _wait(runner, started, told, clock, timeout_seconds)
    except KeyboardInterrupt:
        tell(f"cancelling {started.run_id}")
        state = _end(runner, started, told, clock, "cancelled by Ctrl-C")
        return State(state.name, INTERRUPTED, state.reason)
    if state.exit_code is None:
        tell(f"cancelling {started.run_id}: it takes longer than {timeout_seconds:g} seconds")
        return _end(runner, started, told, clock, f"it took longer than {timeout_seconds:g} seconds")
    return state


def _wait(runner: Runner, started: Started, told: _Told, clock: Clock, limit: float | None) -> State:
    """Return how a run ended, or how it is when its time is up."""
    begun = answered = clock.now()
    wait = _FIRST_WAIT
    while True:
        try:
            state, answered = runner.state(started), clock.now()
        except PlatformError as error:
            if not error.retryable:
                raise _gone_on(error, started) from error
            if clock.now() - answered > _PATIENCE:
                raise _gone_on(error, started) from error
            state = State(told.state or "UNKNOWN")
        told.about(state)
        _log(runner, started, told)
        if state.exit_code is not None:
            code = _code(runner, started, told, clock, state) if state.exit_code == 1 else state.exit_code
            return State(state.name, code, state.reason)
        if limit is not None and clock.now() - begun >= limit:
            return state
        clock.sleep(wait)
        wait = min(wait * _GROWTH, _LONGEST_WAIT)


def _code(runner: Runner, started: Started, told: _Told, clock: Clock, state: State) -> int:
    """Return the exit code of a failed run; where nothing tells it, a log that comes late is waited for."""
    end = clock.now() + runner.log_delay
    while True:
        code = told_code(*told.tail, state.reason)
        if code is not None or state.name != _FAILED or told.is_log_lost or clock.now() >= end:
            return code or 1
        if not told.is_log_awaited:
            told.is_log_awaited = True
            told.tell("waiting for the end of the log, which tells the exit code")
        clock.sleep(_LONGEST_WAIT)
        _log(runner, started, told)


def _log(runner: Runner, started: Started, told: _Told) -> None:
    """Tell what is new in the log. A run is not given up for its log."""
    try:
        told.of_log(runner.log(started))
    except PlatformError as error:
        if not error.retryable and not told.is_log_lost:
            told.is_log_lost = True
            told.tell(f"the log cannot be followed: {error}")


def _end(runner: Runner, started: Started, told: _Told, clock: Clock, why: str) -> State:
    """Cancel a run, wait a while for its end, and return a failure."""
    _cancel(runner, started, clock)
    state = _wait(runner, started, told, clock, _FAREWELL)
    if state.exit_code == 0:
        return state
    return State(state.name, state.exit_code or 1, "; ".join(part for part in (why, state.reason) if part))


def _cancel(runner: Runner, started: Started, clock: Clock) -> None:
    """Ask the platform to end a run, more than once where it has too much to do."""
    for attempt in range(_CANCELS):
        try:
            runner.cancel(started)
        except PlatformError as error:
            if not error.retryable or attempt == _CANCELS - 1:
                raise _gone_on(error, started) from error
            clock.sleep(_FIRST_WAIT)
        else:
            return


def _gone_on(error: PlatformError, started: Started) -> PlatformError:
    return PlatformError(
        error.what,
        where=error.where,
        hint=f"{error.hint}; the run may go on: {started.look}",
        retryable=error.retryable,
    )
