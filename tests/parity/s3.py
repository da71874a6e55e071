"""How the Spark of the tests reaches an S3."""

from __future__ import annotations

from tests.s3a import s3a_jars


def s3a(endpoint: str, key: str, secret: str) -> dict[str, str]:
    """Return Spark's settings for S3 at an end point.

    Args:
        endpoint: Address of the server.
        key: The access key, or a reference to it.
        secret: The secret key, or a reference to it.
    """
    prefix = "spark.hadoop.fs.s3a"
    return {
        "spark.jars": s3a_jars(),
        f"{prefix}.access.key": key,
        f"{prefix}.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        f"{prefix}.connection.ssl.enabled": "false",
        f"{prefix}.endpoint": endpoint,
        f"{prefix}.endpoint.region": "eu-central-1",
        f"{prefix}.path.style.access": "true",
        f"{prefix}.secret.key": secret,
    }
