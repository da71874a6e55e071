"""Rows that are marked alone and settled afterwards end as rows that are marked in one pass."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.contracts.frames import gate

from tidegate.contracts.marks.counting import suspected_in
from tidegate.contracts.marks.designs import BROADCAST_ROWS
from tidegate.contracts.schemas import spark_schema
from tidegate.model.contracts import Rule
from tidegate.testing import forbid_actions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, Row, SparkSession

    from tidegate.contracts.gate import Gate

pytestmark = pytest.mark.spark

COLUMNS = {"a": "bigint", "b": "string", "value": "int", "i": "int"}
RULES = (
    Rule("a_is_given", "not_null", ("a",)),
    Rule("b_is_given", "not_null", ("b",)),
    Rule("value_is_small", "between", ("value",), (("max", 2),)),
)
UNIQUE = Rule("value_is_unique", "unique", ("value",), scope="table")
SOME = Rule("some_are_unique", "unique", ("a", "value"), (("where", "value > 0"),), severity="warn", scope="batch")
NEAR = Rule("b_is_nearly_unique", "near_unique", ("b",), severity="warn", scope="batch")
COUNTING = (
    RULES[2],
    Rule("b_is_complete", "completeness", ("b",), (("max_nulls", 1), ("where", "value < 3")), scope="batch"),
    Rule("at_is_fresh", "freshness", ("at",), (("max_age_hours", 1),), scope="batch"),
)
MEAN = Rule("mean_is_small", "mean", ("value",), (("max", 9),), scope="batch")
TIMED = {"a": "bigint", "b": "string", "value": "int", "at": "date", "i": "int"}
KEYS = {"number": ("a",), "text": ("b",), "both": ("a", "b"), "none": ()}
FEW = st.none() | st.integers(0, 3)
ROWS = st.lists(st.tuples(FEW, st.none() | st.sampled_from(["x", " X", "y", "z"]), FEW), max_size=25)


def in_order(rows: DataFrame) -> list[Row]:
    return sorted(rows.collect(), key=lambda row: row["i"])


def framed(spark: SparkSession, made: Gate, rows: Sequence[tuple[object, ...]]) -> DataFrame:
    return spark.createDataFrame([(*row, i) for i, row in enumerate(rows)], spark_schema(made.contract))


@pytest.mark.parametrize("key", KEYS)
@settings(max_examples=4)
@given(rows=ROWS, held=st.none() | ROWS)
def test_both_ways_of_marking_agree_on_every_row(
    spark: SparkSession, key: str, rows: list[tuple[object, ...]], held: list[tuple[object, ...]] | None
) -> None:
    made = gate(COLUMNS, *RULES, UNIQUE, SOME, NEAR, key=KEYS[key])
    batch = framed(spark, made, rows)
    existing = None if held is None else framed(spark, made, held)
    with forbid_actions():
        at_once = made.mark(batch, references={}, existing=existing)
        alone = made.mark(batch, references={}, existing=existing, is_alone=True)
        suspects = made.suspects(alone)
        settled = made.settled(alone, suspects, suspected=1)
    assert settled.columns == at_once.columns
    expected = in_order(at_once)
    assert in_order(settled) == expected
    if not suspected_in(suspects):
        assert in_order(alone) == expected


@pytest.mark.parametrize("key", ["number", "text", "both"])
@settings(max_examples=4)
@given(rows=ROWS.filter(bool))
@example(rows=[(1, "x", 1), (1, "x", 1), (1, "x", 3), (None, "y", 1), (None, "y", 2), (2, "z", 0)])
def test_tallies_are_those_of_ranked_rows_whether_rows_are_ranked_or_counted(
    spark: SparkSession, key: str, rows: list[tuple[object, ...]]
) -> None:
    """Good and bad rows share keys, of which columns may be null; a rule about values asks who stands for a key."""
    timed = [(*row, None if row[2] is None else date(2024, 1, 1 + int(str(row[2])))) for row in rows]
    for rules in (COUNTING, (*COUNTING, MEAN)):
        made = gate(TIMED, *rules, key=KEYS[key])
        batch = framed(spark, made, timed)
        alone = made.mark(batch, references={}, existing=None, is_alone=True)
        with forbid_actions():
            ranked = made.tallied(made.mark(batch, references={}, existing=None), (), suspected=0)
            suspects = made.suspects(alone)
            found = [made.tallied(alone, suspects, suspected=many) for many in (1, BROADCAST_ROWS + 1)]
        expected = ranked.collect()
        assert [one.collect() for one in found] == [expected] * 2


def test_without_keys_there_is_nothing_to_look_for(spark: SparkSession) -> None:
    made = gate(COLUMNS, *RULES)
    alone = made.mark(framed(spark, made, [(1, "x", 1)]), references={}, existing=None, is_alone=True)
    with forbid_actions():
        assert made.suspects(alone) == ()
        assert suspected_in(()) == 0
        assert made.settled(alone, (), suspected=0) is alone
