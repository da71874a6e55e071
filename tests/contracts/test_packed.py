"""Keys packed into words and bits, against plain sets of keys."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from tidegate.contracts.marks.designs import BROADCAST_ROWS, reach_of, settling_of
from tidegate.contracts.marks.packed import common_types, crowded, packed, same_word, shared_bits, words_of
from tidegate.contracts.types import parse_type

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TYPES = st.sampled_from(["tinyint", "int", "bigint", "date", "string", "double", "decimal(9,2)", "timestamp", "binary"])
MARK = "_m"
KINDS = ("bigint", "int", "string", "date")
NUMBERS = st.none() | st.integers(-3, 3) | st.sampled_from([-(2**31), 2**31 - 1, 63, 64, -64, -65])
LARGE = NUMBERS | st.sampled_from([-(2**63), 2**63 - 1])
DAYS = st.none() | st.sampled_from([date(1969, 12, 31), date(1970, 1, 1), date(1, 1, 1), date(9999, 12, 31)])
KEYS = st.lists(st.tuples(LARGE, NUMBERS, st.none() | st.sampled_from(["", "a", "ä"]), DAYS), max_size=40)
NAMES = ("a", "b", "c", "d")
SCHEMA = ", ".join(f"{name} {kind}" for name, kind in zip(NAMES, KINDS, strict=True))


@given(st.lists(TYPES, max_size=9))
def test_numbers_and_dates_share_the_six_bits_of_a_word(kinds: list[str]) -> None:
    shares = shared_bits([parse_type(kind) for kind in kinds])
    whole = [kind in {"tinyint", "int", "bigint", "date"} for kind in kinds]
    assert len(shares) == len(kinds)
    assert sum(shares) == (6 if any(whole) else 0)
    assert all(has for share, has in zip(shares, whole, strict=True) if share)
    of_numbers = [share for share, has in zip(shares, whole, strict=True) if has]
    assert max(of_numbers, default=0) - min(of_numbers, default=0) <= 1


def test_numbers_of_two_tables_are_packed_only_where_both_are_whole() -> None:
    whole, other = parse_type("int"), parse_type("decimal(9,2)")
    assert common_types([whole, whole, other, other], [whole, other, whole, other]) == (whole, other, other, other)


@pytest.mark.parametrize(
    ("batch", "parent", "reach"),
    [
        (None, None, "whole"),
        (None, BROADCAST_ROWS, "whole"),
        (None, BROADCAST_ROWS + 1, "shuffled"),
        (BROADCAST_ROWS, BROADCAST_ROWS + 1, "near"),
        (BROADCAST_ROWS + 1, BROADCAST_ROWS + 1, "shuffled"),
        (10**9, 1, "whole"),
    ],
)
def test_only_few_keys_go_to_every_executor(batch: int | None, parent: int | None, reach: str) -> None:
    assert reach_of(batch, parent) == reach


@pytest.mark.parametrize(
    ("suspected", "how"), [(0, "none"), (1, "alike"), (BROADCAST_ROWS, "alike"), (BROADCAST_ROWS + 1, "all")]
)
def test_only_rows_that_may_be_alike_are_sorted(suspected: int, how: str) -> None:
    assert settling_of(suspected) == how


@pytest.mark.spark
@settings(max_examples=10)
@given(KEYS, st.lists(st.sampled_from(range(4)), min_size=1, max_size=4, unique=True), st.booleans())
def test_a_word_is_crowded_where_two_rows_share_a_key(
    spark: SparkSession, keys: list[tuple[object, ...]], chosen: list[int], is_exact: bool
) -> None:
    """No key that comes twice is missed, nulls being equal; and where all keys differ nothing is found."""
    rows = spark.createDataFrame([(i, *key) for i, key in enumerate(keys)], f"i int, {SCHEMA}")
    key = packed([NAMES[at] for at in chosen], [parse_type(KINDS[at]) for at in chosen], is_exact=is_exact)
    found = crowded(rows, key, MARK)
    told = {row["i"] for row in rows.join(F.broadcast(found), same_word(key, MARK), "left_semi").collect()}
    plain = [tuple(values[at] for at in chosen) for values in keys]
    twice = {i for i, values in enumerate(plain) if Counter(plain)[values] > 1}
    assert twice <= told
    assert twice or not told


@pytest.mark.spark
@settings(max_examples=8)
@given(KEYS)
def test_words_hold_exactly_the_keys(spark: SparkSession, keys: list[tuple[object, ...]]) -> None:
    rows = spark.createDataFrame([key[:2] for key in keys], "a bigint, b int")
    key = packed(NAMES[:2], [parse_type(kind) for kind in KINDS[:2]], is_exact=True)
    found = words_of(rows, key, MARK).agg(F.sum(F.bit_count(f"{MARK}_bits"))).collect()[0][0]
    assert (found or 0) == len({key[:2] for key in keys})
