"""Say what went wrong without repeating a data value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tidegate.errors import RunStoppedError, StorageError, TidegateError
from tidegate.sources.failures import source_failure
from tidegate.storage.s3_failures import OUTDATED_CODES

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN_LENGTH = 600
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded")
# Of Hadoop's S3A: what S3 answered, with its code where the answer had one, or that there was nobody to ask as.
_REFUSED = re.compile(r"Status Code: 403\b|Error Code: (?:ExpiredToken|InvalidToken)\b")
_NOBODY = re.compile(r"NoAuthWithAWSException|Unable to load (?:AWS )?credentials")
_CODE = re.compile(rf"\b(AccessDenied|{'|'.join(OUTDATED_CODES)})\b")
# Of S3 in Java, whose words S3A and EMRFS repeat: an answer of 5xx, or none, or one that broke off.
_OF_S3 = re.compile(r"\bs3a?://|\bfs\.s3a\.|\bamazonaws\b|\bawssdk\b")
_UNANSWERED = re.compile(
    r"Status Code: 5\d\d\b|AWSStatus5\d\dException|AWSServiceThrottledException|Unable to execute HTTP request|"
    r"AWSClientIOException|AWSNoResponseException|NoHttpResponseException|ConnectionClosedException|"
    r"Premature end of Content-Length|Connection reset|Connection refused|Read timed out|connect timed out|"
    r"upload failed: java\.lang\.NullPointerException"  # Hadoop 3.3, where it sends from memory and there is no answer
)
_BUSY_CODE = re.compile(r"\b(SlowDown|ServiceUnavailable|InternalError|RequestTimeout)\b")
# Of py4j: what it says where Java has gone, unlike where Java has answered with an error, which has a trace.
_NO_ANSWER = re.compile(
    r"An error occurred while calling [\w.$]+\Z|(java|org\.apache\.spark)\.[\w.$]+ does not exist in the JVM\Z"
)
# Of a client of Spark Connect: what the server says as it ends, or knows no more after it began anew; and what gRPC
# says where nobody answers.
_CLIENT = ("pyspark.errors.exceptions.base.", "pyspark.errors.exceptions.connect.", "pyspark.sql.connect.", "grpc.")
_NO_SERVER = re.compile(
    r"SparkContext was shut down|RETRIES_EXCEEDED|StatusCode\.UNAVAILABLE|"
    r"INVALID_HANDLE\.(?:SESSION|OPERATION)_(?:NOT_FOUND|CLOSED|CHANGED)"
)
_NO_MEMORY = re.compile(
    r"OutOfMemoryError: (Java heap space|GC overhead limit exceeded)|ExecutorLostFailure.*?"
    r"(exceeding (?:physical |virtual )?memory limits|[Ee]xit(?:ed with)? (?:code|status):? (?:137|52))",
    re.DOTALL,
)
_BUCKET = re.compile(r"\bs3a?://[^\s/:]+")


def told_failure(error: BaseException, step: str) -> TidegateError | None:
    """Return what a failure of Spark comes to, where that can be told without a data value; else None.

    Args:
        error: The failure, or one that it caused.
        step: The step of the run in which it came.
    """
    return lost_spark(error) or source_failure(error) or store_failure(error, step) or no_memory(error, step)


def no_memory(error: BaseException, step: str) -> RunStoppedError | None:
    """Return what a failure of Spark says of memory that was not enough; else None.

    Args:
        error: The failure, or one that it caused.
        step: The step of the run in which it came.
    """
    found = next((found for one in _chain(error) if (found := _NO_MEMORY.search(str(one)))), None)
    return found and RunStoppedError(
        f"Spark ran out of memory: {found[1] or found[2]}",
        where=f"step {step}",
        hint="give it more (spark.driver.memory; on a cluster spark.executor.memory, "
        "spark.executor.memoryOverhead), or let a run take less at a time",
    )


def lost_spark(error: BaseException) -> RunStoppedError | None:
    """Return what a failure says of a Java process or a server of Spark that is gone; else None.

    Args:
        error: The failure. It is not shown: its text would be asked of Java.
    """
    if any(map(_is_of_lost_server, _chain(error))):
        return RunStoppedError(
            "the server of Spark Connect is gone",
            hint="look at its log for why it ended or began anew. Run it again, or a pipeline with --resume; what was "
            "published is in the tables, once",
        )
    if not any(map(_is_of_lost_java, _chain(error))):
        return None
    if any(_condition(one) == "JAVA_GATEWAY_EXITED" for one in _chain(error)):
        return RunStoppedError(
            "Spark's Java process ended as soon as it had begun",
            hint="its own words are above; look at JAVA_HOME, spark.driver.memory and spark.driver.extraJavaOptions",
        )
    return RunStoppedError(
        "Spark's Java process is gone",
        hint="look whether the machine or container ran out of memory, or somebody stopped it; Java takes "
        "spark.driver.memory and some more. Run it again, or a pipeline with --resume; what was published is in the "
        "tables, once",
    )


def _is_of_lost_java(error: BaseException) -> bool:
    name = type(error).__name__
    if name == "Py4JError":
        return _NO_ANSWER.match(str(error)) is not None
    if name == "PySparkRuntimeError":
        return _condition(error) == "JAVA_GATEWAY_EXITED"
    return name == "Py4JNetworkError" or (isinstance(error, ConnectionError) and _is_of_py4j(error))


def _is_of_lost_server(error: BaseException) -> bool:
    return f"{type(error).__module__}.".startswith(_CLIENT) and _NO_SERVER.search(str(error)) is not None


def _is_of_py4j(error: BaseException) -> bool:
    found = error.__traceback__
    while found is not None:
        if str(found.tb_frame.f_globals.get("__name__", "")).startswith("py4j."):
            return True
        found = found.tb_next
    return False


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def store_failure(error: BaseException, step: str) -> StorageError | None:
    """Return what a failure of Spark, or one that it caused, says of a store; else None.

    The store is a disk that is full, or an S3 that does not know Spark, denies it something, or does not answer.

    Args:
        error: The failure.
        step: The step of the run in which it came.
    """
    found: BaseException | None = error
    while found is not None and not isinstance(found, StorageError):
        told = _of_store(str(found), step)
        if told is not None:
            return told
        found = found.__cause__
    return None


def _of_store(text: str, step: str) -> StorageError | None:
    return _full_disk(text, step) or _refusal(text, step) or _no_answer(text, step)


def _full_disk(text: str, step: str) -> StorageError | None:
    reason = _NO_SPACE.search(text)
    return reason and StorageError(
        f"Spark cannot write: {reason[0]}",
        where=f"step {step}",
        hint="free some space in the lake or in Spark's scratch folder (spark.local.dir), and run again",
    )


def _refusal(text: str, step: str) -> StorageError | None:
    if _NOBODY.search(text):
        reason = "it has no credentials"
    elif _REFUSED.search(text):
        code = _CODE.search(text)
        reason = code[0] if code else "403 Forbidden"
    else:
        return None
    return StorageError(
        f"S3 refuses Spark: {reason}",
        where=_place(text, step),
        hint="Spark asks with credentials of its own, spark.hadoop.fs.s3a.* or the machine's role: renew them, or "
        "allow them s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket there",
    )


def _no_answer(text: str, step: str) -> StorageError | None:
    if not _OF_S3.search(text) or not _UNANSWERED.search(text):
        return None
    code = _BUSY_CODE.search(text)
    return StorageError(
        f"S3 does not answer Spark: {code[0]}" if code else "S3 does not answer Spark",
        where=_place(text, step),
        hint="run it again, or let the pipeline do so (retries); if it never answers, check the network and "
        "spark.hadoop.fs.s3a.endpoint. What was published is in the tables, once",
        retryable=True,
    )


def _place(text: str, step: str) -> str:
    bucket = _BUCKET.search(text)
    return f"{bucket[0]}, step {step}" if bucket else f"step {step}"


def describe_failure(error: BaseException, step: str, *, is_debugging: bool = False) -> str:
    """Return what to tell the user of an error.

    Errors of tidegate are written for users and are shown as they are. Analysis errors of Spark speak of columns and
    plans and are shown up to their first line. Anything else may carry data values, so only its kind is shown.

    Args:
        error: The error.
        step: The step of the run in which it came.
        is_debugging: Whether to show foreign errors whole.
    """
    error = lost_spark(error) or error
    if isinstance(error, TidegateError):
        return str(error)
    name = type(error).__name__
    if is_debugging:
        return f"{name} in step {step}: {error}"
    if name == "AnalysisException":
        return f"Spark cannot plan the step {step}: {_first_line(error)}"
    condition = _condition(error)
    kind = f"{name} ({condition})" if condition else name
    return f"{kind} in step {step}\n  hint:  run again with --debug for the whole error (it may contain data values)"


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:_SHOWN_LENGTH]


def _condition(error: BaseException) -> str | None:
    for name in ("getCondition", "getErrorClass"):
        read = getattr(error, name, None)
        if callable(read):
            value = read()
            return str(value) if value else None
    return None
