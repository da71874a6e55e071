"""Parquet: records that have types already, matched to the contract's columns by name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from importlib.util import find_spec
from typing import TYPE_CHECKING

import fsspec

from tidegate.errors import MissingExtraError, SourceError
from tidegate.sources.origin import arrived_at, reader, source_file
from tidegate.sources.typed import shape_typed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

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
    groups = _group_by_schema(files)
    shaped = (_shaped(session, group, options, contract) for group in groups.values())
    return reduce(lambda one, other: one.union(other), shaped)


def _shaped(session: SparkSession, files: Sequence[LandedFile], options: Options, contract: Contract) -> DataFrame:
    rows = reader(session).parquet(*(file.uri for file in files))
    return shape_typed(rows, (source_file(files[0].feed_uri), arrived_at()), contract, options)


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
