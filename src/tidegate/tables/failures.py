"""What Spark, Delta and Iceberg refuse, in tidegate's own errors."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

from tidegate.errors import ConcurrentWriteError, PublishError
from tidegate.tables.ties import REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.model.names import TableName

_CONCURRENT = re.compile(
    r"DELTA_(CONCURRENT|METADATA_CHANGED|PATH_EXISTS|PROTOCOL_CHANGED)|(Concurrent\w+|MetadataChanged|ProtocolChanged)Exception"
    r"|CommitFailedException|Cannot fast-forward|Found (new )?conflicting|missing data files"
)
# Of py4j, which a Spark Connect client has no need of.
_JVM_ERROR = "Py4JJavaError"
_CLASS = re.compile(r"\[([A-Z][A-Z0-9_.]+)\]")


@contextmanager
def refusals(table: TableName) -> Iterator[None]:
    """Turn what Spark raises while a table is written into errors without data values.

    Args:
        table: The table that is written.

    Raises:
        ConcurrentWriteError: Another writer committed first.
        PublishError: Spark refused or failed, or the mode refuses a tie; Spark's own error is the cause.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, PySparkException) and type(error).__name__ != _JVM_ERROR:
            raise
        text = str(error)
        if _CONCURRENT.search(text):
            raise late(table) from error
        if REFUSED in text:
            raise PublishError(
                "a row has the key and the sequence of one that the table has, and differs from it",
                where=str(table),
                hint='mend the source, or name the columns that break a tie: tie_break=("offset",)',
            ) from error
        found = _CLASS.search(text)
        reason = found[1] if found else type(error).__name__
        raise PublishError(
            f"Spark could not write the table: {reason}",
            where=str(table),
            hint="run with --debug to see Spark's own message, which may show data values",
        ) from error


def late(table: TableName) -> ConcurrentWriteError:
    """Return the error of a writer that another one was faster than."""
    return ConcurrentWriteError(
        "another writer committed first",
        where=str(table),
        hint="run again: the batch is planned anew on the version that is there now",
    )
