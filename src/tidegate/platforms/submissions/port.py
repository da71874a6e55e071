"""What starts runs on a platform, and what it says of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tidegate.errors import PlatformError
from tidegate.platforms.conf import static_conf
from tidegate.platforms.port import SessionRequest
from tidegate.vaults.words import is_secret_key, is_secret_reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tidegate.model.releases import Released

_EXIT_CODE = re.compile(r"exit(?:ed)?[ -]*(?:with)?[ -]*(?:code|status)[:= ]*([0-9]+)", re.IGNORECASE)
_OURS = frozenset({1, 2, 3, 4})  # what tidegate's own runs end with; anything else is a crash
_LOGIN = re.compile(r"//[^/\s:@]+:[^/\s@]+@")


@dataclass(frozen=True)
class Submission:
    """A run that is asked for.

    Attributes:
        name: The job or the pipeline.
        released: The release that it is a run of.
        arguments: Further arguments of the run.
        target: The cluster, the application or the job of the platform; None for the release's own.
        timeout_seconds: How long it may take; None for any time.
    """

    name: str
    released: Released
    arguments: tuple[str, ...] = ()
    target: str | None = None
    timeout_seconds: int | None = None

    def options(self) -> dict[str, str]:
        """Return what `tidegate_run.py` is told, by option; where the release is, the run finds all else."""
        release = self.released.release
        return {"--run": self.name, "--env": release.environment, "--config": self.released.manifest}

    def words(self) -> list[str]:
        """Return what `tidegate_run.py` is told, as on a shell."""
        return [*(part for option in self.options().items() for part in option), *self.arguments]

    def settings(self, own_formats: frozenset[str] = frozenset()) -> dict[str, str]:
        """Return the settings of Spark that must be there when the session starts.

        Args:
            own_formats: Formats that the platform sets up itself.
        """
        facts = self.released.release.submitting
        request = SessionRequest(self.name, facts.conf, frozenset(facts.formats) - own_formats)
        return {**facts.conf, **static_conf(request)}

    def check(self) -> None:
        """Refuse arguments that hold a secret: platforms show them to everybody who may look.

        Raises:
            PlatformError: One does.
        """
        for before, argument in zip(("", *self.arguments), self.arguments, strict=False):
            if _LOGIN.search(argument) or any(_is_secret(name, value) for name, value in _named(before, argument)):
                raise PlatformError(
                    "an argument of the run holds a secret",
                    where=f"the arguments after --: number {self.arguments.index(argument) + 1}",
                    hint="put it into a vault, and refer to it in the configuration: aws-sm:NAME, databricks:scope/key",
                )


@dataclass(frozen=True)
class State:
    """What a platform says of a run.

    Attributes:
        name: The platform's own word.
        exit_code: The exit code that the same run has elsewhere; None while it goes on.
        reason: Why it failed, in the platform's words; empty where it says nothing.
    """

    name: str
    exit_code: int | None = None
    reason: str = ""

    @classmethod
    def told(cls, name: str, ended: Mapping[str, int], reason: str) -> State:
        """Return what a platform says, whose words for an end are among these; a failure may tell its exit code."""
        code = ended.get(name)
        return cls(name, failed_with(reason) if code else code, reason)


@dataclass(frozen=True)
class Started:
    """A run that was started.

    Attributes:
        run_id: What the platform calls it.
        where: What it runs on: a cluster, an application, a job.
        look: How somebody looks at it: a command, or a page's address.
    """

    run_id: str
    where: str
    look: str


class Runner(Protocol):
    """What starts runs on one platform."""

    @property
    def log_delay(self) -> float:
        """How many seconds after a run's end the last of its log may still come."""

    def start(self, submission: Submission) -> Started:
        """Start a run.

        Raises:
            PlatformError: The platform does not take it; the message says what to do.
        """

    def state(self, started: Started) -> State:
        """Return how a run is.

        Raises:
            PlatformError: The platform does not say; retryable where it may the next time.
        """

    def log(self, started: Started) -> Sequence[str]:
        """Return all lines of the driver's standard error that the platform shows by now.

        Raises:
            PlatformError: They cannot be read; retryable where they may the next time.
        """

    def cancel(self, started: Started) -> None:
        """Ask the platform to end a run.

        Raises:
            PlatformError: It does not take it.
        """


def _named(before: str, argument: str) -> Iterator[tuple[str, str]]:
    """Yield each way in which an argument may be a name and its value: after an option, and at each `=`."""
    if before.startswith("--"):
        yield before, argument
    parts = argument.split("=")
    yield from ((parts[place], "=".join(parts[place + 1 :])) for place in range(len(parts) - 1))


def _is_secret(name: str, value: str) -> bool:
    return bool(value) and is_secret_key(name.lstrip("-")) and not is_secret_reference(value)


def failed_with(*texts: str) -> int:
    """Return the exit code that a failed run tells of in what it left behind, or 1 where it tells nothing."""
    return told_code(*texts) or 1


def told_code(*texts: str) -> int | None:
    """Return the exit code that a failed run tells of in what it left behind; None where it tells nothing."""
    found = [int(code) for text in texts for code in _EXIT_CODE.findall(text)]
    return next((code for code in reversed(found) if code in _OURS), None)


def target_of(asked: str | None, known: str | None, setting: str) -> str:
    """Return what a run is started on, or as whom.

    Args:
        asked: What the command says.
        known: What the release says.
        setting: The setting that the release has it from.

    Raises:
        PlatformError: Neither says it.
    """
    target = asked or known
    if not target:
        raise PlatformError(
            f"nothing says the {setting.rpartition('.')[2]} of the run",
            where=setting,
            hint="write it into the configuration and deploy; clusters, applications and jobs may be named with --on",
        )
    return target
