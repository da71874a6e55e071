"""Convert amounts at the reference rate of their day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from tidegate.errors import JobDefinitionError
from tidegate.transforms.names import column, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MAX_GAP_DAYS = 7

_DAY, _CURRENCY, _RATE, _LAST = "_rate_day", "_rate_currency", "_rate", "_rate_last"
_EXACT = "decimal(22,6)"
_RATE_TYPE = "decimal(16,8)"
_EURO = "EUR"


def convert_currency(  # noqa: PLR0913 - each name stands for a column, and all are keyword-only
    frame: DataFrame,
    rates: DataFrame,
    *,
    amount: str,
    currency: str,
    day: str,
    into: str,
    type: str = "decimal(14,4)",  # noqa: A002 - Spark's own word for it
    max_gap_days: int = MAX_GAP_DAYS,
) -> DataFrame:
    """Return the frame with its amounts in euros in a further column.

    The rate of a day is the last one published on or before that day, at most `max_gap_days` before: the European
    Central Bank publishes none on weekends and holidays. An amount without a rate, a day or a currency is null, and so
    is one that does not fit; an amount in euros needs no rate. No row is lost or multiplied. Of several rates for one
    day the greatest counts; null rates and those not above zero do not. The quotient has at least 14 decimals and is
    rounded half up.

    Args:
        frame: Rows with an amount, its currency and a day.
        rates: One row per `rate_date` (date) and `currency`, with `rate`: units of the currency that one euro buys.
            Every task gets all of them.
        amount: Column of the amounts, in units of their currency; at most six decimals count.
        currency: Column of their currency (ISO 4217, upper case).
        day: Column of type date, or timestamp (UTC).
        into: Name of the column to add.
        type: Its type, a decimal; amounts are rounded half up to its scale.
        max_gap_days: How many days a rate stays good while no newer one is known.

    Raises:
        JobDefinitionError: `max_gap_days` is negative.
    """
    if max_gap_days < 0:
        raise JobDefinitionError("max_gap_days is negative", hint="0 takes the rate of the day itself only")
    keyed = frame.withColumns({_DAY: column(day).cast("date"), _CURRENCY: column(currency)})
    joined = keyed.join(F.broadcast(_daily(rates, max_gap_days)), [_DAY, _CURRENCY], "left")
    is_euro = (F.col(_CURRENCY) == _EURO) & F.col(_DAY).isNotNull()
    rate = F.when(is_euro, F.lit(1).cast(_RATE_TYPE)).otherwise(F.col(_RATE))
    euros = joined.withColumn(into, F.expr(f"try_cast({quoted(amount)} AS {_EXACT})") / rate)
    return euros.withColumn(into, F.expr(f"try_cast({quoted(into)} AS {type})")).drop(_DAY, _CURRENCY, _RATE)


def _daily(rates: DataFrame, max_gap_days: int) -> DataFrame:
    """Return the rate of every day, one row per day and currency: a join on equal days looks each row up once."""
    sound = rates.select(
        F.col("rate_date").cast("date").alias(_DAY),
        F.col("currency").alias(_CURRENCY),
        F.expr(f"try_cast(rate AS {_RATE_TYPE})").alias(_RATE),
    ).where(F.col(_DAY).isNotNull() & F.col(_CURRENCY).isNotNull() & (F.col(_RATE) > 0))
    single = sound.groupBy(_DAY, _CURRENCY).agg(F.max(_RATE).alias(_RATE))
    following = F.lead(_DAY).over(Window.partitionBy(_CURRENCY).orderBy(F.col(_DAY).asc_nulls_last()))
    last = F.least(F.date_add(_DAY, max_gap_days), F.date_sub(following, 1))  # least() passes over a null
    return single.withColumn(_LAST, last).select(F.explode(F.sequence(_DAY, _LAST)).alias(_DAY), _CURRENCY, _RATE)
