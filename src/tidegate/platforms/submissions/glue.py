"""Runs as runs of a job of Glue, which exists already and is told everything by its arguments."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from tidegate.errors import PlatformError
from tidegate.platforms.submissions.aws import AnswerError, Clients, client, told
from tidegate.platforms.submissions.port import Started, State, target_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.platforms.submissions.port import Submission

    class _Glue(Protocol):
        def start_job_run(self, **request: object) -> Mapping[str, str]: ...

        def get_job_run(self, **request: str) -> Mapping[str, Mapping[str, object]]: ...

        def batch_stop_job_run(self, **request: object) -> object: ...

    class _Logs(Protocol):
        def get_log_events(self, **request: object) -> Mapping[str, object]: ...


_ENDED = {"SUCCEEDED": 0, "FAILED": 1, "STOPPED": 1, "TIMEOUT": 1, "ERROR": 1, "EXPIRED": 1}
_LOG_GROUP = "/aws-glue/jobs/error"
_MOST_PAGES = 1_000
_MANY = "--set"  # the one option that may be given more than once; Glue has one value for each


@dataclass(frozen=True)
class GlueRunner:
    """Starts runs of a job, with the script, the packages and the settings of the release.

    Attributes:
        clients: Gives the client of a service.
    """

    clients: Clients = field(default=client)
    log_delay: float = 30.0  # of CloudWatch; the error message tells the exit code, too

    def start(self, submission: Submission) -> Started:
        """Start a run of the job."""
        facts = submission.released.release.submitting
        job = target_of(submission.target, facts.glue_job_name, "export.glue_job_name")
        request: dict[str, object] = {"JobName": job, "Arguments": job_arguments(submission)}
        if submission.timeout_seconds:
            request["Timeout"] = math.ceil(submission.timeout_seconds / 60)
        with told("glue:StartJobRun", f"job {job}"):
            run = self._glue().start_job_run(**request)["JobRunId"]
        return Started(run, job, f"aws glue get-job-run --job-name {job} --run-id {run}")

    def state(self, started: Started) -> State:
        """Return how a run is."""
        with told("glue:GetJobRun", f"job {started.where}"):
            found = self._glue().get_job_run(JobName=started.where, RunId=started.run_id)["JobRun"]
        name, reason = str(found["JobRunState"]), str(found.get("ErrorMessage") or "")
        return State.told(name, _ENDED, reason)

    def log(self, started: Started) -> Sequence[str]:
        """Return the driver's standard error, as CloudWatch has it."""
        lines: list[str] = []
        request: dict[str, object] = {
            "logGroupName": _LOG_GROUP,
            "logStreamName": started.run_id,
            "startFromHead": True,
        }
        try:
            for _ in range(_MOST_PAGES):
                with told("logs:GetLogEvents", f"log group {_LOG_GROUP}"):
                    page = cast("_Logs", self.clients("logs")).get_log_events(**request)
                events = cast("Sequence[Mapping[str, str]]", page["events"])
                lines += [line for event in events for line in event["message"].splitlines()]
                if not events or page.get("nextForwardToken") == request.get("nextToken"):
                    break
                request["nextToken"] = page["nextForwardToken"]
        except AnswerError as error:
            if not error.code.startswith("ResourceNotFound"):  # nothing was written yet
                raise
        return lines

    def cancel(self, started: Started) -> None:
        """Stop a run."""
        with told("glue:BatchStopJobRun", f"job {started.where}"):
            self._glue().batch_stop_job_run(JobName=started.where, JobRunIds=[started.run_id])

    def _glue(self) -> _Glue:
        return cast("_Glue", self.clients("glue"))


def job_arguments(submission: Submission) -> dict[str, str]:
    """Return a run's arguments: Glue's own, and those of the script.

    Raises:
        PlatformError: An argument has no name, or is there twice.
    """
    released, facts = submission.released, submission.released.release.submitting
    settings = submission.settings()
    arguments = {
        "--scriptLocation": released.address("entry_point"),
        "--additional-python-modules": released.address("wheels"),
        "--python-modules-installer-option": "--no-index",
    }
    formats = [name for name in facts.formats if name in {"delta", "iceberg"}]
    arguments |= {"--datalake-formats": ",".join(formats)} if formats else {}
    chain = " --conf ".join(f"{key}={value}" for key, value in settings.items())
    arguments |= {"--conf": chain} if chain else {}
    return {**arguments, **submission.options(), **_pairs(submission.arguments)}


def _pairs(words: Sequence[str]) -> dict[str, str]:
    """Return arguments as names and values, which is all that Glue has."""
    pairs: dict[str, list[str]] = {}
    name = ""
    for word in words:
        if word.startswith("--"):
            name, joined, value = word.partition("=")
            if name in pairs and name != _MANY:
                raise _refused(f"{name} is there twice")
            pairs.setdefault(name, [])
            pairs[name] += [value] if joined else []
        elif not name:
            raise _refused(f"{word!r} has no name")
        else:
            pairs[name].append(word)
    return {name: shlex.join(values) if name == _MANY else " ".join(values) or "true" for name, values in pairs.items()}


def _refused(what: str) -> PlatformError:
    return PlatformError(
        f"Glue takes names with values alone: {what}",
        where="the arguments after --",
        hint="write --name value; several settings: --set a.b=c --set d.e=f",
    )
