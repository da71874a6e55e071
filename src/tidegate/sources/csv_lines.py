"""CSV: a header line in each file, then one record a line, or, with `multiline`, records with line breaks in quotes."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from tidegate.sources.headers import group_by_header
from tidegate.sources.lines import IS_TEXT, TEXT, read_lines
from tidegate.sources.origin import ARRIVED, FILE, LINE
from tidegate.sources.shape import FAILURE, RECORD, UNKNOWN, no_fields, raw, record_text, shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, SparkSession

    from tidegate.model.contracts import Contract
    from tidegate.sources.headers import Header
    from tidegate.sources.listing import LandedFile
    from tidegate.sources.options import Options

_CELLS = "_cells"
_MISFIT = "_misfit"


def read_csv(
    session: SparkSession, files: Sequence[LandedFile], options: Options, contract: Contract
) -> DataFrame | None:
    """Return one row per record, in the columns that `shape` describes; None where no file has a header.

    Raises:
        SourceError: A file has gone, or cannot be opened.
    """
    groups = group_by_header(files, options)
    parts = [
        _records(read_lines(session, group, options, _record_pattern(options)), header, options, contract)
        for header, group in groups.items()
    ]
    return shape(reduce(lambda one, other: one.union(other), parts), contract, options) if parts else None


def _records(lines: DataFrame, header: Header, options: Options, contract: Contract) -> DataFrame:
    """Return the records of the files that share a header."""
    is_header = F.when(F.col(LINE).isNull(), F.col(TEXT) == header.text).otherwise(F.col(LINE) <= header.line)
    data = lines.where(~(F.col(IS_TEXT) & is_header) & ~F.coalesce(F.col(LINE) <= header.line, F.lit(False)))  # noqa: FBT003 - a literal, not a flag
    cells = ", ".join(f"{_cell(index)} string" for index in range(max(1, len(header.names))))
    settings = {
        "sep": options.delimiter,
        "quote": options.quote,
        "escape": options.escape,
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": _MISFIT,
    }
    parsed = data.withColumn(_CELLS, F.from_csv(TEXT, f"{cells}, {_MISFIT} string", settings))
    judged = parsed.withColumn(FAILURE, _failure(header, options))
    places = {name: index for index, name in enumerate(header.names)}
    names = [options.field_of(column.name) for column in contract.columns]
    return judged.select(
        FILE,
        LINE,
        ARRIVED,
        FAILURE,
        F.when(F.col(FAILURE).isNotNull(), record_text(TEXT, IS_TEXT)).alias(RECORD),
        _unknown(header, frozenset(names)).alias(UNKNOWN),
        *(_text(places.get(name)).alias(raw(index)) for index, name in enumerate(names)),
    )


def _failure(header: Header, options: Options) -> Column:
    # Text in quotes that never end is split at delimiters that may be part of it.
    is_open = F.col(TEXT).contains(options.quote) & ~F.col(TEXT).rlike(f"^{_fields(options)}$")
    return (
        F.when(~F.col(IS_TEXT), F.lit("not UTF-8"))
        .when(F.lit(header.failure is not None), F.lit(header.failure).cast("string"))
        .when(is_open, F.lit("unclosed quote"))
        .when(F.col(_CELLS)[_MISFIT].isNotNull(), F.lit("wrong number of fields"))
    )


def _unknown(header: Header, known: frozenset[str]) -> Column:
    extra = [(name, index) for index, name in enumerate(header.names) if name not in known]
    if not extra or header.failure:
        return no_fields()
    fields = F.create_map(*(part for name, index in extra for part in (F.lit(name), _text(index))))
    kept = F.map_filter(fields, lambda _, text: text.isNotNull())
    return F.when(F.size(kept) > 0, kept)


def _text(index: int | None) -> Column:
    """Return the text of a cell; an empty one is null, and so are all cells of a record that failed."""
    if index is None:
        return F.lit(None).cast("string")
    cell = F.col(_CELLS)[_cell(index)]
    return F.when(F.col(FAILURE).isNull() & (cell != ""), cell)


def _cell(index: int) -> str:
    return f"cell_{index}"


def _fields(options: Options) -> str:
    """Return a pattern for the fields of one record, possessive, so that it takes linear time and no stack."""
    delimiter, quote, escape = (re.escape(sign) for sign in (options.delimiter, options.quote, options.escape))
    if options.escape == options.quote:
        quoted = f"{quote}(?:[^{quote}]++|{quote}{quote})*+{quote}"
    else:
        quoted = f"{quote}(?:[^{quote}{escape}]++|{escape}[\\s\\S])*+{quote}"
    bare = rf"[^{delimiter}\n]*+"
    is_quote = f"(?!{quote})"
    field = f"(?:{quoted}{bare}|{is_quote}{bare})"
    return f"{field}(?:{delimiter}{field})*+"


def _record_pattern(options: Options) -> str | None:
    """Return a pattern for one record with its line's end; a quote that is never closed takes the rest of the text."""
    if not options.is_multiline:
        return None
    return f"(?:{_fields(options)}(?:\\n|\\z)|[\\s\\S]+)"
