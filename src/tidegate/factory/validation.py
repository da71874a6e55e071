"""Hold files or a table against a contract, without a job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.contracts.documents import load_contract
from tidegate.contracts.validation import validate
from tidegate.errors import SourceError
from tidegate.job.context import utc_now
from tidegate.job.life import READABLE
from tidegate.model.declarations import Files
from tidegate.model.names import TableName
from tidegate.sources.listing import list_new
from tidegate.sources.reading import read_files

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tidegate.contracts.verdicts import Verdict
    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.model.contracts import Contract

Format: TypeAlias = Literal["jsonl", "csv", "xml", "parquet"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv", "xml", "parquet")

_ENDINGS: dict[str, Format] = {".jsonl": "jsonl", ".json": "jsonl", ".csv": "csv", ".xml": "xml", ".parquet": "parquet"}


def validate_data(lakehouse: Lakehouse, data: str, contract: str, format: Format | None = None) -> Verdict:  # noqa: A002 - the word users know
    """Return the verdict on files or on a table.

    Args:
        lakehouse: The project, whose tables foreign keys may refer to.
        data: A file or a folder, or the name of a table such as `silver.orders`.
        contract: A contract's file, or the name of its table.
        format: Format of the files; None tells it by their ending.

    Raises:
        SourceError: There is nothing to read, or the format cannot be told.
        TidegateError: The contract cannot be enforced, or does not fit the data.
    """
    found = _contract(lakehouse, contract)
    gate_tables = {key.table for key in found.foreign_keys}
    stores = lakehouse.tables
    references = {table: stores.store(table).read(table) for table in gate_tables}
    if _is_table(data):
        name = TableName.parse(data)
        return validate(stores.store(name).read(name), found, references=references, now=utc_now())
    rows = _read(lakehouse, data, found, format)
    readable = replace(found, rules=(*found.rules, READABLE))
    return validate(rows, readable, references=references, now=utc_now())


def _contract(lakehouse: Lakehouse, name: str) -> Contract:
    return lakehouse.contracts.get(TableName.parse(name)) if _is_table(name) else load_contract(name)


def _is_table(text: str) -> bool:
    layer, dot, dataset = text.partition(".")
    return bool(dot) and layer.isidentifier() and dataset.isidentifier() and not Path(text).exists()


def _read(lakehouse: Lakehouse, data: str, contract: Contract, given: Format | None) -> DataFrame:
    place = Path(data)
    chosen = given or _ENDINGS.get(place.suffix.lower())
    if chosen is None:
        raise SourceError("the format cannot be told", where=data, hint=f"add --format, one of {', '.join(FORMATS)}")
    is_file = "://" not in data and place.is_file()
    folder = str(place.resolve().parent) if is_file else data if "://" in data else str(place.resolve())
    root, _, feed = folder.rstrip("/").rpartition("/")
    declared = Files(feed, format=chosen, suffix="" if given else None)
    files = list_new(root or "/", declared, frozenset())
    files = tuple(file for file in files if not is_file or file.path == place.name)
    if not files:
        raise SourceError(f"there are no {chosen} files", where=data, hint="name a file, or a folder that has some")
    return read_files(lakehouse.session(), files, declared, contract)
