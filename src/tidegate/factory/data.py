"""Data as somebody names them on the command line: files, a folder, a table, or a table or query of a database."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from pyspark.sql import functions as F

from tidegate.contracts.rules.compared_kinds import BALANCE
from tidegate.contracts.rules.others import other_table
from tidegate.errors import SourceError, TableError
from tidegate.job.context import utc_now
from tidegate.model.declarations import Database, Files, Snapshot
from tidegate.model.names import TableName
from tidegate.sources.database import asking, read_whole
from tidegate.sources.listing import list_new
from tidegate.sources.options import Options
from tidegate.sources.origin import ARRIVED, FILE
from tidegate.sources.reading import read_files
from tidegate.sources.typed import shape_typed
from tidegate.tables.evidence import IS_CURRENT, VALID_FROM, VALID_TO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame

    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.model.contracts import Contract
    from tidegate.sources.listing import LandedFile

Format: TypeAlias = Literal["jsonl", "csv", "xml", "parquet"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv", "xml", "parquet")

_ENDINGS: dict[str, Format] = {".jsonl": "jsonl", ".json": "jsonl", ".csv": "csv", ".xml": "xml", ".parquet": "parquet"}
_FILE_ENDINGS = frozenset({*_ENDINGS, ".gz", ".tsv", ".txt", ".yaml", ".yml"})
# Rows of a database are looked at here, never compared with an earlier pull.
_UNCOMPARED = Snapshot(("key",))
_HISTORY = frozenset({VALID_FROM, VALID_TO, IS_CURRENT})


@dataclass(frozen=True)
class Data:
    """Data, as they are named.

    Attributes:
        name: A file, a folder or an address, or a table such as `silver.orders`; with a connection a table of that
            database, or a query that begins with `select` or `with`.
        connection: Name of a connection in the settings; None for files and tables.
        format: Format of the files; None tells it by their ending.
        options: Options of the format, as pairs.
    """

    name: str
    connection: str | None = None
    format: Format | None = None
    options: tuple[tuple[str, str], ...] = ()

    @property
    def database(self) -> Database | None:
        """The table or query of a database; None where it is in files or in the lakehouse."""
        if self.connection is None:
            return None
        text = self.name.strip()
        is_query = text.partition(" ")[0].lower() in {"select", "with"} or "\n" in text
        if is_query:
            return Database(self.connection, _UNCOMPARED, query=text.rstrip("; \n"))
        return Database(self.connection, _UNCOMPARED, table=text)

    @property
    def table(self) -> TableName | None:
        """The table of the lakehouse; None where it is something else."""
        return TableName.parse(self.name) if self.connection is None and names_table(self.name) else None


def names_table(text: str) -> bool:
    """Return whether a text is the name of a table of the lakehouse rather than a file's."""
    layer, dot, dataset = text.partition(".")
    is_name = bool(dot) and layer.isidentifier() and dataset.isidentifier() and text == text.lower()
    return is_name and not Path(text).exists() and f".{dataset}" not in _FILE_ENDINGS


def read_records(lakehouse: Lakehouse, data: Data, contract: Contract) -> DataFrame:
    """Return files or a database's rows in the columns that files have: the contract's, and `_problems` among others.

    Raises:
        SourceError: There is nothing to read, the format cannot be told, or the database cannot be asked.
        ConfigError: There is no such connection, or it is none of a database.
    """
    if data.database:
        rows = read_database(lakehouse, data.database)  # before any column: it is what starts Spark
        origin = (F.lit(data.database.label).alias(FILE), F.lit(utc_now()).cast("timestamp").alias(ARRIVED))
        return shape_typed(rows, origin, contract, Options())
    files, declared = landed(data)
    return read_files(lakehouse.session(), files, declared, contract)


