"""Upkeep of Parquet tables: what runs that died have left in their folders."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import TableError
from tidegate.tables.manifests import ManifestLog
from tidegate.tables.upkeep.layout import FileShape, Shape

if TYPE_CHECKING:
    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore
    from tidegate.tables.upkeep.layout import Layout

_DATA = "data"


class ParquetKeeper:
    """Keeps Parquet tables in order.

    Batches stay as they are: readers find what is new by the files that each manifest names, so files are not put
    together. What no manifest names is left by runs that died.
    """

    def __init__(self, store: TableStore) -> None:
        """Keep the store."""
        self._store = store

    def shape(self, table: TableName, event_column: str | None) -> Shape:  # noqa: ARG002 - manifests know no values
        """Return the table's statistics from its manifests.

        Raises:
            TableError: The table does not exist.
        """
        log = ManifestLog(self._store.location(table))
        version = log.version()
        if version is None:
            raise TableError(
                f"{table} does not exist", where=self._store.location(table), hint="run the job that writes it"
            )
        return Shape(tuple(FileShape(file.bytes) for file in log.state(version).files), is_rewritable=False)

    def compact(self, table: TableName, layout: Layout) -> bool:  # noqa: ARG002 - as for other formats
        """Rewrite nothing: a batch keeps its files."""
        return False

    def expire(
        self,
        table: TableName,
        retention_days: int,
        keep_from: datetime | None = None,  # noqa: ARG002 - every version stays
    ) -> int:
        """Remove the files of folders in which no manifest names one and none is young; return how many.

        Every version stays readable. The age keeps away from a run that is about to publish.
        """
        location = self._store.location(table)
        log = ManifestLog(location)
        manifests = log.manifests(range(1, (log.version() or 0) + 1))
        used = {_folder(file.path) for manifest in manifests for file in (*manifest.files, *manifest.changes)}
        limit = datetime.now(timezone.utc) - timedelta(days=retention_days)
        found: dict[str, list[storage.FileInfo]] = {}
        for file in storage.list_files(storage.join(location, _DATA)):
            found.setdefault(_folder(file.uri.removeprefix(f"{location}/")), []).append(file)
        left = [
            file
            for folder, files in found.items()
            if folder not in used and all(file.modified_at < limit for file in files)
            for file in files
        ]
        for file in left:
            storage.delete(file.uri)
        return len(left)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
