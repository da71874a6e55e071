"""Where a batch waits for the gate: it is made once, and read by the gate, the quarantine and the publish."""

from __future__ import annotations

import tempfile
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pyspark import StorageLevel
from pyspark.errors import PySparkException

from tidegate import storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column, DataFrame, SparkSession

STALE_AFTER_DAYS = 7

_FOLDER = ("_tidegate", "staging")
_CODEC = "snappy"
_TIME_ORDERED = 7


@dataclass(frozen=True)
class StagedRows:
    """A batch that can be read several times and gives the same rows each time.

    Attributes:
        rows: The rows.
        passing: Those that may be published, perhaps with others.
        failing: Those that may not, perhaps with others.
        place: Folder below the table's whose files hold exactly the passing rows and can become part of the table;
            None where the rows wait elsewhere.
    """

    rows: DataFrame
    passing: DataFrame
    failing: DataFrame
    _discard: Callable[[bool], None] = field(repr=False)
    place: str | None = None

    def discard(self, *, is_handed_over: bool = False) -> None:
        """Give back what the staged rows take up; they cannot be read any more.

        Args:
            is_handed_over: Whether the files of `place` have been handed to the table, which takes care of them.
        """
        self._discard(is_handed_over)


class Staging(Protocol):
    """A place for batches between their making and their publishing."""

    def stage(self, rows: DataFrame, name: str, passes: Column) -> StagedRows:
        """Return the rows, made once and ready to be read several times.

        Args:
            rows: The rows.
            name: Name of the batch, unique; the run's id.
            passes: Whether a row may be published.
        """


class RunStaging(Staging, Protocol):
    """A place for batches that also takes files which are not read yet."""

    def folder(self, name: str) -> str:
        """Return the address of a folder for the files of a batch; whoever fills it removes it.

        Args:
            name: Name of the batch, unique: a run id, by which what a dead run left is found and removed.
        """


_CONNECT = "pyspark.sql.connect"
# Delta 4 refuses to merge rows that are kept, for fear that they were kept while it merged; these are kept before.
_CHECKED_AGAIN = "spark.databricks.delta.merge.failSourceCachedAfterMaterialization"


class MemoryStaging:
    """Batches in memory, spilled to disk: where driver and executors are one process that lives or dies whole.

    The rows are made by the first action that reads them. On a cluster a lost executor would make them anew, perhaps
    otherwise. Where the platform keeps nothing in memory, they wait in files; so they do with Spark Connect, whose
    server analyses a frame anew for each action: a `uuid()` in it is another one then, and not what was kept.
    """

    def __init__(self, root: str | None = None) -> None:
        """Keep the folder for files.

        Args:
            root: Root of the lakehouse; files wait in `<root>/_tidegate/staging/<name>`. None takes the machine's
                folder for temporary files.
        """
        self._root = root or tempfile.gettempdir()

    def folder(self, name: str) -> str:
        """Return the address of a folder for files. What runs that died a week ago left is removed."""
        return _folder(storage.join(self._root, *_FOLDER), name)

    def stage(self, rows: DataFrame, name: str, passes: Column) -> StagedRows:
        """Return the rows, kept by the first action that reads them."""
        in_files = FileStaging(self._root, lambda: rows.sparkSession)
        if type(rows).__module__.startswith(_CONNECT):
            return in_files.stage(rows, name, passes)
        try:
            kept = rows.persist(StorageLevel.MEMORY_AND_DISK)
        except PySparkException:
            return in_files.stage(rows, name, passes)
        with suppress(PySparkException):  # a platform without the setting has another Delta
            rows.sparkSession.conf.set(_CHECKED_AGAIN, "false")

        def discard(is_handed_over: bool) -> None:  # noqa: ARG001, FBT001 - nothing is handed over
            kept.unpersist()

        return StagedRows(kept, kept, kept, discard)


class FileStaging:
    """Batches as Parquet files below the lakehouse's root: immutable on any platform, at the price of one write."""

    def __init__(self, root: str, session: Callable[[], SparkSession]) -> None:
        """Keep the folder and how to get a session.

        Args:
            root: Root of the lakehouse; batches wait in `<root>/_tidegate/staging/<name>`.
            session: Returns the Spark session.
        """
        self._folder = storage.join(root, *_FOLDER)
        self._session = session

    def stage(self, rows: DataFrame, name: str, passes: Column) -> StagedRows:  # noqa: ARG002 - for other places
        """Write the rows and return them as they are in the files. What runs that died a week ago left is removed."""
        place = self.folder(name)
        rows.write.mode("overwrite").option("compression", _CODEC).parquet(place)
        staged = self._session().read.schema(rows.schema).parquet(place)

        def discard(is_handed_over: bool) -> None:  # noqa: ARG001, FBT001 - nothing is handed over
            storage.delete_tree(place)

        return StagedRows(staged, staged, staged, discard)

    def folder(self, name: str) -> str:
        """Return the address of a folder for files. What runs that died a week ago left is removed."""
        return _folder(self._folder, name)


def _folder(waiting: str, name: str) -> str:
    """Return a folder among those that wait, rid of what is named by a run id that was given out over a week ago.

    A name that tells no time stays.
    """
    for other in storage.list_names(waiting):
        started = _started_at(other)
        if started is not None and started < time.time() - STALE_AFTER_DAYS * 86_400:
            storage.delete_tree(storage.join(waiting, other))
    return storage.join(waiting, name)


def _started_at(name: str) -> float | None:
    """Return the time (seconds since 1970) within a run id (UUID version 7), or None where the name is none."""
    try:
        found = uuid.UUID(name)
    except ValueError:
        return None
    return (found.int >> 80) / 1_000 if found.version == _TIME_ORDERED else None
