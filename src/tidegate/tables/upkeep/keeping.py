"""Who keeps the tables of a format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import TableError
from tidegate.tables.catalog import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore
    from tidegate.tables.upkeep.port import Keeper


def keeper_of(store: TableStore, table: TableName, session: Callable[[], SparkSession]) -> Keeper:
    """Return who keeps a table.

    Args:
        store: The store that holds the table.
        table: The table.
        session: Returns the Spark session.

    Raises:
        TableError: Tables of that format need no upkeep, or tidegate cannot give it.
    """
    store = plain(store)
    if store.format == "delta":
        from tidegate.tables.upkeep.delta import DeltaKeeper  # noqa: PLC0415 - each format loads what it needs

        return DeltaKeeper(store, session)
    if store.format == "parquet":
        from tidegate.tables.upkeep.parquet import ParquetKeeper  # noqa: PLC0415 - as above

        return ParquetKeeper(store)
    raise TableError(
        f"tables in the format {store.format} cannot be maintained",
        where=str(table),
        hint="delta and parquet can; use the format's own procedures for others",
    )
