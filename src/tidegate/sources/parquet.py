"""Parquet: records that have types already, matched to the contract's columns by name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from importlib.util import find_spec
from typing import TYPE_CHECKING

import fsspec
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from tidegate.errors import MissingExtraError, SourceError
from tidegate.sources.origin import LINE, arrived_at, reader, source_file
from tidegate.sources.shape import FAILURE, RECORD, UNKNOWN, base64_of, no_fields, raw, shape, typed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, SparkSession
    from pyspark.sql.types import DataType, StructField

    from tidegate.model.contracts import Contract
    from tidegate.sources.listing import LandedFile
    from tidegate.sources.options import Options

_AT_ONCE = 16


def read_parquet(session: SparkSession, files: Sequence[LandedFile], options: Options, contract: Contract) -> DataFrame:
    """Return one row per row, in the columns that `shape` describes.

    A value whose type is not the contract's goes through its text, so that the same values fit as in text files.

    Raises:
        MissingExtraError: pyarrow is not installed.
        SourceError: A file has gone, or is not Parquet.
    """
    if find_spec("pyarrow") is None:
        raise MissingExtraError("pyarrow", extra="spark", purpose="reading Parquet")
    wanted = [field.dataType for field in session.createDataFrame([], contract.ddl).schema.fields]
    groups = _group_by_schema(files)
    parts = [_shaped(session, group, options, contract, wanted=wanted) for group in groups.values()]
    return reduce(DataFrame.union, parts)


def _shaped(
    session: SparkSession,
    files: Sequence[LandedFile],
    options: Options,
    contract: Contract,
    *,
    wanted: Sequence[DataType],
) -> DataFrame:
    rows = reader(session).parquet(*(file.uri for file in files))
    fields = {field.name: field for field in rows.schema.fields}
    names = [options.field_of(column.name) for column in contract.columns]
    handed = frozenset(
        index
        for index, name in enumerate(names)
        if name in fields and fields[name].dataType.simpleString() == wanted[index].simpleString()
    )
    columns = [
        F.col(_quoted(name)).alias(typed(index))
        if index in handed
        else (_text(fields[name]) if name in fields else F.lit(None).cast("string")).alias(raw(index))
        for index, name in enumerate(names)
    ]
    records = rows.select(
        source_file(files[0].feed_uri),
        F.lit(None).cast("bigint").alias(LINE),
        arrived_at(),
        F.lit(None).cast("string").alias(FAILURE),
        F.lit(None).cast("string").alias(RECORD),
        _unknown([field for name, field in fields.items() if name not in names]).alias(UNKNOWN),
        *columns,
    )
    return shape(records, contract, options, handed)


def _unknown(extra: Sequence[StructField]) -> Column:
    if not extra:
        return no_fields()
    texts = F.create_map(*(part for field in extra for part in (F.lit(field.name), _text(field))))
    kept = F.map_filter(texts, lambda _, text: text.isNotNull())
    return F.when(F.size(kept) > 0, kept)


def _text(field: StructField) -> Column:
    """Return a value as the text that a text file would have: nested ones as JSON, bytes as base64."""
    value = F.col(_quoted(field.name))
    kind = field.dataType.typeName()
    if kind in {"array", "map", "struct"}:
        return F.to_json(value)
    return base64_of(value) if kind == "binary" else value.cast("string")


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _group_by_schema(files: Sequence[LandedFile]) -> Mapping[str, tuple[LandedFile, ...]]:
    """Return the files by their own schema, as columns of one name may have another type in each file."""
    groups: dict[str, list[LandedFile]] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for file, schema in zip(files, pool.map(_schema, files), strict=True):
            groups.setdefault(schema, []).append(file)
    return {schema: tuple(group) for schema, group in groups.items()}


def _schema(file: LandedFile) -> str:
    """Return a file's schema as text; Spark would merge the schemas, which fails where types differ."""
    import pyarrow as pa  # noqa: PLC0415 - an extra
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    try:
        with fsspec.open(file.uri, "rb") as content:
            return str(parquet.read_schema(content).remove_metadata())
    except FileNotFoundError as error:
        raise SourceError(
            "a file has gone since it was listed",
            where=file.uri,
            hint="leave landing files where they are; run again, and what is still there is read",
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            "a file is not Parquet, or is not whole",
            where=file.uri,
            hint="have it sent again, or take it out of the feed",
        ) from error
