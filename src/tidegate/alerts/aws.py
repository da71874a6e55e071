"""Topics of SNS and queues of SQS, through boto3, which is loaded with the first alert."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol, TypedDict

from tidegate.dispatch.port import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import NotRequired

    from tidegate.alerts.message import AlertMessage
    from tidegate.alerts.settings import SnsTarget, SqsTarget

    class _Sns(Protocol):
        def publish(self, **request: object) -> object: ...

    class _Sqs(Protocol):
        def send_message(self, **request: object) -> object: ...


_FIFO = ".fifo"
_SUBJECT_LENGTH = 100
_GROUP_LENGTH = 128
_STUMBLES = frozenset({"InvalidMessageContents", "InvalidParameter", "InvalidParameterValue", "InternalError"})
_REGION = re.compile(r"//sqs\.([a-z0-9-]+)\.")


class _Attribute(TypedDict):
    DataType: str
    StringValue: str


class _Ordering(TypedDict):
    MessageGroupId: NotRequired[str]
    MessageDeduplicationId: NotRequired[str]


class SnsReceiver:
    """Publishes alerts to a topic. Severity, kind, table and job are attributes, so that subscriptions can filter."""

    def __init__(self, target: SnsTarget, timeout_seconds: float) -> None:
        """Keep the settings; nothing is loaded or sent yet."""
        self._target, self._timeout = target, timeout_seconds

    def send(self, message: AlertMessage) -> Answer:
        """Publish one alert and return what became of it."""
        return _answer(lambda: self._publish(message))

    def close(self) -> None:
        """Do nothing: the process's end closes the connections."""

    def _publish(self, message: AlertMessage) -> None:
        self._client.publish(
            TopicArn=self._target.topic_arn,
            Subject=_subject(message),
            Message=message.text,
            MessageAttributes=_attributes(message),
            **_ordering(self._target.topic_arn, message),
        )

    @cached_property
    def _client(self) -> _Sns:
        client: _Sns = _connect("sns", self._target.topic_arn.split(":")[3], self._timeout)
        return client


class SqsReceiver:
    """Puts alerts into a queue."""

    def __init__(self, target: SqsTarget, timeout_seconds: float) -> None:
        """Keep the settings; nothing is loaded or sent yet."""
        self._target, self._timeout = target, timeout_seconds

    def send(self, message: AlertMessage) -> Answer:
        """Put one alert into the queue and return what became of it."""
        return _answer(lambda: self._put(message))

    def close(self) -> None:
        """Do nothing: the process's end closes the connections."""

    def _put(self, message: AlertMessage) -> None:
        self._client.send_message(
            QueueUrl=self._target.queue_url,
            MessageBody=message.text,
            MessageAttributes=_attributes(message),
            **_ordering(self._target.queue_url, message),
        )

    @cached_property
    def _client(self) -> _Sqs:
        found = _REGION.search(self._target.queue_url)
        client: _Sqs = _connect("sqs", self._target.region or (found[1] if found else None), self._timeout)
        return client


def _connect(service: Literal["sns", "sqs"], region: str | None, timeout_seconds: float):  # type: ignore[no-untyped-def]  # noqa: ANN202 - boto3 makes the class of its client at run time
    import boto3  # noqa: PLC0415 - an extra
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        connect_timeout=timeout_seconds,
        read_timeout=timeout_seconds,
        retries={"total_max_attempts": 1},  # trying again is the spool's business
    )
    return boto3.session.Session().client(service, region_name=region, config=config)


def _answer(send: Callable[[], None]) -> Answer:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

    try:
        send()
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "")).rpartition(".")[2]
        return Answer("stumbled" if code in _STUMBLES else "failed", f"AWS answered {code or 'with an error'}")
    except BotoCoreError as error:
        return Answer("failed", f"AWS cannot be reached: {type(error).__name__}")
    return Answer("taken")


def _subject(message: AlertMessage) -> str:
    """Return the subject as SNS allows it: printable ASCII of bounded length that begins with a letter."""
    ascii_only = message.subject.encode("ascii", "replace").decode()
    return ascii_only[:_SUBJECT_LENGTH]


def _attributes(message: AlertMessage) -> dict[str, _Attribute]:
    facts = {"severity": message.severity, "kind": message.kind, "job": message.job, "table": message.table}
    return {name: _Attribute(DataType="String", StringValue=value) for name, value in facts.items() if value}


def _ordering(place: str, message: AlertMessage) -> _Ordering:
    """Return what a topic or queue of kind FIFO asks for besides: alerts about one thing stay in order, each once."""
    if not place.endswith(_FIFO):
        return {}
    return {"MessageGroupId": message.fingerprint[:_GROUP_LENGTH], "MessageDeduplicationId": message.alert_id}
