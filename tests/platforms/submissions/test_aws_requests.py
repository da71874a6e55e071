"""Runs on AWS: what is asked for has the right shape, which moto's server checks."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from moto.server import ThreadedMotoServer
from tests.platforms.submissions.released import submission
from tests.vaults.test_vaults import point_to

from tidegate.errors import PlatformError
from tidegate.platforms.glue_arguments import script_arguments
from tidegate.platforms.submissions.emr import EmrRunner, step_words
from tidegate.platforms.submissions.emr_serverless import EmrServerlessRunner, spark_submit
from tidegate.platforms.submissions.glue import GlueRunner, job_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

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


def test_a_step_is_taken_by_emr(aws: Any) -> None:  # noqa: ANN401
    emr = aws.client("emr")
    groups = [{"InstanceCount": 1, "InstanceRole": "MASTER", "InstanceType": "m5.large", "Name": "master"}]
    cluster = emr.run_job_flow(
        Name="shop",
        LogUri="s3n://shop-logs/emr/",
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


def test_a_step_that_is_too_long_is_refused_before_emr_is_asked() -> None:
    with pytest.raises(PlatformError, match="10240"):
        step_words(submission("--set", "a=" + "x" * 10_240))


class Throttling(BaseHTTPRequestHandler):
    """Glue, which has too much to do for a while."""

    refusals = 2

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        is_busy = type(self).refusals > 0
        type(self).refusals -= 1
        answer = {"__type": "ThrottlingException", "message": "Rate exceeded"} if is_busy else {"JobRunId": "jr_1"}
        payload = json.dumps(answer).encode()
        self.send_response(400 if is_busy else 200)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_service_that_has_too_much_to_do_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Throttling)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    point_to(f"http://127.0.0.1:{server.server_port}", monkeypatch)
    assert GlueRunner().start(submission()).run_id == "jr_1"
    assert Throttling.refusals == -1
    server.shutdown()
    server.server_close()
