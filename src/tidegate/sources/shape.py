"""The step that all formats share: texts by name become the columns of the contract, and nothing gets lost."""

from __future__ import annotations

import re
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.sources.origin import ARRIVED, FILE, LINE

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from tidegate.model.contracts import Contract
    from tidegate.sources.options import Options

RECORD = "_record"
FAILURE = "_failure"
UNKNOWN = "_unknown"

RESCUED = "_rescued"
CORRUPT = "_corrupt_record"
PROBLEMS = "_problems"

_NESTED = frozenset({"array", "map", "struct"})
_ISO_DAY = 10
_FIFTH = 5


def raw(index: int) -> str:
    """Return the name under which a reader hands over the text of a contract's column."""
    return f"_raw_{index}"


def typed(index: int) -> str:
    """Return the name under which a reader hands over a column that has the contract's type already."""
    return f"_typed_{index}"


def shape(
    records: DataFrame,
    contract: Contract,
    options: Options,
    handed: frozenset[int] = frozenset(),
    beside: tuple[str, ...] = (),
) -> DataFrame:
    """Return the columns of the contract, by name and type, and what did not fit into them.

    Args:
        records: One row per record: `_source_file`, `_source_line`, `_arrived_at`; `_failure` (why the record as a
            whole cannot be read; null where it can) and `_record` (the record as it came, where `_failure` is not
            null); `_unknown` (fields that the contract does not have, as a map of texts; null where there are none);
            and for the contract's n-th column its text as `_raw_<n>`, or, for the columns in `handed`, its value as
            `_typed_<n>`.
        contract: The contract.
        options: Tell the names that the files give the columns; what is rescued keeps the file's name.
        handed: Positions of the columns that have their type already.
        beside: Further columns of the records that say where they come from, kept as they are.

    Returns:
        The contract's columns, then `_rescued` (JSON object of unknown fields and of texts that do not fit; null when
        there are none), `_corrupt_record`, `_problems` (null when there are none), `_source_file`, `_source_line` and
        `_arrived_at`, and those beside. One row per record.
    """
    cast = {
        typed(index): as_type(raw(index), column.type)
        for index, column in enumerate(contract.columns)
        if index not in handed
    }
    values = records.withColumns(cast) if cast else records
    return values.select(
        *(F.col(typed(index)).alias(column.name) for index, column in enumerate(contract.columns)),
        _rescued(contract, options, handed).alias(RESCUED),
        F.when(F.col(FAILURE).isNotNull(), F.col(RECORD)).alias(CORRUPT),
        _problems(contract, handed).alias(PROBLEMS),
        FILE,
        F.col(LINE).cast("bigint").alias(LINE),
        ARRIVED,
        *beside,
    )


def as_type(name: str, kind: str) -> Column:
    """Return a text column as a value of a type; null where the text is null or does not fit.

    The same on every Spark: `try_cast`, made stricter where it would guess. Days are `yyyy-MM-dd` and nothing more;
    moments begin with a day, and without a zone they are UTC; nested types are JSON; `binary` is base64. A number with
    too many decimals is rounded half up.
    """
    base = _base(kind)
    text = F.col(name)
    if base in _NESTED:
        # Spark stops reading at the end of the first object; the field after the value shows that this was all of it.
        wrapped = F.concat(F.lit('{"value":'), text, F.lit(',"end":0}'))
        options = {"columnNameOfCorruptRecord": "_misfit", "mode": "PERMISSIVE"}
        found = F.from_json(wrapped, f"value {kind}, end int, _misfit string", options)
        return F.when(found["_misfit"].isNull() & found["end"].isNotNull(), found["value"])
    if base == "string":
        return text
    if base == "binary":
        return F.expr(f"try_to_binary({name}, 'base64')")
    return _guarded(text, base, F.expr(f"try_cast({name} AS {kind})"))


