"""Which rows fail a rule: every kind against plain Python, with nulls, NaN and strange texts, and on no rows."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.frames import failed_rules, gate
from tests.contracts.row_cases import COLUMNS, UTC, Row, all_cases, bounds, row

from tidegate.contracts.schemas import spark_schema
from tidegate.model.contracts import Rule
from tidegate.testing import forbid_actions

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


@settings(max_examples=12)
@given(st.lists(row, max_size=60), bounds)
def test_a_row_fails_what_plain_python_says(spark: SparkSession, rows: list[Row], given_bounds: list[int]) -> None:
    low, high = given_bounds
    cases = all_cases(low, high)
    rules = [
        Rule(f"{number} {kind} {columns} {arguments}", kind, columns, tuple(sorted(arguments.items())))
        for number, (kind, columns, arguments, _) in enumerate(cases)
    ]
    numbered = [one._replace(i=number) for number, one in enumerate(rows)]
    made = gate(COLUMNS, *rules)
    frame = spark.createDataFrame(numbered, spark_schema(made.contract))
    with forbid_actions():
        marked = made.mark(frame, references={}, existing=None)

    expected = {
        one.i: {rule.id for rule, (*_, fails) in zip(rules, cases, strict=True) if fails(one)} for one in numbered
    }
    assert failed_rules(made, marked, "i") == expected


STRANGE = "a.b `c` '\"\\ é 😀"


def test_names_of_columns_may_be_anything(spark: SparkSession) -> None:
    rules = [
        Rule("1", "not_null", (STRANGE,)),
        Rule("2", "castable", (STRANGE,), (("type", "int"),)),
        Rule("3", "length", (STRANGE,), (("max", 1),)),
        Rule("4", "sql", (), (("expression", f"`{STRANGE.replace('`', '``')}` <> 'no'"),)),
    ]
    made = gate({STRANGE: "string", "i": "int"}, *rules)
    frame = spark.createDataFrame([("no", 1), ("7", 2), (None, 3)], spark_schema(made.contract))
    marked = made.mark(frame, references={}, existing=None)
    assert failed_rules(made, marked, "i") == {1: {"2", "3", "4"}, 2: set(), 3: {"1"}}


def test_a_hundred_rules_need_more_than_one_word(spark: SparkSession) -> None:
    rules = [Rule(f"r{n}", "compare", ("i",), (("operator", "!="), ("value", n))) for n in range(150)]
    made = gate({"i": "int"}, *rules)
    frame = spark.createDataFrame([(n,) for n in (0, 62, 63, 149, 150)], spark_schema(made.contract))
    marked = made.mark(frame, references={}, existing=None)
    assert marked.columns == ["i", "_failed", "_failed_1", "_failed_2", "_rank", "_known"]
    assert failed_rules(made, marked, "i") == {0: {"r0"}, 62: {"r62"}, 63: {"r63"}, 149: {"r149"}, 150: set()}
    good = marked.select("i", made.is_good().alias("good")).collect()
    assert {row["i"]: row["good"] for row in good} == {0: False, 62: False, 63: False, 149: False, 150: True}


# fmt: off
EXTREME = [
    "a % 0 = 1", "a / 0 > 1", "a + a > 0", "b * b > 0", "-b < 0", "abs(b) > 0", "cast(s as int) = 1",
    "cast(b as int) = 1", "cast(d as int) = 1", "cast(d as decimal(3,2)) = 1", "floor(d) = 1",
    "ceil(d * 1e300) = 1", "ln(a) > 0", "sqrt(-b) > 0", "power(a, a) > 0", "date_add(day, 2147483647) = day",
    "add_months(day, 100000) = day", "at + interval 2 day = at", "day - day = interval 0 day",
    "day + interval 3 hours < at", "at + interval 9999 years > at", "substring(s, 0, -1) = 's'",
    "left(s, -1) = 's'", "lpad(s, 3, '') = 's'", "greatest(a, d) > 0", "least(day, at) = at",
    "to_timestamp(s) > at", "mod(d, 0) = 1", "mod(a, 0) = 1", "m * m * m * m > 0", "round(m, 1) = m",
    "coalesce(m, 1.5) > 0", "to_date(s) = day", "months_between(at, day) > 1", "last_day(day) = day", "m / 0 > 1",
    "cast(s as boolean)", "day = at", "a = m", "a < d",
]
# fmt: on


def test_no_expression_raises_whatever_the_values(spark: SparkSession) -> None:
    columns = {
        "a": "int",
        "b": "bigint",
        "d": "double",
        "m": "decimal(38,2)",
        "s": "string",
        "day": "date",
        "at": "timestamp",
    }
    made = gate(columns, *(Rule(text, "sql", (), (("expression", text),)) for text in EXTREME))
    last = datetime(9999, 12, 31, tzinfo=UTC)
    rows = [
        (2**31 - 1, -(2**63), 1e308, Decimal(10**35), "x", last.date(), last),
        (-(2**31), 2**63 - 1, math.nan, Decimal(-(10**35)), "9" * 50, date(1, 1, 1), datetime(1, 1, 2, tzinfo=UTC)),
        (0, 0, -math.inf, Decimal(0), "", None, None),
    ]
    frame = spark.createDataFrame(rows, spark_schema(made.contract)).repartition(1)
    before = spark.conf.get("spark.sql.ansi.enabled")
    spark.conf.set("spark.sql.ansi.enabled", "true")
    try:
        marked = made.mark(frame, references={}, existing=None)
        assert len(marked.collect()) == 3
    finally:
        spark.conf.set("spark.sql.ansi.enabled", str(before))
