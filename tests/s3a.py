"""Hadoop's client of S3, which Spark writes through, with little patience."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.java_servers import fetched

from tidegate.platforms.jars import spark_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

SECRET = "s3cret"  # noqa: S105 - of a server that takes any

# The bundle that the client asks for has all of the SDK, hundreds of megabytes; it uses a few modules.
_WANTED = {
    # As Spark 3.5 brings Hadoop.
    "3.3.4": """<dependency org="org.apache.hadoop" name="hadoop-aws" rev="3.3.4" transitive="false"/>
<dependency org="commons-logging" name="commons-logging" rev="1.1.3" transitive="false"/>
"""
    + "".join(
        f'<dependency org="com.amazonaws" name="aws-java-sdk-{name}" rev="1.12.262" transitive="false"/>\n'
        for name in ("core", "s3", "kms", "sts", "dynamodb")
    ),
    # As Spark 4.1 does; its Netty stands for the one of the SDK.
    "3.4.2": """<dependency org="org.apache.hadoop" name="hadoop-aws" rev="3.4.2" transitive="false"/>
"""
    + "".join(
        f'<dependency org="software.amazon.awssdk" name="{name}" rev="2.29.52" conf="default->master,runtime"/>\n'
        for name in ("s3", "s3-transfer-manager", "sts", "kms", "dynamodb")
    )
    + """<exclude org="io.netty"/><exclude org="org.slf4j"/>
""",
}

_IMPATIENT = {
    "path.style.access": "true",
    "attempts.maximum": "1",
    "retry.limit": "1",
    "retry.interval": "10ms",
    "retry.throttle.limit": "1",
    "retry.throttle.interval": "10ms",
    "connection.establish.timeout": "1000",
    "connection.timeout": "500",
    "bucket.probe": "0",
    "directory.marker.retention": "keep",
    "fast.upload.buffer": "bytebuffer",
}


def s3a_jars() -> str:
    """Return the jars of the client that fits the installed Spark, as `spark.jars` takes them."""
    hadoop = "3.3.4" if spark_version().startswith("3.") else "3.4.2"
    return ",".join(map(str, fetched(f"s3a-{hadoop}", _WANTED[hadoop])))


@contextmanager
def s3a(
    session: SparkSession, endpoint: str, key: str = "tests", secret: str = SECRET, *, is_apart: bool = False
) -> Iterator[None]:
    """Let a session's `s3a://` be an S3 at some address, which is asked twice at most and not waited for.

    Args:
        session: The session.
        endpoint: Address of the server.
        key: The access key.
        secret: The secret key.
        is_apart: Whether clients that were made for a bucket before are not used.
    """
    access = {"endpoint": endpoint, "access.key": key, "secret.key": secret}
    access["impl.disable.cache"] = str(is_apart).lower()
    settings = {f"fs.s3a.{name}": value for name, value in {**_IMPATIENT, **access}.items()}
    for name, value in settings.items():
        session.conf.set(name, value)
    try:
        yield
    finally:
        for name in settings:
            session.conf.unset(name)
