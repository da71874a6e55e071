"""Where a record comes from: its file, its place in it and when it arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrameReader, SparkSession

FILE = "_source_file"
LINE = "_source_line"
ARRIVED = "_arrived_at"

_END = 2**31 - 1


def reader(session: SparkSession) -> DataFrameReader:
    """Return a reader that takes paths as they are, so that `[`, `*` and `{` are characters of a name."""
    return session.read.option("__globPaths__", "false")


def source_file(feed_uri: str) -> Column:
    """Return the file's path below its feed, as `_source_file`; Spark gives all of it, percent-encoded."""
    _, _, place = feed_uri.partition(":")
    folder = f"{place.removeprefix('//') if place.startswith('///') else place}/"
    path = F.url_decode(F.replace(F.col("_metadata.file_path"), F.lit("+"), F.lit("%2B")))
    return path.substr(F.locate(folder, path) + len(folder), F.lit(_END)).alias(FILE)


def arrived_at() -> Column:
    """Return when the file was last written, as `_arrived_at`."""
    return F.col("_metadata.file_modification_time").alias(ARRIVED)
