"""JSON lines: one JSON object a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.sources.lines import IS_TEXT, TEXT, read_lines
from tidegate.sources.origin import ARRIVED, FILE, LINE
from tidegate.sources.shape import FAILURE, RECORD, UNKNOWN, is_decimal, raw, record_text, shape, unknown_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame, SparkSession

    from tidegate.model.contracts import Contract
    from tidegate.sources.listing import LandedFile
    from tidegate.sources.options import Options

_STRICT = {"allowSingleQuotes": "false", "allowNonNumericNumbers": "false"}
_FIELDS = "_fields"
_PARSED = "_parsed"
_EXACT_DIGITS = 15


def read_jsonl(session: SparkSession, files: Sequence[LandedFile], options: Options, contract: Contract) -> DataFrame:
    """Return one row per line, in the columns that `shape` describes."""
    return shape_jsonl(read_lines(session, files, options), options, contract)


def shape_jsonl(lines: DataFrame, options: Options, contract: Contract, beside: tuple[str, ...] = ()) -> DataFrame:
    """Return one row per line, in the columns that `shape` describes.

    Args:
        lines: The columns of `read_lines`.
        options: Tell the names that the lines give the columns.
        contract: The contract.
        beside: Further columns of the lines that say where they come from, kept as they are.
    """
    # Spark stops reading at the end of the first value of a line; as the first of two items of an array it must be all
    # of it.
    wrapped = F.concat(F.lit("["), F.col(TEXT), F.lit(",{}]"))
    parsed = F.when(F.col(IS_TEXT), F.from_json(wrapped, "array<map<string,string>>", _STRICT))
    found = lines.withColumn(_PARSED, parsed).withColumn(_FIELDS, F.when(F.size(_PARSED) == 2, F.col(_PARSED)[0]))  # noqa: PLR2004 - the line and the empty object after it
    names = tuple(options.field_of(column.name) for column in contract.columns)
    texts = {raw(index): F.element_at(_FIELDS, name) for index, name in enumerate(names)}
    named = found.withColumns(texts) if texts else found
    present = sum((F.col(text).isNotNull().cast("int") for text in texts), F.lit(0))
    # As many fields as columns with a value: none is unknown, null or repeated, and nothing more is to be looked at.
    is_plain = F.size(_FIELDS) == present
    repeated = ~is_plain & (F.size(F.array_distinct(F.map_keys(_FIELDS))) < F.size(_FIELDS))
    judged = named.withColumn(FAILURE, _failure(repeated))
    return shape(
        judged.select(
            FILE,
            LINE,
            ARRIVED,
            *beside,
            FAILURE,
            F.when(F.col(FAILURE).isNotNull(), record_text(TEXT, IS_TEXT)).alias(RECORD),
            F.when(F.col(FAILURE).isNull() & ~is_plain, unknown_fields(F.col(_FIELDS), names)).alias(UNKNOWN),
            *(_exact(index, name, contract.columns[index].type).alias(raw(index)) for index, name in enumerate(names)),
        ),
        contract,
        options,
        beside=beside,
    )


def _failure(repeated: Column) -> Column:
    return (
        F.when(~F.col(IS_TEXT), F.lit("not UTF-8"))
        .when(F.col(_FIELDS).isNull() & F.ltrim(TEXT).startswith("{"), F.lit("not valid JSON"))
        .when(F.col(_FIELDS).isNull(), F.lit("not a JSON object"))
        .when(repeated, F.lit("repeated field"))
    )


def _exact(index: int, name: str, kind: str) -> Column:
    """Return the text of a field; of a long decimal the digits of the line, as Spark's text went through a double.

    Only a text that fits is replaced: one that does not is rescued as it is.
    """
    text = F.col(raw(index))
    if is_decimal(kind):
        again = F.from_json(TEXT, f"`{name.replace('`', '``')}` {kind}", _STRICT)[name].cast("string")
        is_long = (F.octet_length(text) > _EXACT_DIGITS) & text.contains(".")
        text = F.when(is_long, F.coalesce(again, text)).otherwise(text)
    return F.when(F.col(FAILURE).isNull(), text)
