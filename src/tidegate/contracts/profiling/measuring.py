"""Measure a frame in one Spark job: aggregates per column, and rows drawn with probabilities that are known."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Protocol

from pyspark.sql import functions as F

from tidegate.contracts.marks.sites import column
from tidegate.contracts.profiling.statistics import (
    DISTINCT_ERROR,
    QUANTILE_ERROR,
    QUANTILES,
    TEXT_LENGTH,
    ColumnStatistics,
    Drawn,
    Range,
    Statistics,
    Texts,
)
from tidegate.contracts.rules.patterns import EMAIL
from tidegate.contracts.schemas import type_text
from tidegate.contracts.types import parse_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame, Row

READINGS = ("bigint", "double", "date", "timestamp")

_NESTED = frozenset({"array", "map", "struct", "binary"})
_ROWS, _DRAWN, _WEIGHT = "rows", "drawn", "weight"
_PLACE, _NUMBER, _CHANCE = "place", "number", "chance"
_CORRUPT, _UNKNOWN = "_corrupt_record", "_rescued"
_PARTITION = 1 << 33  # the step of monotonically_increasing_id from one partition to the next
_DRAWN_CELLS, _MOST_DRAWN, _LEAST_DRAWN = 20_000, 1_000, 20
_PLAIN = r"\A[+-]?[0-9]+(\.[0-9]+)?\z"
_CODE = r"\A(\+|0[0-9])[0-9]*\z"
_PHONE = r"\A\+?[(]?[0-9][0-9 ()./-]{5,18}[0-9]\z"
_PHONE_SIGN = r"\A\+|[ ()./-]"
_DAY = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CARD = r"\A[0-9]{13,19}\z"
_BOOLEAN = r"\A(?i:true|false|yes|no)\z"


class Reader(Protocol):
    """Reads a text column as a value of a type."""

    def __call__(self, name: str, kind: str) -> Column:
        """Return the value; null where the text is null or does not fit."""


def measure(rows: DataFrame, read: Reader) -> Statistics:
    """Return what is known of a frame's rows after reading them once: one Spark job with one scan.

    Texts are measured as what they can be read as, too. Of nested columns and of bytes only nulls are counted. Columns
    whose names begin with `_` are tidegate's own and left out. Of the first partition as many rows are drawn as make
    20,000 values, at least 20 and at most 1,000; of later rows and partitions ever fewer, each standing for more. These
    come to this process, their texts cut.

    Args:
        rows: The rows; where files were read also `_corrupt_record` and `_rescued`.
        read: Reads texts as the readers of files do.
    """
    fields = [(field.name, type_text(field.dataType)) for field in rows.schema.fields if not field.name.startswith("_")]
    types = [kind if _is_known(kind) else "string" for _, kind in fields]
    values = [_as_it_is(name, kind).alias(_value(place)) for place, (name, kind) in enumerate(fields)]
    own = [_is_there(name, rows).alias(name) for name in (_CORRUPT, _UNKNOWN)]
    wanted = max(_LEAST_DRAWN, min(_MOST_DRAWN, _DRAWN_CELLS // max(1, len(fields))))
    numbered = rows.select(*values, *own, *_places()).withColumn(_WEIGHT, _weight(wanted))
    readings = {
        _reading(place, kind): read(_value(place), kind)
        for place, found in enumerate(types)
        if found == "string"
        for kind in READINGS
    }
    measured = numbered.withColumns(readings) if readings else numbered
    single = [place for place, kind in enumerate(types) if parse_type(kind).family not in _NESTED]
    shown = [F.substring(F.col(_value(place)).cast("string"), 1, TEXT_LENGTH).alias(_value(place)) for place in single]
    drawn = F.when(F.col(_WEIGHT).isNotNull() & ~F.col(_CORRUPT), F.struct(F.col(_WEIGHT), *shown))
    (found,) = measured.agg(
        F.count(F.lit(1)).alias(_ROWS),
        F.count_if(_CORRUPT).alias(_CORRUPT),
        F.count_if(_UNKNOWN).alias(_UNKNOWN),
        F.collect_list(drawn).alias(_DRAWN),
        *(_aggregates(place, kind, read).alias(_value(place)) for place, kind in enumerate(types)),
    ).collect()
    read_rows = found[_ROWS] - found[_CORRUPT]
    columns = tuple(
        _statistics(name, kind, read_rows, found[_value(place)])
        for place, ((name, _), kind) in enumerate(zip(fields, types, strict=True))
    )
    named = {fields[place][0]: tuple(row[_value(place)] for row in found[_DRAWN]) for place in single}
    weights = tuple(row[_WEIGHT] for row in found[_DRAWN])
    sample = Drawn(weights, named, is_whole=len(weights) == read_rows)
    return Statistics(read_rows, columns, sample, found[_CORRUPT], found[_UNKNOWN])


def _places() -> tuple[Column, ...]:
    """Return the place of a row in its partition, the partition's number, and a number by chance, from 0 to 1."""
    place = F.monotonically_increasing_id() % F.lit(_PARTITION)
    return place.alias(_PLACE), F.spark_partition_id().alias(_NUMBER), F.rand(seed=0).alias(_CHANCE)


