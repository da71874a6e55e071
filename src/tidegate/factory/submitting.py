"""Start a run of the release in force on a platform, and follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import ConfigError
from tidegate.factory.deploying import shelf_of
from tidegate.model.releases import Released
from tidegate.platforms.submissions.following import Clock, follow
from tidegate.platforms.submissions.port import State, Submission
from tidegate.platforms.submissions.runners import runner_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidegate.config import Settings
    from tidegate.model.releases import RunPlatform
    from tidegate.platforms.submissions.port import Runner, Started


@dataclass(frozen=True)
class Request:
    """A run that somebody asks for.

    Attributes:
        name: The job or the pipeline.
        platform: Where it is run.
        arguments: Further arguments of the run.
        target: The cluster, the application or the job of the platform; None for the release's own.
        release: Id of the release; None for the one in force.
        is_waiting: Whether to follow it to its end.
        timeout_seconds: How long it may take; None for any time.
    """

    name: str
    platform: RunPlatform
    arguments: tuple[str, ...] = ()
    target: str | None = None
    release: str | None = None
    is_waiting: bool = False
    timeout_seconds: int | None = None


@dataclass(frozen=True)
class Submitted:
    """A run that was started.

    Attributes:
        released: The release that it is a run of.
        started: The run.
        state: How it ended; None where nobody waited.
    """

    released: Released
    started: Started
    state: State | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of the run; 0 where nobody waited."""
        return (self.state.exit_code or 0) if self.state else 0


def submit(
    settings: Settings,
    request: Request,
    tell: Callable[[str], None],
    *,
    runner: Runner | None = None,
    clock: Clock | None = None,
) -> Submitted:
    """Start a run, follow it if that is asked for, and return what became of it.

    Args:
        settings: The settings of the environment.
        request: What is asked for.
        tell: Is told of states and of the log, line by line.
        runner: Asks the platform; the platform's own by default.
        clock: Time as it passes; the machine's by default.

    Raises:
        ConfigError: Nothing is deployed, or there is no such release.
        PlatformError: The platform does not take the run, or does not say what becomes of it.
    """
    shelf = shelf_of(settings)
    release = shelf.release(request.release) if request.release else shelf.current()
    if release is None:
        raise ConfigError("nothing is deployed", where=shelf.base, hint=f"tidegate deploy --env {settings.environment}")
    released = Released(release, shelf.base)
    submission = Submission(request.name, released, request.arguments, request.target, request.timeout_seconds)
    submission.check()
    runner = runner or runner_of(request.platform)
    started = runner.start(submission)
    tell(f"{started.run_id} on {started.where}; release {release.id}")
    tell(f"  {started.look}")
    if not request.is_waiting:
        return Submitted(released, started)
    state = follow(runner, started, tell, timeout_seconds=request.timeout_seconds, clock=clock)
    return Submitted(released, started, state)
