"""Runs on AWS: every end, refusal and log that a service answers with is told in one way."""

from __future__ import annotations

import functools
import gzip
import io
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber
from tests.platforms.submissions.released import submission

from tidegate.errors import PlatformError
from tidegate.platforms.submissions.emr import EmrRunner
from tidegate.platforms.submissions.emr_serverless import EmrServerlessRunner
from tidegate.platforms.submissions.glue import GlueRunner
from tidegate.platforms.submissions.port import Started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tidegate.platforms.submissions.port import Runner

REGION = "eu-central-1"


@functools.lru_cache(1)
def stub_clients() -> dict[str, Any]:
    session = import_module("boto3").session.Session("tests", "tests", region_name=REGION)
    return {name: session.client(name) for name in ("emr", "emr-serverless", "glue", "logs", "s3")}


class Stubbed:
    """Clients that answer as they are told, and refuse to be asked for anything else."""

    def __init__(self) -> None:
        self.clients = stub_clients()
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        for stub in self.stubs.values():
            stub.activate()

    def __call__(self, service: str) -> object:
        return self.clients[service]

    def answers(self, service: str, method: str, answer: dict[str, Any]) -> None:
        self.stubs[service].add_response(method, answer)

    def refuses(self, service: str, method: str, code: str, message: str = "") -> None:
        self.stubs[service].add_client_error(method, code, message)


@pytest.fixture
def stubbed() -> Iterator[Stubbed]:
    answers = Stubbed()
    yield answers
    for stub in answers.stubs.values():
        stub.deactivate()


# Per platform: how a run is made, asked about and ended, and what the platform answers in each state.
RUNS: dict[str, tuple[Callable[[Any], Runner], str, str, str, Callable[[str, str], dict[str, Any]]]] = {
    "emr": (
        EmrRunner,
        "emr",
        "add_job_flow_steps",
        "describe_step",
        lambda state, why: {"Step": {"Status": {"State": state, "FailureDetails": {"Message": why}}}},
    ),
    "emr-serverless": (
        EmrServerlessRunner,
        "emr-serverless",
        "start_job_run",
        "get_job_run",
        lambda state, why: {
            "jobRun": {
                **dict.fromkeys(
                    ("applicationId", "jobRunId", "arn", "createdBy", "executionRole", "releaseLabel"), "x" * 60
                ),
                "createdAt": 0,
                "updatedAt": 0,
                "jobDriver": {"sparkSubmit": {"entryPoint": "s3://x/y.py"}},
                "state": state,
                "stateDetails": why or "-",
            }
        },
    ),
    "glue": (
        GlueRunner,
        "glue",
        "start_job_run",
        "get_job_run",
        lambda state, why: {"JobRun": {"JobRunState": state, "ErrorMessage": why}},
    ),
}
STARTED = Started("run", "target", "look")


ENDS = {
    "emr": {"PENDING": None, "RUNNING": None, "COMPLETED": 0, "FAILED": 1, "CANCELLED": 1, "INTERRUPTED": 1},
    "emr-serverless": {"SUBMITTED": None, "RUNNING": None, "SUCCESS": 0, "FAILED": 1, "CANCELLED": 1},
    "glue": {
        "STARTING": None,
        "RUNNING": None,
        "STOPPING": None,
        "SUCCEEDED": 0,
        "FAILED": 1,
        "TIMEOUT": 1,
        "ERROR": 1,
    },
}
# As the platforms tell of an exit code: YARN, EMR Serverless, and the exception that a run on Glue ends in.
TOLD = [
    ("User application exited with status 3", 3),
    (
        "Job failed, please check complete logs in configured logging destination. ExitCode: 4. Last few exceptions: …",
        4,
    ),
    ("RunFailedError: the run ended with exit code 2: the arguments cannot be used", 2),
    ("User application exited with status 137", 1),
    ("Container killed by YARN", 1),
]


@pytest.mark.parametrize(("platform", "state"), [(name, state) for name, states in ENDS.items() for state in states])
def test_the_end_of_a_run_is_an_exit_code_of_ours(platform: str, state: str, stubbed: Stubbed) -> None:
    make, service, _, look, answer = RUNS[platform]
    stubbed.answers(service, look, answer(state, ""))
    assert make(stubbed).state(STARTED).exit_code == ENDS[platform][state]


@pytest.mark.parametrize("platform", RUNS)
@pytest.mark.parametrize(("told", "code"), TOLD)
def test_a_refusing_gate_is_told_from_a_crash(platform: str, told: str, code: int, stubbed: Stubbed) -> None:
    make, service, _, look, answer = RUNS[platform]
    stubbed.answers(service, look, answer("FAILED", told))
    assert make(stubbed).state(STARTED).exit_code == code


