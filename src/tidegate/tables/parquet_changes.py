"""The rows of a Parquet table that changed between two versions: from the files that its manifests name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from tidegate.tables.change_data import visible
from tidegate.tables.columns import schema_of, united, widened
from tidegate.tables.port import Pending
from tidegate.tables.touched_rows import differing, values
from tidegate.tables.versions import segments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from tidegate.tables.manifests import DataFile, Manifest, ManifestLog


@dataclass(frozen=True)
class ParquetChanges:
    """What changed in one table.

    Attributes:
        log: The table's manifests.
        frame: Returns the rows of some files, hidden ones too, with the columns given.
    """

    log: ManifestLog
    frame: Callable[[Iterable[DataFile], StructType], DataFrame]

    def pending(self, since: int, until: int) -> Pending:
        """Return what was added or changed after `since` up to `until`."""
        changed = self._manifests(since, until)
        files = [file for manifest in changed for file in manifest.changes]
        rows = sum(manifest.changed_rows for manifest in changed)
        is_rewritten = any(manifest.replaces for manifest in changed)
        # What is written anew without a change has as many rows as before.
        is_reduced = is_rewritten and (rows > 0 or self.log.state(until).rows < self.log.state(since).rows)
        return Pending(since, until, rows, len(files), sum(file.bytes for file in files), is_reduced)

    def rows(self, since: int, until: int) -> DataFrame:
        """Return the rows as they were added or changed to after `since` up to `until`."""
        schema = schema_of(self.log.manifest(until).schema)
        files: dict[str, list[DataFile]] = {}  # by the schema that they were written with
        for manifest in self._manifests(since, until):
            files.setdefault(manifest.schema, []).extend(manifest.changes)
        frames = [widened(self.frame(some, schema_of(written)), schema) for written, some in files.items() if some]
        return visible(reduce(united, frames) if frames else self.frame((), schema))

    def values(self, columns: Sequence[str], since: int, until: int) -> DataFrame:
        """Return the values of some columns in rows that came, changed or went.

        Where all versions in between only added rows, these are read; else both states are compared.

        Raises:
            PublishError: States are to be compared, and a column holds maps within another value.
        """
        if any(manifest.replaces for manifest in self._manifests(since, until)):
            return values(differing(self._state(since), self._state(until)), columns)
        return values(self.rows(since, until), columns)

    def _state(self, version: int) -> DataFrame:
        state = self.log.state(version)
        return visible(self.frame(state.files, schema_of(state.schema)))

    def _manifests(self, since: int, until: int) -> tuple[Manifest, ...]:
        """Return the manifests whose changes a reader at `since` sees on its way to `until`."""
        manifests = {m.sequence: m for m in self.log.manifests(range(since + 1, until + 1))}
        restores = {number: m.restores for number, m in manifests.items() if m.restores is not None}
        ranges = segments(restores, since, until)
        return tuple(manifests[number] for first, last in ranges for number in range(first, last + 1))
