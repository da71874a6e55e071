"""Names of the fields that files have, where nobody has written a contract yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.schemas import type_text
from tidegate.contracts.types import parse_type
from tidegate.model.contracts import Column, Contract
from tidegate.sources.headers import group_by_header
from tidegate.sources.options import parse_options
from tidegate.sources.origin import reader
from tidegate.sources.reading import read_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyspark.sql import SparkSession

    from tidegate.model.declarations import Files
    from tidegate.model.names import TableName
    from tidegate.sources.listing import LandedFile

# Records that tell which fields there are, in formats whose records name their fields themselves.
RECORDS = 1_000
_NO_COLUMN = "tidegate_reads_no_column"
_FIELDS = "_rescued"


def seen_columns(session: SparkSession, files: Sequence[LandedFile], declared: Files, table: TableName) -> Contract:
    """Return the columns that files show, as a contract without rules: all texts, or for Parquet those of a file.

    CSV says them in its headers; of JSON lines and XML the first 1,000 records are asked, which is a Spark job.

    Args:
        session: The session.
        files: The files.
        declared: Their format and options.
        table: What the contract is about.

    Raises:
        SourceError: A file cannot be read.
    """
    filled = [file for file in files if file.size]
    if not filled:
        return _contract((), table)
    if declared.format == "parquet":
        fields = reader(session).parquet(filled[0].uri).schema.fields
        return _contract(((field.name, _type(type_text(field.dataType))) for field in fields), table)
    if declared.format == "csv":
        headers = group_by_header(filled, parse_options(declared))
        return _contract(((name, "string") for header in headers for name in header.names), table)
    nothing = _contract(((_NO_COLUMN, "string"),), table)
    records = read_files(session, filled, declared, nothing).select(F.json_object_keys(_FIELDS).alias("names"))
    found = [row["names"] or () for row in records.limit(RECORDS).collect()]
    return _contract(((name, "string") for names in found for name in names), table)


def _contract(columns: Iterable[tuple[str, str]], table: TableName) -> Contract:
    """Return a contract of the columns, each once; what begins with `_` is not read, as that is kept for tidegate."""
    known: dict[str, Column] = {}
    for name, kind in columns:
        if name.strip() and not name.startswith("_"):
            known.setdefault(name.lower(), Column(name, kind))
    return Contract(table, "0.1.0", tuple(known.values()), ())


def _type(text: str) -> str:
    try:
        return str(parse_type(text))
    except ValueError:
        return "string"
