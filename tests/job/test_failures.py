"""What Spark says of a store that lets it write no more is one message with what to do, and nothing of the request."""

from __future__ import annotations

import pytest

from tidegate.errors import PublishError, StorageError
from tidegate.job.failures import describe_failure, store_failure, told_failure

# As Hadoop 3.3 and 3.4 write them; the request's id stands for whatever else is in such a text.
V1 = "java.nio.file.AccessDeniedException: s3a://shop-lake/silver: com.amazonaws.services.s3.model.AmazonS3Exception: "
V2 = "java.nio.file.AccessDeniedException: s3a://shop-lake/x: software.amazon.awssdk.services.s3.model.S3Exception: "
NOBODY = "java.nio.file.AccessDeniedException: s3a://shop-lake: org.apache.hadoop.fs.s3a.auth.NoAuthWithAWSException: "
REFUSED = {
    f"{V1}Forbidden (Service: Amazon S3; Status Code: 403; Error Code: 403 Forbidden; Request: zqX7)": "403 Forbidden",
    f"{V1}The request signature we calculated does not match (Service: Amazon S3; Status Code: 403; Error Code: "
    "SignatureDoesNotMatch; Request ID: zqX7)": "SignatureDoesNotMatch",
    f"{V1}The provided token has expired. (Service: Amazon S3; Status Code: 400; Error Code: ExpiredToken; "
    "Request ID: zqX7)": "ExpiredToken",
    f"{V2}The AWS Access Key Id you provided does not exist. (Service: S3, Status Code: 403, Request ID: zqX7)"
    ":InvalidAccessKeyId": "InvalidAccessKeyId",
    f"{NOBODY}No AWS Credentials provided by SimpleAWSCredentialsProvider zqX7": "it has no credentials",
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_a_refusal_of_s3_says_who_asked_with_what(text: str, reason: str) -> None:
    error = PublishError("Spark could not write the table: Py4JJavaError", where="silver.orders")
    error.__cause__ = RuntimeError(text)
    told = store_failure(error, "publish")
    assert isinstance(told, StorageError)
    assert told.what == f"S3 refuses Spark: {reason}"
    assert told.where == "s3a://shop-lake, step publish"
    assert "spark.hadoop.fs.s3a.*" in str(told.hint)
    assert "zqX7" not in str(told)
    assert not told.retryable


UNANSWERED = {
    f"{V1}Please reduce your request rate. (Service: Amazon S3; Status Code: 503; Error Code: SlowDown; Request ID: "
    "zqX7)": ": SlowDown",
    f"{V2}no (Service: S3, Status Code: 500, Request ID: zqX7):InternalError": ": InternalError",
    "org.apache.hadoop.fs.s3a.AWSClientIOException: put on s3a://shop-lake/x: com.amazonaws.SdkClientException: Unable "
    "to execute HTTP request: zqX7": "",
    "java.io.IOException: s3a://shop-lake/x\nCaused by: java.net.SocketException: Connection reset zqX7": "",
}


@pytest.mark.parametrize(("text", "reason"), UNANSWERED.items())
def test_an_s3_that_does_not_answer_spark_is_one_message_and_may_be_asked_again(text: str, reason: str) -> None:
    error = PublishError("Spark could not write the table: Py4JJavaError", where="silver.orders")
    error.__cause__ = RuntimeError(text)
    told = told_failure(error, "publish")
    assert isinstance(told, StorageError)
    assert told.what == f"S3 does not answer Spark{reason}"
    assert told.where == "s3a://shop-lake, step publish"
    assert told.retryable
    assert "zqX7" not in str(told)


@pytest.mark.parametrize(
    "text",
    ["Status Code: 503; Error Code: SlowDown", f"{V1}Status Code: 404; Error Code: NoSuchBucket", "AccessDenied to x"],
)
def test_other_failures_are_left_as_they_are(text: str) -> None:
    assert store_failure(RuntimeError(text), "publish") is None


def test_a_failure_of_the_store_is_told_by_itself() -> None:
    assert store_failure(StorageError("an object cannot be read: Status Code: 403"), "publish") is None


class Py4JError(Exception):
    """As py4j's is called: what it raises where Java does not answer, or has answered that a call failed."""


class Py4JNetworkError(Py4JError):
    """As py4j's is called."""


@pytest.mark.parametrize(
    "told",
    [
        "An error occurred while calling o437.toJSON",
        "An error occurred while calling None.org.apache.spark.api.java.JavaSparkContext",
        "org.apache.spark.sql.SparkSession does not exist in the JVM",
        "Answer from Java side is empty",
    ],
)
def test_a_java_that_is_gone_is_told_wherever_the_failure_was_wrapped(told: str) -> None:
    lost = Py4JNetworkError(told) if "Answer" in told else Py4JError(told)
    outer = PublishError("Spark could not write the table: Py4JError", where="silver.orders")
    outer.__cause__ = ValueError("[CANNOT_PARSE_DATATYPE] zqX7")
    outer.__cause__.__context__ = lost
    for error in (lost, outer):
        assert "Java process is gone" in str(told_failure(error, "publish"))
        assert "Java process is gone" in describe_failure(error, "publish")
        assert "zqX7" not in describe_failure(error, "publish")


def test_a_java_that_ended_at_once_has_said_why_itself() -> None:
    from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415 - collecting these tests must not load Spark

    error = PySparkRuntimeError(None, "JAVA_GATEWAY_EXITED", {})
    assert "ended as soon as it had begun" in describe_failure(error, "start")
    assert "spark.driver.memory" in describe_failure(error, "start")


@pytest.mark.parametrize(
    "text",
    [
        "(org.apache.spark.SparkException) Job 7 cancelled because SparkContext was shut down zqX7",
        '<_InactiveRpcError of RPC that terminated with:\n\tstatus = StatusCode.UNAVAILABLE\n\tdetails = "zqX7"',
        "(org.apache.spark.SparkSQLException) [INVALID_HANDLE.SESSION_NOT_FOUND] The handle zqX7 is invalid.",
        "[RETRIES_EXCEEDED] The maximum number of retries has been exceeded. zqX7",
    ],
)
def test_a_server_that_is_gone_is_told_wherever_the_failure_was_wrapped(text: str) -> None:
    from pyspark.errors.exceptions.connect import SparkConnectGrpcException  # noqa: PLC0415 - as below

    lost = SparkConnectGrpcException(text)
    outer = PublishError("Spark could not write the table: SparkConnectGrpcException", where="silver.orders")
    outer.__cause__ = lost
    for error in (lost, outer):
        assert "server of Spark Connect is gone" in str(told_failure(error, "publish"))
        assert "zqX7" not in describe_failure(error, "publish")
    assert told_failure(SparkConnectGrpcException("(SparkException) Job aborted. zqX7"), "stage") is None
    assert told_failure(RuntimeError(text), "stage") is None


def test_who_else_does_not_answer_is_no_java_that_is_gone() -> None:
    answered = Py4JError("An error occurred while calling o1.foo. Trace:\npy4j.Py4JException: Method foo([]) zqX7")
    for error in (answered, ConnectionRefusedError(111, "Connection refused")):
        assert told_failure(error, "read") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("java.lang.OutOfMemoryError: Java heap space\n\tat zqX7", "Java heap space"),
        ("ExecutorLostFailure (executor 1 exited): Command exited with code 137", "exited with code 137"),
        (
            "ExecutorLostFailure (executor 2): Container killed by YARN for exceeding physical memory limits. zqX7",
            "exceeding physical memory limits",
        ),
        ("ExecutorLostFailure (executor 3): Container from a bad node. Exit status: 137. zqX7", "Exit status: 137"),
    ],
)
def test_memory_that_was_not_enough_is_told_with_what_to_give(text: str, reason: str) -> None:
    error = PublishError("Spark could not write the table: Py4JJavaError", where="silver.orders")
    error.__cause__ = RuntimeError(text)
    told = told_failure(error, "publish")
    assert told is not None
    assert told.what == f"Spark ran out of memory: {reason}"
    assert "spark.executor.memory" in str(told.hint)
    assert "zqX7" not in str(told)
