"""How far the files of a table reach in an event-time column, and its columns, told from its log alone. No Spark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - tests make values from the annotations
from typing import TYPE_CHECKING, Protocol

from tidegate.tables.catalog import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql.types import StructType

    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore


@dataclass(frozen=True)
class Extent:
    """A data file of a table.

    Attributes:
        bytes: Its size.
        first: The first event day (UTC) in it; None where the log does not say.
        last: The last event day in it.
    """

    bytes: int
    first: date | None = None
    last: date | None = None

    def meets(self, window: Window | None) -> bool:
        """Return whether the file may hold rows of a window's days; None is any day."""
        if window is None or self.first is None or self.last is None:
            return True
        return self.first <= window.last and window.first <= self.last


@dataclass(frozen=True)
class Window:
    """Event days (UTC), both included."""

    first: date
    last: date

    def __str__(self) -> str:
        """Return the first and the last day."""
        return f"{self.first}..{self.last}" if self.first != self.last else f"{self.first}"


class LogReader(Protocol):
    """Reads the log of the tables of one format."""

    def extents(self, table: TableName, column: str | None, since: int | None, until: int) -> tuple[Extent, ...] | None:
        """Return the files added after `since` up to `until`, or for None those of the version `until`.

        Args:
            table: The table.
            column: The event-time column; None where days do not matter.
            since: A version; None for all files that the table has.
            until: A version.

        Returns:
            The files; None where the log does not tell which they are.
        """

    def columns(self, table: TableName) -> StructType | None:
        """Return the table's columns at its newest version; None where the log does not tell."""


def log_reader(store: TableStore) -> LogReader | None:
    """Return who reads the logs of a store's tables; None for formats without one.

    Args:
        store: The store.
    """
    store = plain(store)
    if store.format == "delta":
        from tidegate.tables.delta_extents import DeltaLogReader  # noqa: PLC0415 - each format loads what it needs

        return DeltaLogReader(store)
    if store.format == "iceberg":
        from tidegate.tables.iceberg import IcebergStore  # noqa: PLC0415 - as above
        from tidegate.tables.iceberg_extents import IcebergLogReader  # noqa: PLC0415

        return IcebergLogReader(store) if isinstance(store, IcebergStore) else None
    if store.format == "parquet":
        from tidegate.tables.manifest_extents import ManifestReader  # noqa: PLC0415 - as above

        return ManifestReader(store)
    return None


def window_of(extents: Iterable[Extent]) -> Window | None:
    """Return the days that files reach over together; None where there is none, or the days of one are not known."""
    known = list(extents)
    firsts = [one.first for one in known if one.first is not None]
    lasts = [one.last for one in known if one.last is not None]
    if not known or len(firsts) < len(known) or len(lasts) < len(known):
        return None
    return Window(min(firsts), max(lasts))
