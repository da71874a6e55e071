"""Convert amounts at the reference rate of their day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from tidegate.transforms.names import column

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

MAX_GAP_DAYS = 7

_FROM, _TO, _RATE, _CURRENCY = "_rate_from", "_rate_to", "_rate", "_rate_currency"
_EURO = "EUR"


def convert_currency(  # noqa: PLR0913 - each name stands for a column, and all are keyword-only
    frame: DataFrame, rates: DataFrame, *, amount: str, currency: str, day: str, into: str, type: str = "decimal(14,4)"  # noqa: A002
) -> DataFrame:
    """Return the frame with its amounts in euros in a further column.

    The rate of a day is the last one published on or before that day, at most seven days before: the European Central Bank
    publishes none on weekends and holidays. An amount without a rate, without a day or without a currency is null; an amount
    in euros is taken as it is. No row is lost or multiplied.

    Args:
        frame: Rows with an amount, its currency and a day.
        rates: One row per `rate_date` (date) and `currency`, with `rate`: units of the currency that one euro buys.
        amount: Column of the amounts.
        currency: Column of their currency (ISO 4217).
        day: Column of type date.
        into: Name of the column to add.
        type: Its type, a decimal; amounts are rounded half up to its scale.
    """
    spans = F.broadcast(_spans(rates))
    within = (column(day) >= F.col(_FROM)) & (column(day) < F.col(_TO))
    joined = frame.join(spans, (column(currency) == F.col(_CURRENCY)) & within, "left")
    euros = F.when(column(currency) == _EURO, column(amount)).otherwise(_quotient(column(amount), F.col(_RATE)))
    return joined.withColumn(into, euros.cast(type)).drop(_FROM, _TO, _RATE, _CURRENCY)


def _spans(rates: DataFrame) -> DataFrame:
    """Return, per currency, the days `[_rate_from, _rate_to)` for which a rate is the last one published."""
    following = F.lead("rate_date").over(Window.partitionBy("currency").orderBy("rate_date"))
    longest = F.date_add("rate_date", MAX_GAP_DAYS + 1)
    return rates.select(
        F.col("currency").alias(_CURRENCY),
        F.col("rate_date").alias(_FROM),
        F.least(F.coalesce(following, longest), longest).alias(_TO),
        F.col("rate").alias(_RATE),
    )


def _quotient(amount: Column, rate: Column) -> Column:
    return F.when(rate > 0, amount / rate)
