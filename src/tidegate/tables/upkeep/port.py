"""What can be done to keep a table in order, whichever format it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from tidegate.model.names import TableName
    from tidegate.tables.upkeep.layout import Layout, Shape


class Keeper(Protocol):
    """Keeps the tables of one format in order. Nothing it does changes a row, or what is new for readers."""

    def shape(self, table: TableName, event_column: str | None) -> Shape:
        """Return the table's statistics from its own log; *no Spark*.

        Args:
            table: The table.
            event_column: Column whose oldest and newest day are wanted; None where the table has none.

        Raises:
            TableError: The table does not exist.
        """

    def compact(self, table: TableName, layout: Layout) -> bool:
        """Rewrite small and much deleted files as the layout says; return whether anything was rewritten."""

    def expire(self, table: TableName, retention_days: int, keep_from: datetime | None = None) -> int:
        """Remove files that no version of the last days needs, and those of runs that died; return how many.

        Args:
            table: The table.
            retention_days: How long the files of old versions stay.
            keep_from: A moment (UTC) since when all versions stay, because a job has not read them; None for none.
        """
