"""Staging in the folder of a Parquet table: what passes the gate is published without being written again."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from tidegate import storage
from tidegate.tables.staging import StagedRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column, DataFrame, SparkSession

CODEC = "zstd"

_PASSES = "_passes"
# With two files open in a task, Spark need not sort the rows by their folder first. It asks when it plans a write and
# again when it writes, so nothing puts the setting back: that would fail the write of another thread of the session,
# which Spark Connect gives all of them.
_OPEN_FILES = "spark.sql.maxConcurrentOutputFileWriters"
_FALSE = False


class InPlaceStaging:
    """Batches as files in the table's folder that no manifest names: for readers of the table they do not exist.

    The files hold the marks of the gate beside the table's columns; readers take only the columns that the table has.
    """

    def __init__(self, location: str, session: Callable[[], SparkSession]) -> None:
        """Keep where the files go.

        Args:
            location: Folder of the table.
            session: Returns the Spark session.
        """
        self._location = location
        self._session = session

    def stage(self, rows: DataFrame, name: str, passes: Column) -> StagedRows:
        """Write the rows, those that pass apart from the others, and return them as they are in the files."""
        folder = f"data/{name}-{uuid.uuid4().hex[:8]}"
        place = storage.join(self._location, folder)
        marked = rows.withColumn(_PASSES, F.coalesce(passes, F.lit(_FALSE)))
        with suppress(PySparkException):  # a platform that forbids the setting sorts
            rows.sparkSession.conf.set(_OPEN_FILES, "2")
        marked.write.partitionBy(_PASSES).option("compression", CODEC).parquet(place)
        staged = self._session().read.schema(marked.schema).parquet(place)

        def discard(is_handed_over: bool) -> None:  # noqa: FBT001 - called by one who names it
            storage.delete_tree(storage.join(place, f"{_PASSES}=false") if is_handed_over else place)

        passing, failing = (staged.filter(part).drop(_PASSES) for part in (F.col(_PASSES), ~F.col(_PASSES)))
        return StagedRows(staged.drop(_PASSES), passing, failing, discard, f"{folder}/{_PASSES}=true")
