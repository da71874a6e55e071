"""Times: texts and local times become moments in UTC, moments become days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.transforms.names import column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame


def parse_timestamps(frame: DataFrame, columns: Sequence[str], pattern: str | None = None) -> DataFrame:
    """Return the frame with texts as moments; null where a text is null or no such moment, on every Spark alike.

    A text without a zone is in the session's zone, which tidegate keeps at UTC.

    Args:
        frame: Any frame.
        columns: Columns of type string.
        pattern: How they are written, in Spark's letters, such as `dd.MM.yyyy HH:mm`; None reads ISO 8601.
    """
    written = () if pattern is None else (F.lit(pattern),)
    parsed = {name: F.try_to_timestamp(column(name), *written) for name in columns}
    return frame.withColumns(parsed) if parsed else frame


def to_utc(frame: DataFrame, columns: Sequence[str], zone: str) -> DataFrame:
    """Return the frame with local times of a zone as moments in UTC; null stays null.

    An hour that the clock shows twice is taken as the earlier one; one that it leaves out is moved on by the gap.

    Args:
        frame: Any frame.
        columns: Timestamp columns that hold the local time as if it were UTC.
        zone: The zone, such as `Europe/Berlin`.
    """
    moved = {name: F.to_utc_timestamp(column(name), zone) for name in columns}
    return frame.withColumns(moved) if moved else frame


def day_of(frame: DataFrame, moment: str, into: str) -> DataFrame:
    """Return the frame with the day (UTC, the session's zone) of a moment in a further column; null stays null.

    Args:
        frame: Any frame.
        moment: A timestamp or date column.
        into: Name of the day's column.
    """
    return frame.withColumn(into, column(moment).cast("date"))
