"""Who keeps the tables of a format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import TableError
from tidegate.tables.catalog import plain
from tidegate.tables.turns import in_turn, turns_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore
    from tidegate.tables.upkeep.port import Keeper

REWRITABLE = ("delta", "iceberg")  # whose files may be put together


def keeper_of(store: TableStore, table: TableName, session: Callable[[], SparkSession]) -> Keeper:
    """Return who keeps a table.

    Args:
        store: The store that holds the table.
        table: The table.
        session: Returns the Spark session.

    Raises:
        TableError: Tables of that format need no upkeep, or tidegate cannot give it.
    """
    turns, store = turns_of(store), plain(store)
    if store.format == "delta":
        from tidegate.tables.upkeep.delta import DeltaKeeper  # noqa: PLC0415 - each format loads what it needs

        return in_turn(DeltaKeeper(store, session), turns)
    if store.format == "parquet":
        from tidegate.tables.upkeep.parquet import ParquetKeeper  # noqa: PLC0415 - as above

        return in_turn(ParquetKeeper(store), turns)
    if store.format == "iceberg":
        from tidegate.tables.iceberg import IcebergStore  # noqa: PLC0415 - as above
        from tidegate.tables.upkeep.iceberg import IcebergKeeper  # noqa: PLC0415

        if isinstance(store, IcebergStore):
            return in_turn(IcebergKeeper(store, session), turns)
    raise TableError(
        f"tables in the format {store.format} cannot be maintained",
        where=str(table),
        hint="delta, iceberg and parquet can",
    )
