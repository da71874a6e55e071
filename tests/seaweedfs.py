"""An S3 that checks who asks: SeaweedFS. Its binary comes with a package, its data are in a temporary folder."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tests.java_servers import free_port, held

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, SECRET = "tidegate-tests", "known to this server alone"
_PARTS = ("master", "volume", "filer", "s3")
_SMALL = ("-master.volumeSizeLimitMB=64", "-volume.max=0", "-volume.preStopSeconds=0")
_LEFT_OUT = ("-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false")


@contextmanager
def seaweedfs() -> Iterator[str]:
    """Hold a server that knows one user, from when it takes objects, and yield its address."""
    with TemporaryDirectory(prefix="tidegate-s3-") as folder:
        identity = {
            "name": "tests",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"],
        }
        known = Path(folder, "s3.json")
        known.write_text(json.dumps({"identities": [identity]}))
        ports = {f"{part}.port{kind}": free_port() for part in _PARTS for kind in ("", ".grpc")}
        started = (
            *(str(Path(sys.executable).with_name("weed")), "server", f"-dir={folder}"),
            *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", f"-s3.config={known}"),
            *(f"-{name}={port}" for name, port in ports.items()),
            *(f"-{part}.localSocket={folder}/{part}.sock" for part in ("filer", "s3")),
            *(*_SMALL, *_LEFT_OUT),
        )
        address = f"http://127.0.0.1:{ports['s3.port']}"
        # It would take in whoever this process is for AWS.
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        with held(started, lambda: _takes_objects(address), environ, bool):
            yield address


def _takes_objects(address: str) -> bytes:
    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="eu-central-1",
        config=Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=5),
    )
    try:
        client.create_bucket(Bucket="ready")
        client.put_object(Bucket="ready", Key="ready", Body=b"yes")
    except (BotoCoreError, ClientError):
        return b""
    return b"yes"
