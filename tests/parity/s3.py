"""How open-source Spark reaches the S3 of the tests."""

from __future__ import annotations

from tidegate.platforms.jars import spark_version

JARS = (
    "org.apache.hadoop:hadoop-aws:3.3.4" if spark_version().startswith("3.") else "org.apache.hadoop:hadoop-aws:3.4.2"
)


def s3a(endpoint: str, key: str, secret: str) -> dict[str, str]:
    """Return Spark's settings for S3 at an end point.

    Args:
        endpoint: Address of the server.
        key: The access key, or a reference to it.
        secret: The secret key, or a reference to it.
    """
    prefix = "spark.hadoop.fs.s3a"
    return {
        "spark.jars.packages": JARS,
        f"{prefix}.access.key": key,
        f"{prefix}.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        f"{prefix}.connection.ssl.enabled": "false",
        f"{prefix}.endpoint": endpoint,
        f"{prefix}.endpoint.region": "eu-central-1",
        f"{prefix}.path.style.access": "true",
        f"{prefix}.secret.key": secret,
    }
