"""Rows that are marked alone and settled afterwards end as rows that are marked in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.frames import gate

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
KEYS = {"number": ("a",), "text": ("b",), "both": ("a", "b"), "none": ()}
FEW = st.none() | st.integers(0, 3)
ROWS = st.lists(st.tuples(FEW, st.none() | st.sampled_from("xyz"), FEW), max_size=25)


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
    made = gate(COLUMNS, *RULES, UNIQUE, SOME, key=KEYS[key])
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
    if not made.suspected(suspects):
        assert in_order(alone) == expected


def test_without_keys_there_is_nothing_to_look_for(spark: SparkSession) -> None:
    made = gate(COLUMNS, *RULES)
    alone = made.mark(framed(spark, made, [(1, "x", 1)]), references={}, existing=None, is_alone=True)
    with forbid_actions():
        assert made.suspects(alone) == ()
        assert made.suspected(()) == 0
        assert made.settled(alone, (), suspected=0) is alone