def _weight(wanted: int) -> Column:
    """Return how many rows a row stands for, null where it is not drawn.

    The chance of a row falls with its place in its partition and with the partition's number, so that the rows drawn
    grow with the logarithms of both: nobody has to know before how many rows there are. Place and partition are columns
    of their own: an expression that counts rows must be evaluated for each of them.
    """
    chance = F.least(F.lit(1.0), F.lit(float(wanted)) / ((F.col(_PLACE) + 1) * (F.col(_NUMBER) + 1)))
    return F.when(F.col(_CHANCE) < chance, F.lit(1.0) / chance)


def _aggregates(place: int, kind: str, read: Reader) -> Column:
    value = F.col(_value(place))
    family = parse_type(kind).family
    found = {"nulls": F.count_if(value.isNull() & ~F.col(_CORRUPT))}
    if family in _NESTED:
        return _struct(found)
    found["distinct"] = F.approx_count_distinct(value, DISTINCT_ERROR)
    if family == "string":
        texts = {name: _range(_reading(place, name), name) for name in READINGS}
        cut = F.substring(value, 1, TEXT_LENGTH)
        spread = _struct({"low": F.min(cut), "high": F.max(cut)})
        return _struct(found | {"range": spread, "texts": _texts(place, read), **texts})
    if parse_type(kind).has_nan:
        found["nans"] = F.count_if(F.isnan(value))
    return _struct(found | {"range": _range(_value(place), kind)})


def _range(name: str, kind: str) -> Column:
    wanted = parse_type(kind)
    value = F.when(~F.isnan(name), F.col(name)) if wanted.has_nan else F.col(name)
    found = {"low": F.min(value).cast("string"), "high": F.max(value).cast("string")}
    if wanted.family in {"number", "boolean"}:
        number = value.cast("int" if wanted.family == "boolean" else "double")
        found |= {"mean": F.avg(number), "deviation": F.stddev_samp(number)}
    if wanted.family != "boolean":
        accuracy = F.lit(round(1 / QUANTILE_ERROR))
        found["quantiles"] = F.percentile_approx(value, list(QUANTILES), accuracy).cast("array<string>")
    return _struct(found)


def _texts(place: int, read: Reader) -> Column:
    value = F.col(_value(place))
    readings = {kind: F.col(_reading(place, kind)).isNotNull() for kind in READINGS}
    plain = value.rlike(_PLAIN)
    digits = F.translate(value, " -", "")
    whole = F.char_length(F.regexp_extract(value, r"\A[+-]?0*([0-9]*)", 1))
    decimals = F.char_length(F.regexp_extract(value, r"\.([0-9]+)\z", 1))
    phone = value.rlike(_PHONE) & value.rlike(_PHONE_SIGN) & ~plain & ~value.rlike(_DAY)
    counted = {
        **readings,
        "boolean": value.rlike(_BOOLEAN) & read(_value(place), "boolean").isNotNull(),
        "plain": plain,
        "codes": value.rlike(_CODE),
        "emails": value.rlike(EMAIL),
        "phones": phone,
        "cards": digits.rlike(_CARD) & F.call_function("luhn_check", digits),
    }
    lengths = F.char_length(value)
    return _struct(
        {name: F.count_if(has) for name, has in counted.items()}
        | {"shortest": F.min(lengths), "longest": F.max(lengths)}
        | {"whole": F.max(F.when(plain, whole)), "decimals": F.max(F.when(plain, decimals))}
    )


def _statistics(name: str, kind: str, rows: int, found: Row) -> ColumnStatistics:
    given = found.asDict()
    texts = given.get("texts")
    return ColumnStatistics(
        name,
        kind,
        rows,
        found["nulls"],
        distinct=given.get("distinct"),
        nans=given.get("nans", 0),
        range=_spread(given.get("range")),
        texts=_described(texts.asDict()) if texts else None,
        readings={reading: _spread(given[reading]) for reading in READINGS if texts and texts[reading]},
    )


def _spread(found: Row | None) -> Range:
    if found is None:
        return Range()
    given = found.asDict()
    finite = {name: given.get(name) for name in ("mean", "deviation")}
    mean, deviation = (value if value is not None and isfinite(value) else None for value in finite.values())
    return Range(given["low"], given["high"], mean, deviation, tuple(given.get("quantiles") or ()))


def _described(found: Mapping[str, int | None]) -> Texts:
    counts = {name: count or 0 for name, count in found.items()}
    return Texts(
        shortest=found["shortest"],
        longest=found["longest"],
        reads_as={kind: counts[kind] for kind in ("boolean", *READINGS)},
        plain_numbers=counts["plain"],
        whole_digits=counts["whole"],
        decimals=counts["decimals"],
        codes=counts["codes"],
        emails=counts["emails"],
        phones=counts["phones"],
        cards=counts["cards"],
    )


def _as_it_is(name: str, kind: str) -> Column:
    return column(name) if _is_known(kind) else column(name).cast("string")


def _is_known(kind: str) -> bool:
    try:
        parse_type(kind)
    except ValueError:
        return False
    return True


def _is_there(name: str, rows: DataFrame) -> Column:
    return column(name).isNotNull() if name in rows.columns else F.lit(False)  # noqa: FBT003 - a literal, not a flag


def _struct(columns: Mapping[str, Column]) -> Column:
    return F.struct(*(value.alias(name) for name, value in columns.items()))


def _value(place: int) -> str:
    return f"value_{place}"


def _reading(place: int, kind: str) -> str:
    return f"value_{place}_{kind}"
