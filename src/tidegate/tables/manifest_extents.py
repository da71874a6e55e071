"""The files and columns of Parquet tables, told from their manifests, which know no values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.tables.columns import schema_of
from tidegate.tables.extents import Extent
from tidegate.tables.manifests import ManifestLog

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore


class ManifestReader:
    """Reads manifests."""

    def __init__(self, store: TableStore) -> None:
        """Keep the store."""
        self._store = store

    def extents(
        self,
        table: TableName,
        column: str | None,  # noqa: ARG002 - manifests know no values
        since: int | None,
        until: int,
    ) -> tuple[Extent, ...] | None:
        """Return the files added in between, or all; on which days their rows are is not known."""
        log = ManifestLog(self._store.location(table))
        if since is None:
            return tuple(Extent(file.bytes) for file in log.state(until).files)
        return tuple(
            Extent(file.bytes) for manifest in log.manifests(range(since + 1, until + 1)) for file in manifest.changes
        )

    def columns(self, table: TableName) -> StructType | None:
        """Return the columns of the newest manifest."""
        log = ManifestLog(self._store.location(table))
        newest = log.version()
        return None if newest is None else schema_of(log.manifest(newest).schema)
