"""Where a batch waits for the gate: it is made once, and read by the gate, the quarantine and the publish."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pyspark import StorageLevel

from tidegate import storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

STALE_AFTER_DAYS = 7

_FOLDER = ("_tidegate", "staging")
_CODEC = "snappy"
_TIME_ORDERED = 7


@dataclass(frozen=True)
class StagedRows:
    """A batch that can be read several times and gives the same rows each time.

    Attributes:
        rows: The rows.
    """

    rows: DataFrame
    _discard: Callable[[], None] = field(repr=False)

    def discard(self) -> None:
        """Give back what the staged rows take up; they cannot be read any more."""
        self._discard()


class Staging(Protocol):
    """A place for batches between their making and their publishing."""

    def stage(self, rows: DataFrame, name: str) -> StagedRows:
        """Return the rows, made once and ready to be read several times.

        Args:
            rows: The rows.
            name: Name of the batch, unique; the run's id.
        """


class MemoryStaging:
    """Batches in memory, spilled to disk: where driver and executors are one process that lives or dies whole.

    The rows are made by the first action that reads them. On a cluster a lost executor would make them anew, perhaps
    otherwise.
    """

    def stage(self, rows: DataFrame, name: str) -> StagedRows:  # noqa: ARG002 - the name is for places that need one
        """Return the rows, kept by the first action that reads them."""
        kept = rows.persist(StorageLevel.MEMORY_AND_DISK)

        def discard() -> None:
            kept.unpersist()

        return StagedRows(kept, discard)


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

    def stage(self, rows: DataFrame, name: str) -> StagedRows:
        """Write the rows and return them as they are in the files. What runs that died a week ago left is removed."""
        self._clean()
        place = storage.join(self._folder, name)
        rows.write.mode("overwrite").option("compression", _CODEC).parquet(place)
        staged = self._session().read.schema(rows.schema).parquet(place)

        def discard() -> None:
            storage.delete_tree(place)

        return StagedRows(staged, discard)

    def _clean(self) -> None:
        """Remove what is named by a run id that was given out more than a week ago; a name that tells no time stays."""
        for name in storage.list_names(self._folder):
            started = _started_at(name)
            if started is not None and started < time.time() - STALE_AFTER_DAYS * 86_400:
                storage.delete_tree(storage.join(self._folder, name))


def _started_at(name: str) -> float | None:
    """Return the time (seconds since 1970) within a run id (UUID version 7), or None where the name is none."""
    try:
        found = uuid.UUID(name)
    except ValueError:
        return None
    return (found.int >> 80) / 1_000 if found.version == _TIME_ORDERED else None
