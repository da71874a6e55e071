"""Where a table's log is, for whoever waits for new versions of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate import storage

if TYPE_CHECKING:
    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore

# Per format whose versions are files, each written last and at once: where they are.
_FOLDERS = {"delta": "_delta_log", "parquet": "_manifests"}

DIGITS = 20


def log_folder(store: TableStore, table: TableName) -> str | None:
    """Return the folder in which each version of a table is a file, its number in 20 digits before `.json`; *no Spark*.

    Args:
        store: The store of the table.
        table: The table.

    Returns:
        The folder; None for formats whose versions are no such files.
    """
    name = _FOLDERS.get(store.format)
    return None if name is None else storage.join(store.location(table), name)
