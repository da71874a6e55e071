"""Say what went wrong without repeating a data value."""

from __future__ import annotations

import re

from tidegate.errors import StorageError, TidegateError
from tidegate.storage.s3_failures import OUTDATED_CODES

_SHOWN_LENGTH = 600
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded")
# Of Hadoop's S3A: what S3 answered, with its code where the answer had one, or that there was nobody to ask as.
_REFUSED = re.compile(r"Status Code: 403\b|Error Code: (?:ExpiredToken|InvalidToken)\b")
_NOBODY = re.compile(r"NoAuthWithAWSException|Unable to load (?:AWS )?credentials")
_CODE = re.compile(rf"\b(AccessDenied|{'|'.join(OUTDATED_CODES)})\b")
_BUCKET = re.compile(r"\bs3a?://[^\s/:]+")


def store_failure(error: BaseException, step: str) -> StorageError | None:
    """Return what a failure of Spark, or one that it caused, says of a store that lets it write no more; else None.

    The store is a disk that is full, or an S3 that does not know Spark or denies it something.

    Args:
        error: The failure.
        step: The step of the run in which it came.
    """
    found: BaseException | None = error
    while found is not None and not isinstance(found, StorageError):
        told = _full_disk(str(found), step) or _refusal(str(found), step)
        if told is not None:
            return told
        found = found.__cause__
    return None


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
    bucket = _BUCKET.search(text)
    return StorageError(
        f"S3 refuses Spark: {reason}",
        where=f"{bucket[0]}, step {step}" if bucket else f"step {step}",
        hint="Spark asks with credentials of its own, spark.hadoop.fs.s3a.* or the machine's role: renew them, or "
        "allow them s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket there",
    )


def describe_failure(error: BaseException, step: str, *, is_debugging: bool = False) -> str:
    """Return what to tell the user of an error.

    Errors of tidegate are written for users and are shown as they are. Analysis errors of Spark speak of columns and
    plans and are shown up to their first line. Anything else may carry data values, so only its kind is shown.

    Args:
        error: The error.
        step: The step of the run in which it came.
        is_debugging: Whether to show foreign errors whole.
    """
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
