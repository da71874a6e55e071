"""Places to write to, one for each kind of store."""

from __future__ import annotations

import threading
import uuid
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING
from unittest.mock import patch

import boto3
import pytest
from moto.s3.responses import S3Response
from moto.server import ThreadedMotoServer
from tests.seaweedfs import KEY, SECRET, seaweedfs
from tests.storage.faulty_proxy import faulty_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from moto.core.common_types import TYPE_RESPONSE
    from tests.storage.faulty_proxy import Faults

_BUCKETS = {"s3": "s3_bucket", "s3 that checks": "checking_bucket"}


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Return the address of an S3 that lives as long as the tests."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with patch.object(S3Response, "put_object", _one_at_a_time(S3Response.put_object)):
        server.start()
        yield "http://{}:{}".format(*server.get_host_and_port())
        server.stop()


@pytest.fixture(scope="session")
def checking_endpoint() -> Iterator[str]:
    """Return the address of an S3 that checks credentials."""
    with seaweedfs() as address:
        yield address


@pytest.fixture
def s3_bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return a new bucket, and let AWS's own settings point to it."""
    with _used(access_to(s3_endpoint, "tests", "tests"), monkeypatch) as bucket:
        yield bucket


@pytest.fixture
def checking_bucket(checking_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return a new bucket in the S3 that checks credentials, and let AWS's own settings have them."""
    with _used(access_to(checking_endpoint, KEY, SECRET), monkeypatch) as bucket:
        yield bucket


def access_to(endpoint: str, key: str, secret: str) -> dict[str, str]:
    """Return AWS's own settings for an S3 at some address, as environment variables."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def new_bucket(access: Mapping[str, str]) -> str:
    """Make a bucket with such settings, and return its name."""
    client = boto3.client(
        "s3",
        endpoint_url=access["AWS_ENDPOINT_URL"],
        aws_access_key_id=access["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=access["AWS_SECRET_ACCESS_KEY"],
        region_name=access["AWS_DEFAULT_REGION"],
    )
    bucket = f"tests-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": access["AWS_DEFAULT_REGION"]})
    return bucket


@contextmanager
def _used(access: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in access.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)  # the server speaks plain HTTP
    system = import_module("s3fs").S3FileSystem
    system.clear_instance_cache()
    yield new_bucket(access)
    system.clear_instance_cache()


@pytest.fixture
def faults(s3_endpoint: str, s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    """Put a proxy between the client and its S3; it asks twice, and does not wait for long."""
    system = import_module("s3fs").S3FileSystem
    with faulty_proxy(s3_endpoint) as (address, found):
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
        monkeypatch.setattr(system, "read_timeout", 0.3)
        monkeypatch.setattr(system, "retries", 2)
        system.clear_instance_cache()
        yield found
        system.clear_instance_cache()


@pytest.fixture(params=["path", "file", *(pytest.param(kind, marks=pytest.mark.integration) for kind in _BUCKETS)])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return an empty folder, once for each way to name one."""
    if request.param == "path":
        return str(tmp_path)
    if request.param == "file":
        return f"file://{tmp_path}"
    return f"s3://{request.getfixturevalue(_BUCKETS[request.param])}/below/here"


def _one_at_a_time(put: Callable[[S3Response], TYPE_RESPONSE]) -> Callable[[S3Response], TYPE_RESPONSE]:
    """Make a put atomic, as it is in S3: moto looks whether a key is free and takes it in two steps."""
    lock = threading.Lock()

    def locked(response: S3Response) -> TYPE_RESPONSE:
        with lock:
            return put(response)

    return locked