def _guarded(text: Column, base: str, value: Column) -> Column:
    """Return the value where its text is written the way the type's values are."""
    begins_with_day = text.substr(_FIFTH, 1) == "-"
    if base == "date":
        return F.when(begins_with_day & (F.octet_length(text) == _ISO_DAY), value)
    if base.startswith("timestamp"):
        return F.when(begins_with_day & (F.octet_length(text) >= _ISO_DAY), value)
    if base in {"float", "double", "real"}:
        # Java reads 5d and 5f as numbers.
        return F.when(~F.lower(F.rtrim(text)).substr(-1, 1).isin("d", "f"), value)
    return value


def unknown_fields(fields: Column, known: tuple[str, ...]) -> Column:
    """Return the fields of a map that are not among the known names and have a value; null where there are none."""
    kept = F.map_filter(fields, lambda name, value: ~name.isin(*known) & value.isNotNull())
    return F.when(F.size(kept) > 0, kept)


def no_fields() -> Column:
    """Return the null that stands for no unknown fields."""
    return F.lit(None).cast("map<string,string>")


def is_decimal(kind: str) -> bool:
    """Return whether a type is a decimal."""
    return _base(kind) in {"dec", "decimal", "numeric"}


def record_text(text: str, is_text: str) -> Column:
    """Return a record as it came: its text, or base64 of its bytes where they are not text."""
    return F.when(F.col(is_text), F.col(text)).otherwise(base64_of(F.col(text).cast("binary")))


def base64_of(content: Column) -> Column:
    """Return bytes as base64 on a single line; Spark 3.5 breaks it after 76 characters, Spark 4 where it is told to."""
    return F.translate(F.base64(content), "\r\n", "")


def _misfits(contract: Contract, handed: frozenset[int]) -> dict[int, Column]:
    """Return, by position, whether the column has a text that does not fit."""
    return {
        index: F.col(raw(index)).isNotNull() & F.col(typed(index)).isNull()
        for index, column in enumerate(contract.columns)
        if index not in handed and _base(column.type) != "string"
    }


def _rescued(contract: Contract, options: Options, handed: frozenset[int]) -> Column:
    """Return the unknown fields and the texts that do not fit, as a JSON object."""
    misfits = _misfits(contract, handed)
    unknown = F.coalesce(F.col(UNKNOWN), F.create_map().cast("map<string,string>"))
    if not misfits:
        return F.when(F.col(UNKNOWN).isNotNull(), F.to_json(UNKNOWN))
    texts = F.create_map(
        *(
            part
            for index, misfit in misfits.items()
            for part in (F.lit(options.field_of(contract.columns[index].name)), F.when(misfit, F.col(raw(index))))
        )
    )
    kept = F.map_filter(texts, lambda _, text: text.isNotNull())
    is_needed = F.col(UNKNOWN).isNotNull() | reduce(or_, misfits.values())
    return F.when(is_needed, F.to_json(F.map_concat(unknown, kept)))


def _problems(contract: Contract, handed: frozenset[int]) -> Column:
    """Return what is wrong with the record, as an array of column and reason; a record's own reason has no column."""
    whole = F.array(_problem(F.lit(None).cast("string"), F.col(FAILURE)))
    misfits = _misfits(contract, handed)
    if not misfits:
        return F.when(F.col(FAILURE).isNotNull(), whole)
    found = F.array(
        *(
            F.when(misfit, _problem(F.lit(contract.columns[index].name), _misfit_reason(contract.columns[index].type)))
            for index, misfit in misfits.items()
        )
    )
    listed = F.filter(found, lambda problem: problem.isNotNull())
    return F.when(F.col(FAILURE).isNotNull(), whole).when(reduce(or_, misfits.values()), listed)


def _problem(column: Column, reason: Column) -> Column:
    return F.struct(column.cast("string").alias("column"), reason.alias("reason"))


def _misfit_reason(kind: str) -> Column:
    return F.lit(f"does not fit {kind}")


def _base(kind: str) -> str:
    found = re.match(r"\s*(\w+)", kind)
    return found.group(1).lower() if found else kind
