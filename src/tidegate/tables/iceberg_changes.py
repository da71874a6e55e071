"""The rows of an Iceberg table that changed between two versions: from the files that came and went."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from tidegate.tables.change_data import visible
from tidegate.tables.columns import united, widened
from tidegate.tables.iceberg_files import Removals, added_files, reads_by_name, removals
from tidegate.tables.touched_rows import differing, values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyiceberg.io import FileIO
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.snapshots import Snapshot
    from pyspark.sql.types import StructType

    from tidegate.tables.iceberg_log import IcebergLog
    from tidegate.tables.iceberg_writes import Target

_NAME, _POSITION = "_name", "_position"
_STRIKE = "file_path string, pos bigint"


@dataclass(frozen=True)
class IcebergChanges:
    """What changed in one table.

    Attributes:
        log: The table's history.
        metadata: The table's metadata.
        target: The table as Spark reads it.
        io: Reads its manifests.
    """

    log: IcebergLog
    metadata: TableMetadata
    target: Target
    io: FileIO

    def rows(self, since: int, until: int) -> DataFrame:
        """Return the rows as they were added or changed to after `since` up to `until`.

        A merge strikes old rows out and adds the new ones in files of their own, so the files that the snapshots added
        hold exactly what is asked for; only they are read.

        Raises:
            TableError: Versions in between have expired.
        """
        since = self.log.reached(since)
        ranges = self.log.changed(since, until)
        newest = self._state(until)
        frames = [  # rows that came back, and that the reader has seen replaced
            self._state(first).exceptAll(self._state(since)) for first, _ in ranges if self._is_restore(first)
        ]
        frames += self._added(self._snapshots(ranges))
        parts = (widened(frame, newest.schema) for frame in frames)
        return visible(reduce(united, parts, newest.limit(0)))

    def values(self, columns: Sequence[str], since: int, until: int) -> DataFrame:
        """Return the values of some columns in rows that came, changed (before and after) or went.

        Of what is gone, only the files concerned are read: those removed, and those in which rows were struck out. Both
        states are compared where that does not tell: after a restore, where columns have changed, and where another
        writer struck rows out by their values.

        Raises:
            TableError: Versions in between have expired.
            PublishError: States are to be compared, and a column holds maps within another value.
        """
        since = self.log.reached(since)
        ranges = self.log.changed(since, until)
        snapshots = self._snapshots(ranges)
        gone = removals(snapshots, self.io) if reads_by_name(self.metadata.schemas) else None
        if gone is None or any(self._is_restore(first) for first, _ in ranges):
            return values(differing(visible(self._state(since)), visible(self._state(until))), columns)
        taken = [visible(frame) for frame in self._taken(gone)]
        nothing = values(visible(self._state(until)), columns).limit(0)
        parts = (widened(frame, nothing.schema) for frame in (self.rows(since, until), *taken))
        return reduce(united, parts, nothing)

    def _added(self, snapshots: Sequence[Snapshot]) -> Iterator[DataFrame]:
        """Give the rows in the files that snapshots added, each read with the types that it was written with."""
        for schema_id in dict.fromkeys(snapshot.schema_id for snapshot in snapshots):
            some = [snapshot for snapshot in snapshots if snapshot.schema_id == schema_id]
            if files := added_files(some, self.io):
                yield self._files(files, self.target.at(some[-1].snapshot_id).schema)

    def _taken(self, gone: Removals) -> Iterator[DataFrame]:
        """Give the rows of files that are gone, and those that were struck out of others."""
        schema = self.target.schema()
        if gone.files:
            yield self._files(gone.files, schema)
        if not gone.strikes:
            return
        struck = self.target.session.read.schema(_STRIKE).parquet(*gone.strikes)
        if gone.lifted:
            struck = struck.subtract(self.target.session.read.schema(_STRIKE).parquet(*gone.lifted))
        files = [row[0] for row in struck.select("file_path").distinct().collect()]
        name = F.substring_index("file_path", "/", -1).alias(_NAME)
        place = (F.col("_metadata.file_name").alias(_NAME), F.col("_metadata.row_index").alias(_POSITION))
        rows = self._files(files, schema).select("*", *place)
        positions = struck.select(name, F.col("pos").alias(_POSITION))
        yield rows.join(positions, [_NAME, _POSITION], "left_semi").drop(_NAME, _POSITION)

    def _files(self, files: Sequence[str], schema: StructType) -> DataFrame:
        """Read files; of no files, no rows."""
        return self.target.session.read.schema(schema).parquet(*files)

    def _snapshots(self, ranges: Sequence[tuple[int, int]]) -> list[Snapshot]:
        versions = chain.from_iterable(range(first, last + 1) for first, last in ranges)
        return list(chain.from_iterable(map(self.log.made_by, versions)))

    def _is_restore(self, version: int) -> bool:
        return self.log.entry(version).restored is not None

    def _state(self, version: int) -> DataFrame:
        return self.target.at(self.log.entry(version).snapshot_id)
