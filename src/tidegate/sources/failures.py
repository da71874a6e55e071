"""What a failure of Spark says of the files it was reading."""

from __future__ import annotations

import re

from tidegate.errors import SourceError

_MISSING = re.compile(
    r"(?:Path does not exist: |\bFile (?=[a-z0-9]+:/)|reading file )"
    r"(.+?)(?: does not exist|\. (?:File|Details)\b|\.?\s*$)",
    re.MULTILINE,
)
_MISSING_CONDITIONS = ("PATH_NOT_FOUND", "FILE_NOT_EXIST", "FILE_NOT_FOUND", "FileNotFoundException")


def source_failure(error: BaseException) -> SourceError | None:
    """Return what a failure of Spark says of a landing file that has gone meanwhile, or None for other failures.

    Spark reads files only when a frame is used, so such a failure comes from a later action.
    """
    text = str(error)
    if not any(condition in text for condition in _MISSING_CONDITIONS):
        return None
    found = _MISSING.search(text)
    return SourceError(
        "a file has gone since it was listed",
        where=found.group(1) if found else None,
        hint="leave landing files where they are; run again, and what is still there is read",
        retryable=True,
    )
