"""What a failure of Spark says of the files, or of the topic, that it was reading."""

from __future__ import annotations

import re

from tidegate.errors import SourceError

_MISSING = re.compile(
    r"(?:Path does not exist: |\bFile (?=[a-z0-9]+:/)|reading file )"
    r"(.+?)(?: does not exist|\. (?:File|Details)\b|\.?\s*$)",
    re.MULTILINE,
)
_RECORDS_GONE = ("Some data may have been lost because", "KAFKA_DATA_LOSS")
_MISSING_CONDITIONS = ("PATH_NOT_FOUND", "FILE_NOT_EXIST", "FILE_NOT_FOUND", "FileNotFoundException")


def source_failure(error: BaseException) -> SourceError | None:
    """Return what a failure of Spark says of a file or of records that have gone meanwhile, or None for other failures.

    Spark reads files and topics only when a frame is used, so such a failure comes from a later action.
    """
    text = str(error)
    if any(sign in text for sign in _RECORDS_GONE):
        return SourceError(
            "records of a topic have gone while they were read",
            hint="nothing is published; keep records longer (retention.ms), or take fewer in a batch (max_records)",
        )
    if not any(condition in text for condition in _MISSING_CONDITIONS):
        return None
    found = _MISSING.search(text)
    return SourceError(
        "a file has gone since it was listed",
        where=found.group(1) if found else None,
        hint="leave landing files where they are; run again, and what is still there is read",
        retryable=True,
    )
