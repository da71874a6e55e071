"""Places to write to, one for each kind of store."""

from __future__ import annotations

import threading
import uuid
from importlib import import_module
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from moto.s3.responses import S3Response
from moto.server import ThreadedMotoServer
from tests.storage.faulty_proxy import faulty_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from moto.core.common_types import TYPE_RESPONSE
    from tests.storage.faulty_proxy import Faults


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Return the address of an S3 that lives as long as the tests."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with patch.object(S3Response, "put_object", _one_at_a_time(S3Response.put_object)):
        server.start()
        yield "http://{}:{}".format(*server.get_host_and_port())
        server.stop()


@pytest.fixture
def s3_bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return a new bucket, and let AWS's own settings point to it."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)  # the server speaks plain HTTP
    system = import_module("s3fs").S3FileSystem
    system.clear_instance_cache()
    bucket = f"tests-{uuid.uuid4().hex}"
    system(use_listings_cache=False).call_s3(
        "create_bucket", Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    yield bucket
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


@pytest.fixture(params=["path", "file", pytest.param("s3", marks=pytest.mark.integration)])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return an empty folder, once for each way to name one."""
    if request.param == "path":
        return str(tmp_path)
    if request.param == "file":
        return f"file://{tmp_path}"
    return f"s3://{request.getfixturevalue('s3_bucket')}/below/here"


def _one_at_a_time(put: Callable[[S3Response], TYPE_RESPONSE]) -> Callable[[S3Response], TYPE_RESPONSE]:
    """Make a put atomic, as it is in S3: moto looks whether a key is free and takes it in two steps."""
    lock = threading.Lock()

    def locked(response: S3Response) -> TYPE_RESPONSE:
        with lock:
            return put(response)

    return locked
