"""The catalog: which layer lies where, and in which format."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from tidegate import storage
from tidegate.errors import MissingExtraError, TableError
from tidegate.tables.turns import TakingTurns, Turns, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import SparkSession

    from tidegate.model.evolution import Policy
    from tidegate.model.names import TableName
    from tidegate.tables.deferring import DeferringStore
    from tidegate.tables.port import TableStore

_Layer = TypeVar("_Layer", bound=str)

_STORES = {
    "delta": ("tidegate.tables.delta", "DeltaStore"),
    "iceberg": ("tidegate.tables.iceberg", "IcebergStore"),
    "memory": ("tidegate.tables.memory", "MemoryStore"),
    "parquet": ("tidegate.tables.parquet", "ParquetStore"),
}
_EXTRAS = {"pyiceberg": "iceberg"}
FORMATS = tuple(sorted(_STORES))
_SIGNS = {"delta": "_delta_log", "iceberg": "metadata", "parquet": "_manifests"}  # a folder that each table has
DEFERRING = ("delta", "iceberg", "memory")  # formats in which late rows can wait beside a table


@dataclass(frozen=True)
class Place:
    """Where the tables of a layer are.

    Attributes:
        format: `delta`, `iceberg`, `parquet` or `memory`.
        location: Folder of the layer; a table is the folder of its dataset's name in it.
        catalog: Properties of the catalog in which the tables are registered, for the format `iceberg`; with none the
            folders are the catalog.
        evolution: How far the tables follow their contracts when these change.
        takes_turns: Whether drivers have to commit to a table one after the other, since the store of its files cannot
            tell which of two came first.
    """

    format: str
    location: str
    catalog: Mapping[str, str] = field(default_factory=dict)
    evolution: Policy = "additive"
    takes_turns: bool = False


class Catalog:
    """All tables, by layer. A format's code is loaded when the first table of it is asked for."""

    def __init__(self, places: Mapping[_Layer, Place], session: Callable[[], SparkSession]) -> None:
        """Keep the places; nothing is opened and no session is started.

        Args:
            places: Per layer, where its tables are.
            session: Returns the Spark session, starting it when it is first asked for.
        """
        self._places = {str(layer): place for layer, place in places.items()}
        self._session = session
        self._stores: dict[str, TableStore] = {}

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that have a place, sorted."""
        return tuple(sorted(self._places))

    def store(self, table: TableName) -> TableStore:
        """Return the store that holds the tables of the table's layer.

        Raises:
            TableError: The layer has no place, or its format is not one of tidegate's.
            MissingExtraError: The package that the format needs is not installed.
        """
        if table.layer not in self._stores:
            self._stores[table.layer] = self._opened(table)
        return self._stores[table.layer]

    def evolution(self, table: TableName) -> Policy:
        """Return how far a table follows its contract when the contract changes."""
        place = self._places.get(table.layer)
        return place.evolution if place else "strict"

    def _opened(self, table: TableName) -> TableStore:
        place = self._places.get(table.layer)
        if place is None:
            raise TableError(
                f"the layer {table.layer!r} has no place",
                where=str(table),
                hint=f"storage.yaml has: {', '.join(self.layers) or 'none'}",
            )
        if place.format not in _STORES:
            raise TableError(
                f"the format {place.format!r} is not known",
                where=f"layer {table.layer}",
                hint=f"formats are: {', '.join(FORMATS)}",
            )
        module, name = _STORES[place.format]
        try:
            store = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            package = (error.name or module).partition(".")[0]
            extra = _EXTRAS.get(package, "spark")
            raise MissingExtraError(package, extra=extra, purpose=f"the format {place.format!r}") from error
        options = {"layer": table.layer, "catalog": place.catalog} if place.catalog else {}
        location = _absolute(place.location)
        opened = in_turn(store(location, self._session, **options), Turns(location if place.takes_turns else None))
        if place.format in DEFERRING:
            from tidegate.tables.deferring import DeferringStore  # noqa: PLC0415 - loads Spark, which Parquet does not

            opened = DeferringStore(opened)
        ready: TableStore = opened
        return ready


def format_in_place(store: TableStore, table: TableName) -> str | None:
    """Return the format of another store's table that lies where a table would be made; None where none does. No Spark.

    Args:
        store: The store that would make the table, and that does not know it.
        table: The table.

    Raises:
        StorageError: The folder cannot be listed.
    """
    if store.format not in _SIGNS:
        return None
    there = storage.list_names(store.location(table))
    return next((kind for kind, sign in _SIGNS.items() if sign in there and kind != store.format), None)


def deferring(store: TableStore) -> DeferringStore | None:
    """Return a store as one whose tables may have late rows that wait beside them; None where they cannot."""
    if store.format not in DEFERRING:
        return None
    from tidegate.tables.deferring import DeferringStore  # noqa: PLC0415 - as above

    return store if isinstance(store, DeferringStore) else None


def plain(store: TableStore) -> TableStore:
    """Return the store of the format itself, for those who look after files and not after rows."""
    outer = deferring(store)
    inner: TableStore = outer.tables if outer else store
    return cast("TableStore", inner.worker) if isinstance(inner, TakingTurns) else inner


def _absolute(location: str) -> str:
    """Return a location that means the same to every reader: Spark and Python may start in different folders."""
    if "://" in location or not storage.is_local(location):
        return location.rstrip("/")
    return str(Path(storage.local_path(location)).absolute())
