"""Runs as job runs of an application of EMR Serverless."""

from __future__ import annotations

import math
import shlex
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from tidegate.platforms.emr_serverless import JARS
from tidegate.platforms.submissions.aws import Clients, client, text_in_s3, told
from tidegate.platforms.submissions.port import Started, State, target_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.platforms.submissions.port import Submission

    class _Serverless(Protocol):
        def start_job_run(self, **request: object) -> Mapping[str, str]: ...

        def get_job_run(self, **request: str) -> Mapping[str, Mapping[str, object]]: ...

        def cancel_job_run(self, **request: str) -> object: ...


_ENDED = {"SUCCESS": 0, "FAILED": 1, "CANCELLED": 1}
_PYTHON = "./environment/bin/python"


@dataclass(frozen=True)
class EmrServerlessRunner:
    """Starts job runs, with the Python and the packages of the release.

    Attributes:
        clients: Gives the client of a service.
    """

    clients: Clients = field(default=client)
    log_delay: float = 0.0  # the state's details tell the exit code

    def start(self, submission: Submission) -> Started:
        """Start a job run; asked twice for lack of an answer, the service starts it once."""
        facts = submission.released.release.submitting
        known = facts.emr_serverless_application_id
        application = target_of(submission.target, known, "export.emr_serverless_application_id")
        role = target_of(None, facts.emr_serverless_role_arn, "export.emr_serverless_role_arn")
        request: dict[str, object] = {
            "applicationId": application,
            "executionRoleArn": role,
            "name": submission.name,
            "clientToken": str(uuid.uuid4()),
            "jobDriver": {"sparkSubmit": spark_submit(submission)},
        }
        if submission.timeout_seconds:
            request["executionTimeoutMinutes"] = math.ceil(submission.timeout_seconds / 60)
        if facts.log_uri:
            monitored = {"s3MonitoringConfiguration": {"logUri": facts.log_uri}}
            request["configurationOverrides"] = {"monitoringConfiguration": monitored}
        with told("emr-serverless:StartJobRun, and iam:PassRole", f"application {application}, role {role}"):
            run = self._serverless().start_job_run(**request)["jobRunId"]
        look = f"aws emr-serverless get-job-run --application-id {application} --job-run-id {run}"
        return Started(run, application, look)

    def state(self, started: Started) -> State:
        """Return how a job run is."""
        found = self._job_run(started)
        name, reason = str(found["state"]), str(found.get("stateDetails") or "")
        return State.told(name, _ENDED, reason)

    def log(self, started: Started) -> Sequence[str]:
        """Return the driver's standard error, where the run was told to write it to S3."""
        found = self._job_run(started)
        overrides = cast("Mapping[str, Mapping[str, Mapping[str, str]]]", found.get("configurationOverrides") or {})
        monitored = overrides.get("monitoringConfiguration", {}).get("s3MonitoringConfiguration", {})
        folder = monitored.get("logUri", "").rstrip("/")
        if not folder:
            return []
        below = f"applications/{started.where}/jobs/{started.run_id}/SPARK_DRIVER/stderr.gz"
        return text_in_s3(self.clients, f"{folder}/{below}")

    def cancel(self, started: Started) -> None:
        """End a job run."""
        with told("emr-serverless:CancelJobRun", f"application {started.where}"):
            self._serverless().cancel_job_run(applicationId=started.where, jobRunId=started.run_id)

    def _job_run(self, started: Started) -> Mapping[str, object]:
        with told("emr-serverless:GetJobRun", f"application {started.where}"):
            return self._serverless().get_job_run(applicationId=started.where, jobRunId=started.run_id)["jobRun"]

    def _serverless(self) -> _Serverless:
        return cast("_Serverless", self.clients("emr-serverless"))


def spark_submit(submission: Submission) -> dict[str, object]:
    """Return what a job run is to do."""
    released, facts = submission.released, submission.released.release.submitting
    settings = {
        "spark.archives": f"{released.address('environment')}#environment",
        "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": _PYTHON,
        "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": _PYTHON,
        "spark.executorEnv.PYSPARK_PYTHON": _PYTHON,
        **submission.settings(),
    }
    jars = [JARS[name] for name in facts.formats if name in JARS]
    settings |= {"spark.jars": ",".join(jars)} if jars else {}
    words = [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]
    return {
        "entryPoint": released.address("entry_point"),
        "entryPointArguments": submission.words(),
        "sparkSubmitParameters": shlex.join([*words, *facts.spark_submit]),
    }
