"""Secrets come from vaults by reference, are asked for once, and no failure shows them or goes without a next step."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from moto.server import ThreadedMotoServer

from tidegate.config import SecretReference
from tidegate.errors import ConfigError
from tidegate.vaults import forget_secrets
from tidegate.vaults.databricks import _told
from tidegate.vaults.port import VaultError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

pytestmark = pytest.mark.integration

SECRET = "zqX7 open\nsesame é"  # noqa: S105 - what must never be shown
REGION = "eu-central-1"
OF_AWS = ("aws-sm:shop/api", "aws-ssm:/shop/api")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    yield "http://{}:{}".format(*moto.get_host_and_port())
    moto.stop()


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    forget_secrets()
    yield
    forget_secrets()


def point_to(endpoint: str, monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    names = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests", "AWS_DEFAULT_REGION": REGION}
    quiet = {"AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1", "AWS_CONFIG_FILE": "/nowhere"}
    for name, value in {**names, **quiet, "AWS_ENDPOINT_URL": endpoint, **more}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_CA_BUNDLE", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def aws(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - boto3 makes its clients' classes at run time
    point_to(server, monkeypatch)
    return import_module("boto3").session.Session()


class Answers:
    """A service that gives one answer to all that is asked, and counts."""

    def __init__(self, status: int, body: object) -> None:
        self.status, self.body, self.asked = status, body, 0

    def __enter__(self) -> Self:
        answers = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answers.asked += 1
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                payload = json.dumps(answers.body).encode()
                self.send_response(answers.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_POST = do_GET  # noqa: N815 - http.server calls it so

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def read(reference: str) -> str:
    return SecretReference.parse(reference).resolve({}).reveal()


def failure(reference: str) -> VaultError:
    with pytest.raises(VaultError) as error:
        read(reference)
    said = f"{error.value} {error.value!r} {vars(error.value)} {error.value.__cause__}"
    assert SECRET not in said
    assert error.value.where == reference
    assert error.value.hint
    assert error.value.exit_code == 2
    return error.value


def test_secrets_and_parameters_are_read_by_name_and_by_arn(aws: Any) -> None:  # noqa: ANN401
    arn = aws.client("secretsmanager").create_secret(Name="by/arn", SecretString=SECRET)["ARN"]
    aws.client("ssm").put_parameter(Name="/by/name", Value=SECRET, Type="SecureString")
    assert read("aws-sm:by/arn") == read(f"aws-sm:{arn}") == read("aws-ssm:/by/name") == SECRET


def test_an_arn_is_asked_for_in_its_own_region(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    there = aws.client("secretsmanager", region_name="us-west-2")
    arn = there.create_secret(Name="elsewhere", SecretString=SECRET)["ARN"]
    assert "no such secret in this account and region" in failure("aws-sm:elsewhere").what
    assert read(f"aws-sm:{arn}") == SECRET
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    forget_secrets()
    assert read(f"aws-sm:{arn}") == SECRET


def test_a_key_takes_one_value_out_of_a_json_secret(aws: Any) -> None:  # noqa: ANN401
    client = aws.client("secretsmanager")
    client.create_secret(Name="json", SecretString=json.dumps({"password": SECRET, "port": 5432, "more": [SECRET]}))
    client.create_secret(Name="text", SecretString=SECRET)
    client.create_secret(Name="bytes", SecretBinary=SECRET.encode())
    assert (read("aws-sm:json#password"), read("aws-sm:json#port")) == (SECRET, "5432")
    for reference in ("aws-sm:json#missing", "aws-sm:json#more", "aws-sm:text#password", "aws-sm:bytes"):
        failure(reference)


def test_a_secret_is_asked_for_once_until_it_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    with Answers(200, {"SecretString": SECRET}) as service:
        point_to(service.address, monkeypatch)
        readers = [threading.Thread(target=read, args=("aws-sm:a",)) for _ in range(4)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert service.asked == 1
        forget_secrets()
        assert read("aws-sm:a") == SECRET
        assert service.asked == 2


def test_a_failure_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with Answers(400, {"__type": "ResourceNotFoundException"}) as service:
        point_to(service.address, monkeypatch)
        failure("aws-sm:a")
        service.status, service.body = 200, {"SecretString": SECRET}
        assert read("aws-sm:a") == SECRET


@pytest.mark.parametrize("reference", OF_AWS)
@pytest.mark.parametrize(
    ("code", "what", "hint"),
    [
        ("AccessDeniedException", "not permit", "allow the role s"),
        ("ResourceNotFoundException", "no such secret", "AWS_REGION"),
        ("ParameterNotFound", "no such secret", "AWS_REGION"),
        ("ExpiredTokenException", "not accept the credentials", "renew"),
        ("UnrecognizedClientException", "not accept the credentials", "renew"),
        ("DecryptionFailure", "cannot decrypt", "kms:Decrypt"),
        ("StrangeException", "answered StrangeException", "again"),
    ],
)
def test_what_aws_refuses_is_told_with_what_to_do(
    reference: str, code: str, what: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Answers(400, {"__type": code, "message": f"... {SECRET} ..."}) as service:
        point_to(service.address, monkeypatch)
        told = failure(reference)
    assert what in told.what
    assert hint in (told.hint or "")
    assert not told.retryable


@pytest.mark.parametrize("reference", OF_AWS)
def test_without_credentials_or_a_region_nothing_is_asked(reference: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Answers(200, {}) as service:
        point_to(service.address, monkeypatch, AWS_SHARED_CREDENTIALS_FILE="/nowhere")
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        assert "AWS_REGION" in (failure(reference).hint or "")
        point_to(service.address, monkeypatch)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        assert "no AWS credentials" in failure(reference).what
        monkeypatch.setenv("AWS_PROFILE", "nobody")
        assert "no AWS credentials" in failure(reference).what
    assert service.asked == 0


def test_an_end_point_that_nobody_answers_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with Answers(200, {}) as service:
        pass
    point_to(service.address, monkeypatch)
    told = failure("aws-sm:a")
    assert told.retryable
    assert "AWS does not answer" in told.what


HALVES = ["aws-sm:", "aws-sm:a#", "aws-sm:a b", "aws-ssm:", "databricks:a", "databricks:a/", "vault:a"]
WHOLES = ["aws-sm:a/b#c", "aws-sm:arn:aws:secretsmanager:x:1:secret:a-1", "aws-ssm:/a", "databricks:a/b"]


@pytest.mark.parametrize("text", HALVES)
def test_half_a_reference_is_none(text: str) -> None:
    with pytest.raises(ConfigError, match="not a reference"):
        SecretReference.parse(text)


@pytest.mark.parametrize("text", WHOLES)
def test_a_reference_reads_as_it_is_written(text: str) -> None:
    assert str(SecretReference.parse(text)) == text


@pytest.fixture
def databricks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    for name in ("DATABRICKS_RUNTIME_VERSION", "DATABRICKS_CONFIG_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with Answers(200, {"key": "token", "value": b64encode(SECRET.encode()).decode()}) as service:
        for name, value in {
            "DATABRICKS_HOST": service.address,
            "DATABRICKS_TOKEN": "tests",
            "DATABRICKS_AUTH_TYPE": "pat",
            "NO_PROXY": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        yield service


def test_a_scope_of_databricks_is_read_through_its_sdk(databricks: Answers) -> None:
    assert read("databricks:shop/token") == SECRET


@pytest.mark.parametrize(
    ("status", "code", "what"),
    [
        (404, "RESOURCE_DOES_NOT_EXIST", "no such secret"),
        (403, "PERMISSION_DENIED", "not permit"),
        (401, "UNAUTHENTICATED", "not accept the credentials"),
    ],
)
def test_what_databricks_refuses_is_told(databricks: Answers, status: int, code: str, what: str) -> None:
    databricks.status, databricks.body = status, {"error_code": code, "message": f"... {SECRET} ..."}
    assert what in failure("databricks:shop/token").what


@pytest.mark.usefixtures("databricks")
def test_without_a_way_to_log_in_to_databricks_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABRICKS_TOKEN")
    assert "no credentials for Databricks" in failure("databricks:shop/token").what


def test_what_a_cluster_raises_is_told_as_well() -> None:
    raised = RuntimeError("An error occurred: IllegalArgumentException: Secret does not exist with scope: a and key: b")
    assert "no such secret" in _told(raised, "databricks:a/b").what
