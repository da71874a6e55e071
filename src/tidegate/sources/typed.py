"""Records that have types already, matched to the contract's columns by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.sources.origin import LINE
from tidegate.sources.shape import FAILURE, RECORD, UNKNOWN, base64_of, no_fields, raw, shape, typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructField

    from tidegate.model.contracts import Contract
    from tidegate.sources.options import Options


def shape_typed(rows: DataFrame, origin: Sequence[Column], contract: Contract, options: Options) -> DataFrame:
    """Return one row per row, in the columns that `shape` describes.

    A value whose type is not the contract's goes through its text, so that the same values fit as in text files.

    Args:
        rows: The records.
        origin: `_source_file` and `_arrived_at`, as columns of these names.
        contract: The contract.
        options: Tell the names that the source gives the columns.
    """
    wanted = [field.dataType for field in rows.sparkSession.createDataFrame([], contract.ddl).schema.fields]
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
        *origin,
        F.lit(None).cast("bigint").alias(LINE),
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
