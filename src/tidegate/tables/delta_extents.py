"""How far the files of a Delta table reach, told from the statistics in its log."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from pyspark.sql.types import StructType

from tidegate import storage
from tidegate.tables.delta_log import DeltaLog
from tidegate.tables.extents import Extent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore

_DAY = 10  # characters of an ISO date


class DeltaLogReader:
    """Reads the JSON files of Delta's logs."""

    def __init__(self, store: TableStore) -> None:
        """Keep the store."""
        self._store = store

    def extents(self, table: TableName, column: str | None, since: int | None, until: int) -> tuple[Extent, ...] | None:
        """Return the files added in between, or all, with the days that their statistics say."""
        log = DeltaLog(self._store.location(table))
        if since is None:
            live = log.live_files(until)
            if live is None:
                return None
            wanted = set(live)
            versions = [version for version in log.versions() if version <= until]
        else:
            entries = log.changed(since, until).entries
            wanted = {file.path for entry in entries for file in entry.new_files}
            versions = [entry.version for entry in entries]
        found: dict[str, Extent] = {}
        for version in versions:
            added = (action["add"] for action in self._actions(table, version) if "add" in action)
            found.update((str(file["path"]), _extent(file, column)) for file in added if file["path"] in wanted)
        return tuple(found.values())

    def columns(self, table: TableName) -> StructType | None:
        """Return the columns of the newest metadata in the log."""
        for version in reversed(DeltaLog(self._store.location(table)).versions()):
            for action in self._actions(table, version):
                if "metaData" in action:
                    return StructType.fromJson(json.loads(str(action["metaData"]["schemaString"])))
        return None

    def _actions(self, table: TableName, version: int) -> Iterator[Mapping[str, Mapping[str, object]]]:
        text = storage.read_bytes(storage.join(self._store.location(table), "_delta_log", f"{version:020d}.json"))
        return (json.loads(line) for line in text.splitlines() if line.strip())


def _extent(file: Mapping[str, object], column: str | None) -> Extent:
    statistics = json.loads(str(file.get("stats") or "{}"))
    first, last = (_day(statistics.get(bound, {}).get(column or "")) for bound in ("minValues", "maxValues"))
    return Extent(int(str(file["size"])), first, last)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:_DAY])
    except ValueError:  # no day: the column holds something else, or nothing
        return None
