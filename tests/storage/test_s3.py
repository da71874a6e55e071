"""What the network does to a writer of objects, played by a client that is not there."""

from __future__ import annotations

import errno
import sys
from datetime import datetime, timezone

import pytest

from tidegate import storage
from tidegate.errors import AlreadyExistsError, MissingExtraError, StorageError
from tidegate.storage.address import parse
from tidegate.storage.s3 import S3Store

ADDRESS = parse("s3://bucket/key")


class AnswerError(Exception):
    """What botocore raises: an answer with a code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


def answer(code: str, number: int = errno.EINVAL) -> OSError:
    error = OSError(number, "the store's words")
    error.__cause__ = AnswerError(code)
    return error


class FakeClient:
    """One bucket in memory. `failures` are raised in turn by puts, before or after the object is there."""

    def __init__(self, *failures: tuple[str, Exception]) -> None:
        self.failures = list(failures)
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}

    def cat_file(self, path: str) -> bytes:
        return self.objects[path.partition("/")[2]][0]

    def call_s3(self, method: str, **arguments: object) -> object:
        key = str(arguments["Key"])
        if method == "head_object":
            content, mark = self.objects[key]
            now = datetime(2024, 1, 1, tzinfo=timezone.utc)
            return {"ContentLength": len(content), "LastModified": now, "ETag": '"1"', "Metadata": mark}
        assert method == "put_object"
        when, failure = self.failures.pop(0) if self.failures else ("", None)
        if failure and when == "before":
            raise failure
        if key in self.objects and arguments.get("IfNoneMatch") == "*":
            raise answer("PreconditionFailed")
        body, metadata = arguments["Body"], arguments["Metadata"]
        assert isinstance(body, bytes)
        assert isinstance(metadata, dict)
        self.objects[key] = (body, metadata)
        if failure:
            raise failure
        return {}


def test_a_refusal_that_echoes_our_own_success_is_a_success() -> None:
    # The put arrived, its answer did not; the client below asked again and was told that the key is taken.
    client = FakeClient(("after", answer("PreconditionFailed")))

    S3Store(client).write_new(ADDRESS, b"mine")

    assert client.objects["key"][0] == b"mine"


def test_a_refusal_because_of_another_writer_is_an_error() -> None:
    client = FakeClient()
    S3Store(client).write_new(ADDRESS, b"theirs")

    with pytest.raises(AlreadyExistsError):
        S3Store(client).write_new(ADDRESS, b"mine")

    assert client.objects["key"][0] == b"theirs"


def test_a_conflict_with_a_writer_that_fails_is_asked_again() -> None:
    client = FakeClient(("before", answer("ConditionalRequestConflict", errno.EIO)))
    S3Store(client).write_new(ADDRESS, b"mine")

    assert client.objects["key"][0] == b"mine"


def test_a_conflict_with_a_writer_that_wins_is_an_error() -> None:
    client = FakeClient(("before", answer("ConditionalRequestConflict", errno.EIO)))
    client.objects["key"] = (b"theirs", {})

    with pytest.raises(AlreadyExistsError):
        S3Store(client).write_new(ADDRESS, b"mine")


def test_conflicts_without_end_are_given_up_and_may_be_tried_again() -> None:
    client = FakeClient(*[("before", answer("ConditionalRequestConflict", errno.EIO))] * 50)

    with pytest.raises(StorageError) as caught:
        S3Store(client).write_new(ADDRESS, b"mine")

    assert caught.value.retryable
    assert not isinstance(caught.value, AlreadyExistsError)


class HTTPClientError(Exception):
    """Stands for botocore's class of the same name: no answer came."""


@pytest.mark.parametrize(
    ("failure", "is_retryable", "shown"),
    [
        (answer("SlowDown", errno.EBUSY), True, "SlowDown"),
        (answer("InternalError", errno.EIO), True, "InternalError"),
        (answer("NoSuchThing", errno.EIO), False, "NoSuchThing"),
        (PermissionError("denied"), False, "PermissionError"),
        (TimeoutError(), True, "TimeoutError"),
        (ConnectionResetError(), True, "ConnectionResetError"),
        (HTTPClientError(), True, "HTTPClientError"),
        (ValueError("a defect"), False, "ValueError"),
    ],
)
def test_a_failure_is_wrapped_once_and_says_whether_to_try_again(
    failure: Exception, shown: str, *, is_retryable: bool
) -> None:
    with pytest.raises(StorageError) as caught:
        S3Store(FakeClient(("before", failure))).replace(ADDRESS, b"")

    assert caught.value.retryable == is_retryable
    assert shown in caught.value.what
    assert caught.value.where == "s3://bucket/key"
    assert caught.value.__cause__ is failure
    assert "the store's words" not in str(caught.value)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)

    with pytest.raises(MissingExtraError) as caught:
        storage.read_bytes("s3://bucket/key")

    assert caught.value.hint == "pip install 'tidegate[aws]'"


def test_a_botocore_that_would_drop_the_condition_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.__version__", "1.34.131")

    with pytest.raises(StorageError, match="exclusively"):
        storage.write_new("s3://bucket/key", b"")


@pytest.mark.parametrize("uri", ["s3://bucket", "s3a://bucket/"])
def test_a_whole_bucket_is_never_removed(uri: str) -> None:
    with pytest.raises(StorageError, match="whole bucket is never removed"):
        S3Store(FakeClient()).delete_tree(parse(uri))
