"""Topics and queues get the published message with attributes to filter by; what AWS refuses arrives later."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from moto.server import ThreadedMotoServer

from tidegate.alerts.message import schema
from tidegate.alerts.sending import SentAlerts
from tidegate.alerts.settings import AlertSettings, SinkSettings, SnsTarget, SqsTarget
from tidegate.model.reports import RunReport
from tidegate.model.transfers import OutputWritten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration

FAILED = RunReport("run", "silver.orders", "failed", "a", "b", output=OutputWritten("silver.orders"), error="broken é")
REGION = "eu-central-1"
VALIDATOR = Draft202012Validator(json.loads(schema()))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Return the address of an AWS that lives as long as the module's tests."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    yield "http://{}:{}".format(*moto.get_host_and_port())
    moto.stop()


@pytest.fixture
def aws(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - boto3 makes its clients' classes at run time
    """Return a session, and let AWS's own settings point to the server."""
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    return import_module("boto3").session.Session()


def tell(root: Path, target: SnsTarget | SqsTarget, *reports: RunReport) -> None:
    """Let runs pass by an observer."""
    observer = SentAlerts(AlertSettings(str(root), "retail", (SinkSettings("aws", target),)))
    observer.started(None)  # type: ignore[arg-type]
    for report in reports:
        observer.ended(report)
    observer.close()


def received(queue: Any, url: str) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return what is in a queue, and take it out."""
    found = []
    while messages := queue.receive_message(QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10).get(
        "Messages"
    ):
        for message in messages:
            found.append(message)
            queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def spooled(root: Path) -> int:
    return len(list((root / "_tidegate" / "alerts" / "spool" / "aws").glob("*.json")))


@pytest.mark.parametrize("fifo", [False, True])
def test_a_queue_gets_the_published_message_once(aws: Any, tmp_path: Path, fifo: bool) -> None:  # noqa: ANN401
    sqs = aws.client("sqs")
    attributes = {"FifoQueue": "true"} if fifo else {}
    url = sqs.create_queue(QueueName="alerts.fifo" if fifo else "alerts", Attributes=attributes)["QueueUrl"]
    tell(tmp_path, SqsTarget(url), FAILED)
    tell(tmp_path, SqsTarget(url), replace(FAILED, run_id="again"))
    (message,) = received(sqs, url)
    body = json.loads(message["Body"])
    VALIDATOR.validate(body)
    assert (body["job"], body["title"], body["run_id"]) == ("silver.orders", "broken é", "run")
    told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert told == {"severity": "error", "kind": "run_failed", "job": "silver.orders", "table": "silver.orders"}


def test_a_topic_gets_the_published_message_and_filters_by_severity(aws: Any, tmp_path: Path) -> None:  # noqa: ANN401
    sqs, sns = aws.client("sqs"), aws.client("sns")
    url = sqs.create_queue(QueueName="pager")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="all-alerts")["TopicArn"]
    policy = {"FilterPolicy": json.dumps({"severity": ["error"]})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=policy)
    pipeline = replace(FAILED, job="x", error=None, status="refused", output=None)
    tell(tmp_path, SnsTarget(topic), FAILED, pipeline)
    first, second = (json.loads(message["Body"]) for message in received(sqs, url))
    assert first["Subject"] == "ERROR silver.orders: broken ?"
    assert second["Subject"] == "ERROR x: the run refused"
    VALIDATOR.validate(json.loads(first["Message"]))


def test_what_a_missing_queue_or_topic_does_not_take_waits_and_arrives_once_it_is_there(
    aws: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    sqs = aws.client("sqs")
    url = f"{aws.client('sqs').meta.endpoint_url}/123456789012/comes-later"
    tell(tmp_path, SqsTarget(url), FAILED)
    tell(tmp_path, SqsTarget(url), replace(FAILED, job="other"))
    assert spooled(tmp_path) == 2
    sqs.create_queue(QueueName="comes-later")
    tell(tmp_path, SqsTarget(url))
    assert [json.loads(message["Body"])["job"] for message in received(sqs, url)] == ["silver.orders", "other"]
    assert spooled(tmp_path) == 0


def test_an_aws_that_cannot_be_reached_costs_no_run(aws: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    tell(tmp_path, SnsTarget(f"arn:aws:sns:{REGION}:123456789012:alerts"), FAILED)
    assert spooled(tmp_path) == 1


def test_without_credentials_alerts_wait(aws: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    tell(tmp_path, SqsTarget(f"https://sqs.{REGION}.amazonaws.com/123456789012/alerts"), FAILED)
    assert spooled(tmp_path) == 1
