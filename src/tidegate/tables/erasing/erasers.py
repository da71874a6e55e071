"""Who erases rows from the tables of a format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import TableError
from tidegate.tables.catalog import plain
from tidegate.tables.turns import in_turn, turns_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.erasing.port import Eraser
    from tidegate.tables.port import TableStore


def eraser_of(store: TableStore, table: TableName, session: Callable[[], SparkSession]) -> Eraser:
    """Return who erases rows from a table.

    Args:
        store: The store that holds the table.
        table: The table.
        session: Returns the Spark session.

    Raises:
        TableError: Tables of that format keep nothing that could be erased.
    """
    turns, store = turns_of(store), plain(store)
    if store.format == "delta":
        from tidegate.tables.erasing.delta import DeltaEraser  # noqa: PLC0415 - each format loads what it needs

        return in_turn(DeltaEraser(store, session), turns)
    if store.format == "parquet":
        from tidegate.tables.erasing.parquet import ParquetEraser  # noqa: PLC0415 - as above

        return in_turn(ParquetEraser(store, session), turns)
    if store.format == "iceberg":
        from tidegate.tables.erasing.iceberg import IcebergEraser  # noqa: PLC0415 - as above
        from tidegate.tables.iceberg import IcebergStore  # noqa: PLC0415

        if isinstance(store, IcebergStore):
            return in_turn(IcebergEraser(store, session), turns)
    raise TableError(
        f"nothing can be erased from tables in the format {store.format}",
        where=str(table),
        hint="delta, iceberg and parquet can; what is in memory goes with the process",
    )
