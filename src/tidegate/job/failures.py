"""Say what went wrong without repeating a data value."""

from __future__ import annotations

import re

from tidegate.errors import StorageError, TidegateError

_SHOWN_LENGTH = 600
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded")


def full_disk(error: BaseException, step: str) -> StorageError | None:
    """Return what a failure of Spark, or one that it caused, says of a disk that is full; None for other failures.

    Args:
        error: The failure.
        step: The step of the run in which it came.
    """
    found: BaseException | None = error
    while found is not None and not isinstance(found, StorageError):
        reason = _NO_SPACE.search(str(found))
        if reason:
            return StorageError(
                f"Spark cannot write: {reason[0]}",
                where=f"step {step}",
                hint="free some space in the lake or in Spark's scratch folder (spark.local.dir), and run again",
            )
        found = found.__cause__
    return None


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
