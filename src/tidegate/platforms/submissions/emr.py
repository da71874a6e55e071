"""Runs as steps of a cluster of EMR on EC2."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from tidegate.errors import PlatformError
from tidegate.platforms.emr import JARS, check_step
from tidegate.platforms.submissions.aws import Clients, client, text_in_s3, told
from tidegate.platforms.submissions.port import Started, State, target_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.platforms.submissions.port import Submission

    class _Emr(Protocol):
        def add_job_flow_steps(self, **request: object) -> Mapping[str, Sequence[str]]: ...

        def describe_step(self, **request: str) -> Mapping[str, Mapping[str, Mapping[str, object]]]: ...

        def describe_cluster(self, **request: str) -> Mapping[str, Mapping[str, str]]: ...

        def cancel_steps(self, **request: object) -> object: ...


_ENDED = {"COMPLETED": 0, "CANCELLED": 1, "FAILED": 1, "INTERRUPTED": 1}
_PYTHON = "./environment/bin/python"


@dataclass(frozen=True)
class EmrRunner:
    """Starts steps; the driver runs in the cluster, with the Python and the packages of the release.

    Attributes:
        clients: Gives the client of a service.
    """

    clients: Clients = field(default=client)
    log_delay: float = 360.0  # EMR brings logs to S3 every five minutes

    def start(self, submission: Submission) -> Started:
        """Start a step."""
        facts = submission.released.release.submitting
        cluster = target_of(submission.target, facts.emr_cluster_id, "export.emr_cluster_id")
        step = {
            "Name": submission.name,
            "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": {"Jar": "command-runner.jar", "Args": step_words(submission)},
        }
        with told("elasticmapreduce:AddJobFlowSteps", f"cluster {cluster}"):
            answer = self._emr().add_job_flow_steps(JobFlowId=cluster, Steps=[step])
        run = answer["StepIds"][0]
        return Started(run, cluster, f"aws emr describe-step --cluster-id {cluster} --step-id {run}")

    def state(self, started: Started) -> State:
        """Return how a step is."""
        with told("elasticmapreduce:DescribeStep", f"cluster {started.where}"):
            answer = self._emr().describe_step(ClusterId=started.where, StepId=started.run_id)
        status = answer["Step"]["Status"]
        name = str(status["State"])
        details = cast("Mapping[str, str]", status.get("FailureDetails") or status.get("StateChangeReason") or {})
        reason = ": ".join(part for part in (details.get("Reason"), details.get("Message")) if part)
        return State.told(name, _ENDED, reason)

    def log(self, started: Started) -> Sequence[str]:
        """Return the step's standard error, which EMR brings to S3 every few minutes.

        Raises:
            PlatformError: It cannot be read, or the cluster keeps none.
        """
        with told("elasticmapreduce:DescribeCluster", f"cluster {started.where}"):
            answer = self._emr().describe_cluster(ClusterId=started.where)
        folder = answer["Cluster"].get("LogUri", "").replace("s3n://", "s3://").rstrip("/")
        if not folder:
            raise PlatformError(
                "the cluster keeps no log, and a failed step tells its exit code nowhere else",
                where=f"cluster {started.where}",
                hint="give the cluster a LogUri; until then 1 stands for 2 to 4 as well",
            )
        return text_in_s3(self.clients, f"{folder}/{started.where}/steps/{started.run_id}/stderr.gz")

    def cancel(self, started: Started) -> None:
        """End a step, also one that runs."""
        with told("elasticmapreduce:CancelSteps", f"cluster {started.where}"):
            self._emr().cancel_steps(
                ClusterId=started.where, StepIds=[started.run_id], StepCancellationOption="TERMINATE_PROCESS"
            )

    def _emr(self) -> _Emr:
        return cast("_Emr", self.clients("emr"))


def step_words(submission: Submission) -> list[str]:
    """Return the command of a step.

    Raises:
        PlatformError: It is longer than EMR takes.
    """
    released, facts = submission.released, submission.released.release.submitting
    settings = {
        "spark.pyspark.python": _PYTHON,
        "spark.yarn.appMasterEnv.PYSPARK_PYTHON": _PYTHON,
        "spark.executorEnv.PYSPARK_PYTHON": _PYTHON,
        **submission.settings(),
    }
    jars = [JARS[name] for name in facts.formats if name in JARS]
    words = ["spark-submit", "--deploy-mode", "cluster", "--name", submission.name]
    words += ["--archives", f"{released.address('environment')}#environment"]
    words += ["--jars", ",".join(jars)] if jars else []
    words += [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]
    words += [*facts.spark_submit, released.address("entry_point"), *submission.words()]
    check_step(words)
    return words