def read_database(lakehouse: Lakehouse, database: Database) -> DataFrame:
    """Return all rows of a table or a query of a database, in its own columns. Every use asks the database again.

    Raises:
        SourceError: The database cannot be asked.
        ConfigError: There is no such connection, or it is none of a database.
    """
    return read_whole(lakehouse.session(), lakehouse.context.database(database.connection), database)


def read_table(
    lakehouse: Lakehouse, table: TableName, contract: Contract | None, version: int | None = None
) -> DataFrame:
    """Return the rows of a table as of a version, None taking the newest.

    Of a history these are the current ones, without the columns that make it a history.

    Raises:
        TableError: There is no such table.
    """
    rows = whole_table(lakehouse, table, version)
    known = contract.column_names if contract else ()
    if not (set(rows.columns) - set(known)) >= _HISTORY:
        return rows
    registered = lakehouse.registry.jobs.get(str(table))
    output = getattr(registered.job, "output", None) if registered else None
    added = getattr(output.mode, "surrogate_key", None) if output else None
    return rows.where(F.col(IS_CURRENT)).drop(*_HISTORY, *([added] if added else []))


def whole_table(lakehouse: Lakehouse, table: TableName, version: int | None = None) -> DataFrame:
    """Return all rows of a table: what foreign keys are held against.

    Raises:
        TableError: There is no such table.
    """
    store = lakehouse.tables.store(table)
    if store.version(table) is None:
        raise TableError(
            "there is no such table",
            where=str(table),
            hint="run its job first, or name a file or a folder that is there",
        )
    return store.read(table, version)


def references_of(lakehouse: Lakehouse, contract: Contract) -> dict[TableName, DataFrame]:
    """Return the tables that rules of a contract refer to, each whole.

    Raises:
        TableError: There is no such table.
    """
    asked = {other_table(rule) for rule in contract.rules if rule.kind == BALANCE}
    tables = sorted({*asked, *(key.table for key in contract.foreign_keys)})
    return {table: whole_table(lakehouse, table) for table in tables}


def landed(data: Data) -> tuple[tuple[LandedFile, ...], Files]:
    """Return the files that are named, and their format and options.

    Raises:
        SourceError: There are none, or the format cannot be told.
    """
    place = Path(data.name)
    is_here = "://" not in data.name
    is_file = is_here and place.is_file()
    ending = "" if data.format else place.suffix.lower() if is_file or not is_here else _ending_within(place)
    chosen = data.format or _ENDINGS.get(ending)
    if chosen is None:
        raise _untold(data, is_there=not is_here or place.exists())
    folder = data.name if not is_here else str((place.parent if is_file else place).resolve())
    root, _, feed = folder.rstrip("/").rpartition("/")
    declared = Files(feed, format=chosen, options=data.options, suffix="" if is_file else ending)
    found = list_new(root or "/", declared, frozenset())
    files = tuple(file for file in found if not is_file or file.path == place.name)
    if not files:
        raise SourceError(
            f"there are no {chosen} files", where=data.name, hint="name a file, or a folder that has some"
        )
    return files, declared


def _untold(data: Data, *, is_there: bool) -> SourceError:
    if is_there:
        return SourceError(
            "the format cannot be told", where=data.name, hint=f"add --data-format, one of {', '.join(FORMATS)}"
        )
    return SourceError(
        "there is no such file, folder or table",
        where=data.name,
        hint="a table is named <layer>.<dataset>; a table or query of a database needs --connection",
    )


def _ending_within(folder: Path) -> str:
    """Return the one known ending that files of a folder have; empty where there are none or several."""
    found = {file.suffix.lower() for file in folder.rglob("*") if file.suffix.lower() in _ENDINGS}
    return next(iter(found)) if len(found) == 1 else ""


@contextmanager
def asked(data: Data) -> Iterator[None]:
    """Turn what a database refuses within into an error that says so.

    Raises:
        SourceError: The database cannot be asked, or refuses.
    """
    if data.database is None:
        yield
        return
    with asking(data.database.label):
        yield
