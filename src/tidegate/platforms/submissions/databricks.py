"""Runs as one-time runs of Databricks, through its SDK."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, cast

from tidegate.errors import MissingExtraError, PlatformError, TidegateError
from tidegate.platforms.submissions.port import Started, State, failed_with, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import Run, SubmitTask

    from tidegate.platforms.submissions.port import Submission

_SECONDS = 60
_RETRY_SECONDS = 300
_OWN_FORMATS = frozenset({"delta"})
_ENDED = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})
_BUSY = ("TooManyRequests", "TemporarilyUnavailable", "InternalError", "DeadlineExceeded", "Timeout", "Connection")


def workspace() -> WorkspaceClient:
    """Return the client of the workspace that Databricks' own settings name; it asks again where it is told to.

    Raises:
        MissingExtraError: Its SDK is not installed.
        PlatformError: There are no credentials.
    """
    try:
        from databricks.sdk import WorkspaceClient  # noqa: PLC0415 - an extra
        from databricks.sdk.core import Config  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("databricks-sdk", extra="databricks", purpose="starting a run in Databricks") from error
    with _told("the workspace"):
        return WorkspaceClient(config=Config(http_timeout_seconds=_SECONDS, retry_timeout_seconds=_RETRY_SECONDS))


@dataclass(frozen=True)
class DatabricksRunner:
    """Starts runs with the wheel of the release, on a cluster that is there or on one for the run.

    Attributes:
        client: Gives the client of the workspace.
    """

    client: Callable[[], WorkspaceClient] = field(default=workspace)
    log_delay: float = 0.0  # it is there when the task has ended

    def start(self, submission: Submission) -> Started:
        """Start a run; asked twice for lack of an answer, the service starts it once."""
        task = task_of(submission)
        with _told(f"cluster {task.existing_cluster_id or 'for the run'}"):
            waiting = self.client().jobs.submit(
                run_name=submission.name,
                tasks=[task],
                idempotency_token=str(uuid.uuid4()),
                timeout_seconds=submission.timeout_seconds,
            )
        run = str(waiting.bind()["run_id"])
        return Started(run, task.existing_cluster_id or "a new cluster", f"databricks jobs get-run {run}")

    def state(self, started: Started) -> State:
        """Return how a run is."""
        with _told(f"run {started.run_id}"):
            found = self._run(started).state
        if found is None or found.life_cycle_state is None:
            return State("PENDING")
        name = found.life_cycle_state.value
        reason = found.state_message or ""
        if name not in _ENDED:
            return State(name, None, reason)
        result = found.result_state.value if found.result_state else name
        return State(result, 0 if result == "SUCCESS" else failed_with(reason), reason)

    def log(self, started: Started) -> Sequence[str]:
        """Return what the task wrote and, where it failed, its error; Databricks shows it when the task has ended."""
        lines: list[str] = []
        with _told(f"run {started.run_id}"):
            for task in self._run(started).tasks or ():
                if task.run_id is None or task.end_time in {None, 0}:
                    continue
                output = self.client().jobs.get_run_output(task.run_id)
                for text in (output.logs, output.error):
                    lines += (text or "").splitlines()
        return lines

    def cancel(self, started: Started) -> None:
        """End a run."""
        with _told(f"run {started.run_id}"):
            self.client().jobs.cancel_run(int(started.run_id))

    def _run(self, started: Started) -> Run:
        return self.client().jobs.get_run(int(started.run_id))


def task_of(submission: Submission) -> SubmitTask:
    """Return what a run is to do.

    Raises:
        PlatformError: Neither the command nor the release names a cluster.
    """
    jobs, compute = (import_module(f"databricks.sdk.service.{name}") for name in ("jobs", "compute"))
    facts = submission.released.release.submitting.databricks
    released = submission.released
    task = jobs.SubmitTask(
        task_key="tidegate",
        spark_python_task=jobs.SparkPythonTask(
            python_file=released.address("entry_point"), parameters=submission.words()
        ),
        libraries=[compute.Library(whl=released.address("wheel"))],
    )
    if submission.target is None and "node_type" in facts:
        profile = facts.get("instance_profile_arn")
        task.new_cluster = compute.ClusterSpec(
            spark_version=facts["spark_version"],
            node_type_id=facts["node_type"],
            num_workers=int(facts["workers"]),
            spark_conf=submission.settings(_OWN_FORMATS) or None,
            aws_attributes=compute.AwsAttributes(instance_profile_arn=profile) if profile else None,
        )
    else:
        task.existing_cluster_id = target_of(submission.target, facts.get("cluster_id"), "deploy.databricks.cluster_id")
    return cast("SubmitTask", task)


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Turn what the SDK raises within into one message."""
    try:
        yield
    except TidegateError:
        raise
    except Exception as error:  # noqa: BLE001 - the SDK passes on what requests raises, too
        raise _failure(type(error).__name__, str(error), where) from None


def _failure(kind: str, text: str, where: str) -> PlatformError:
    shown = " ".join(text.split())[:300]
    if kind == "PermissionDenied":
        what, hint = "Databricks does not permit it", "grant CAN ATTACH TO on the cluster, or the right to create one"
    elif kind == "Unauthenticated":
        what, hint = "Databricks does not accept the credentials", "renew the token or the profile"
    elif kind in {"NotFound", "ResourceDoesNotExist"} or "does not exist" in text:
        what, hint = "Databricks has nothing of that name", "check the id, and DATABRICKS_HOST"
    elif kind in {"ResourceExhausted", "RequestLimitExceeded"} or "quota" in text.lower():
        what, hint = f"a limit of Databricks is reached: {shown}", "wait for runs to end, or have the quota raised"
    elif kind == "ValueError" or "auth" in kind.lower():
        what, hint = "there are no credentials for Databricks", "set DATABRICKS_HOST and a way to log in, or a profile"
    elif any(word in kind for word in _BUSY):
        return PlatformError(
            f"Databricks does not answer: {kind}",
            where=where,
            hint="check DATABRICKS_HOST and the network",
            retryable=True,
        )
    else:
        what, hint = f"Databricks does not take the request: {shown or kind}", "mend what it says, and start again"
    return PlatformError(what, where=where, hint=hint)