REFUSALS = [
    ("AccessDeniedException", "User is not authorized", "does not permit .*:", "allow"),
    ("ExpiredTokenException", "", "does not accept the credentials", "renew"),
    ("ThrottlingException", "Rate exceeded", "too much to do", "try again"),
    ("ConcurrentRunsExceededException", "", "a limit of AWS is reached", "wait"),
    ("ServiceQuotaExceededException", "", "a limit of AWS is reached", "quota"),
    ("ResourceNumberLimitExceededException", "", "a limit of AWS is reached", "quota"),
    ("EntityNotFoundException", "", "nothing of that name", "AWS_REGION"),
    ("InvalidRequestException", "Cluster id 'j-SHOP' is not valid.", "nothing of that name", "AWS_REGION"),
    ("ValidationException", "releaseLabel is wrong", "does not take the request: releaseLabel is wrong", "mend"),
    ("Curious", "", "answered Curious", "try again"),
]


@pytest.mark.parametrize("platform", RUNS)
@pytest.mark.parametrize(("code", "message", "what", "hint"), REFUSALS, ids=[one[0] for one in REFUSALS])
def test_every_refusal_is_one_message_with_a_next_step(
    platform: str, code: str, message: str, what: str, hint: str, stubbed: Stubbed
) -> None:
    make, service, start, look, _ = RUNS[platform]
    stubbed.refuses(service, start, code, message)
    stubbed.refuses(service, look, code, message)
    for ask in (lambda: make(stubbed).start(submission()), lambda: make(stubbed).state(STARTED)):
        with pytest.raises(PlatformError, match=what) as error:
            ask()
        assert hint in str(error.value.hint)
        assert error.value.where
        assert error.value.retryable == code.startswith("Throttling")
        assert error.value.exit_code == 2


@pytest.mark.parametrize(("platform", "fact"), [
    ("emr", "emr_cluster_id"), ("emr-serverless", "emr_serverless_application_id"), ("glue", "glue_job_name"),
])  # fmt: skip
def test_a_run_without_a_place_is_refused_with_the_setting(platform: str, fact: str, stubbed: Stubbed) -> None:
    with pytest.raises(PlatformError, match=fact) as error:
        RUNS[platform][0](stubbed).start(submission(**dict[str, Any]({fact: None})))
    assert error.value.where == f"export.{fact}"
    assert "--on" in str(error.value.hint)


def packed(*lines: str) -> dict[str, Any]:
    streaming = import_module("botocore.response").StreamingBody
    content = gzip.compress("\n".join(lines).encode())
    return {"Body": streaming(io.BytesIO(content), len(content))}


def test_logs_come_from_where_each_platform_puts_them(stubbed: Stubbed) -> None:
    stubbed.answers("emr", "describe_cluster", {"Cluster": {"LogUri": "s3n://logs/emr/"}})
    stubbed.stubs["s3"].add_response(
        "get_object", packed("one", "two"), {"Bucket": "logs", "Key": "emr/target/steps/run/stderr.gz"}
    )
    assert list(EmrRunner(stubbed).log(STARTED)) == ["one", "two"]

    monitored = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://logs/x"}}}
    described = RUNS["emr-serverless"][4]("RUNNING", "")
    described["jobRun"]["configurationOverrides"] = monitored
    key = "x/applications/target/jobs/run/SPARK_DRIVER/stderr.gz"
    for answer in (None, packed("three")):
        stubbed.answers("emr-serverless", "get_job_run", described)
        if answer is None:
            stubbed.refuses("s3", "get_object", "NoSuchKey")
        else:
            stubbed.stubs["s3"].add_response("get_object", answer, {"Bucket": "logs", "Key": key})
        assert list(EmrServerlessRunner(stubbed).log(STARTED)) == ([] if answer is None else ["three"])

    first = {"events": [{"message": "four\n"}], "nextForwardToken": "t"}
    stubbed.answers("logs", "get_log_events", first)
    stubbed.answers("logs", "get_log_events", {"events": [], "nextForwardToken": "t"})
    assert list(GlueRunner(stubbed).log(STARTED)) == ["four"]


def test_a_cluster_that_keeps_no_log_is_said_to_hide_exit_codes(stubbed: Stubbed) -> None:
    stubbed.answers("emr", "describe_cluster", {"Cluster": {}})
    with pytest.raises(PlatformError, match="keeps no log") as error:
        EmrRunner(stubbed).log(STARTED)
    assert "LogUri" in str(error.value.hint)
    assert not error.value.retryable


def test_runs_are_cancelled_by_their_ids(stubbed: Stubbed) -> None:
    stubbed.stubs["emr"].add_response(
        "cancel_steps",
        {},
        {"ClusterId": "target", "StepIds": ["run"], "StepCancellationOption": "TERMINATE_PROCESS"},
    )
    EmrRunner(stubbed).cancel(STARTED)
    stubbed.stubs["glue"].add_response("batch_stop_job_run", {}, {"JobName": "target", "JobRunIds": ["run"]})
    GlueRunner(stubbed).cancel(STARTED)
    for stub in stubbed.stubs.values():
        stub.assert_no_pending_responses()
