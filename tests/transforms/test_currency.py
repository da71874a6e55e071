from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.errors import JobDefinitionError
from tidegate.testing.guard import forbid_actions
from tidegate.transforms import convert_currency

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

Amount = tuple[Decimal | None, str | None, date | None]
Rate = tuple[date, str, Decimal | None]

START = date(2024, 1, 1)
DAYS = st.integers(0, 25).map(lambda number: START + timedelta(days=number))
CURRENCIES = st.sampled_from(["USD", "JPY", "EUR", "XXX"])
AMOUNTS = st.lists(
    st.tuples(st.none() | st.decimals("-9999", "9999", places=2), st.none() | CURRENCIES, st.none() | DAYS),
    max_size=25,
)
RATES = st.lists(
    st.tuples(DAYS, st.sampled_from(["USD", "JPY"]), st.none() | st.decimals("-1", "200", places=4)), max_size=20
)


def converted(frame: DataFrame, rates: DataFrame, max_gap_days: int = 7) -> list[tuple[object, ...]]:
    with forbid_actions():
        euros = frame.transform(
            convert_currency,
            rates,
            amount="amount",
            currency="currency",
            day="day",
            into="euros",
            max_gap_days=max_gap_days,
        )
    assert euros.columns == ["number", "amount", "currency", "day", "euros"]
    return [tuple(row) for row in euros.orderBy("number").collect()]


def frames(spark: SparkSession, amounts: list[Amount], rates: list[Rate]) -> tuple[DataFrame, DataFrame]:
    numbered = [(number, *amount) for number, amount in enumerate(amounts)]
    return (
        spark.createDataFrame(numbered, "number int, amount decimal(12,2), currency string, day date"),
        spark.createDataFrame(rates, "rate_date date, currency string, rate decimal(18,8)"),
    )


def expected(amount: Amount, rates: list[Rate], max_gap_days: int) -> Decimal | None:
    value, currency, day = amount
    if value is None or currency is None or day is None:
        return None
    good = [(on, rate) for on, of, rate in rates if of == currency and rate is not None and rate > 0]
    known = [(on, rate) for on, rate in good if on <= day <= on + timedelta(days=max_gap_days)]
    rate = Decimal(1) if currency == "EUR" else max(known)[1] if known else None
    return None if rate is None else (value / rate).quantize(Decimal("0.0001"), ROUND_HALF_UP)


@settings(max_examples=20)
@given(amounts=AMOUNTS, rates=RATES, max_gap_days=st.integers(0, 8))
def test_the_last_rate_on_or_before_the_day_counts(
    spark: SparkSession, amounts: list[Amount], rates: list[Rate], max_gap_days: int
) -> None:
    found = converted(*frames(spark, amounts, rates), max_gap_days)
    assert [row[:4] for row in found] == [(number, *amount) for number, amount in enumerate(amounts)]
    assert [row[4] for row in found] == [expected(amount, rates, max_gap_days) for amount in amounts]


def test_an_amount_that_does_not_fit_the_result_is_null(spark: SparkSession) -> None:
    amounts: list[Amount] = [(Decimal("9999999999.99"), "USD", START)]
    found = converted(*frames(spark, amounts, [(START, "USD", Decimal("0.0001"))]))
    assert [row[4] for row in found] == [None]


def test_a_negative_gap_is_refused(spark: SparkSession) -> None:
    with pytest.raises(JobDefinitionError, match="max_gap_days is negative"):
        converted(*frames(spark, [], []), -1)
