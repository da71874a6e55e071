"""Runs on AWS: what is asked for has the right shape (moto checks it), and every end and refusal is told in one way."""

from __future__ import annotations

import functools
import gzip
import io
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber
from moto.server import ThreadedMotoServer
from tests.platforms.submissions.released import submission
from tests.vaults.test_vaults import point_to

from tidegate.errors import PlatformError
from tidegate.platforms.glue_arguments import script_arguments
from tidegate.platforms.submissions.emr import EmrRunner, step_words
from tidegate.platforms.submissions.emr_serverless import EmrServerlessRunner, spark_submit
from tidegate.platforms.submissions.glue import GlueRunner, job_arguments
from tidegate.platforms.submissions.port import Started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tidegate.platforms.submissions.port import Runner

REGION = "eu-central-1"
DELTA = "io.delta.sql.DeltaSparkSessionExtension"
ICEBERG = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    yield "http://{}:{}".format(*moto.get_host_and_port())
    moto.stop()


@pytest.fixture
def aws(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - boto3 makes its clients' classes at run time
    point_to(server, monkeypatch)
    return import_module("boto3").session.Session()


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


def test_a_step_is_taken_by_emr(aws: Any) -> None:  # noqa: ANN401
    emr = aws.client("emr")
    groups = [{"InstanceCount": 1, "InstanceRole": "MASTER", "InstanceType": "m5.large", "Name": "master"}]
    cluster = emr.run_job_flow(
        Name="shop",
        Instances={"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True},
        JobFlowRole="r",
        ServiceRole="r",
    )["JobFlowId"]
    runner = EmrRunner()
    asked = submission("--set", "run.keep_going=false", target=cluster)
    started = runner.start(asked)
    step = emr.describe_step(ClusterId=cluster, StepId=started.run_id)["Step"]
    assert step["Config"]["Args"] == step_words(asked)
    assert runner.state(started).exit_code is None
    assert list(runner.log(started)) == []


def test_a_job_run_is_taken_by_emr_serverless_and_cancelled(aws: Any) -> None:  # noqa: ANN401
    serverless = aws.client("emr-serverless")
    application = serverless.create_application(name="shop", releaseLabel="emr-7.12.0", type="SPARK")["applicationId"]
    runner = EmrServerlessRunner()
    asked = submission(target=application)
    started = runner.start(asked)
    found = serverless.get_job_run(applicationId=application, jobRunId=started.run_id)["jobRun"]
    assert found["jobDriver"] == {"sparkSubmit": spark_submit(asked)}
    assert found["executionRole"] == "arn:aws:iam::123456789012:role/shop"
    runner.cancel(started)
    assert runner.state(started).exit_code == 1


def test_a_run_is_taken_by_glue_and_found_again(aws: Any) -> None:  # noqa: ANN401
    glue = aws.client("glue")
    glue.create_job(Name="shop", Role="r", Command={"Name": "glueetl", "ScriptLocation": "s3://x/y.py"})
    runner = GlueRunner()
    asked = submission("--set", "a.b=c d", "--set", "e.f=g")
    started = runner.start(asked)
    found = glue.get_job_run(JobName="shop", RunId=started.run_id)["JobRun"]
    assert found["Arguments"] == job_arguments(asked)
    assert list(runner.log(started)) == []


@pytest.mark.parametrize("formats", [("delta",), ("iceberg",), ("delta", "iceberg"), ("parquet",)])
def test_every_platform_is_given_what_the_formats_need(formats: tuple[str, ...]) -> None:
    asked = submission(formats=formats)
    serverless = str(spark_submit(asked)["sparkSubmitParameters"])
    for told in (" ".join(step_words(asked)), serverless, job_arguments(asked).get("--conf", "")):
        assert (DELTA in told, ICEBERG in told) == ("delta" in formats, "iceberg" in formats)
        assert "spark.sql.shuffle.partitions=64" in told
    for told in (" ".join(step_words(asked)), serverless):
        assert ("/delta/lib/" in told, "/iceberg/lib/" in told) == ("delta" in formats, "iceberg" in formats)
        assert "environment.tar.gz#environment" in told
    assert job_arguments(asked).get("--datalake-formats", "") == ",".join(set(formats) - {"parquet"} and formats)


def test_the_script_on_glue_gets_what_it_would_get_elsewhere() -> None:
    given = ("--set", "a.b=c d", "--set", "e.f=g", "--json", "--through", "2024-01-31")
    asked = submission(*given)
    mixed = [part for pair in job_arguments(asked).items() for part in pair]
    options = [part for pair in asked.options().items() for part in pair]
    assert sorted(script_arguments(mixed)) == sorted([*options, *given])
    for wrong in (("first",), ("--a", "1", "--a", "2")):
        with pytest.raises(PlatformError, match="names with values alone"):
            job_arguments(submission(*wrong))


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


@pytest.mark.parametrize(
    ("environ", "what", "hint"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}, "does not answer", "AWS_REGION"),
        ({"AWS_PROFILE": "nobody"}, "no AWS credentials", "AWS_PROFILE"),
        ({"AWS_DEFAULT_REGION": ""}, "region is not set", "AWS_REGION"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no AWS credentials", "AWS_PROFILE"),
    ],
)
def test_what_aws_is_never_asked_is_told_likewise(
    environ: dict[str, str], what: str, hint: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_to(server, monkeypatch)
    for name, value in {"AWS_SHARED_CREDENTIALS_FILE": "/nowhere", **environ}.items():
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name)
    monkeypatch.setattr("tidegate.platforms.submissions.aws._ATTEMPTS", 1)
    with pytest.raises(PlatformError, match=what) as error:
        GlueRunner().start(submission())
    assert hint in str(error.value.hint)


@pytest.mark.parametrize(("platform", "fact"), [
    ("emr", "emr_cluster_id"), ("emr-serverless", "emr_serverless_application_id"), ("glue", "glue_job_name"),
])  # fmt: skip
def test_a_run_without_a_place_is_refused_with_the_setting(platform: str, fact: str, stubbed: Stubbed) -> None:
    with pytest.raises(PlatformError, match=fact) as error:
        RUNS[platform][0](stubbed).start(submission(**{fact: None}))
    assert error.value.where == f"export.{fact}"
    assert "--on" in str(error.value.hint)


def test_a_step_that_is_too_long_is_refused_before_emr_is_asked() -> None:
    with pytest.raises(PlatformError, match="10240"):
        step_words(submission("--set", "a=" + "x" * 10_240))


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
