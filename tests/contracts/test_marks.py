"""Which row of a batch stands for its key, and what its own table and others have to say, against plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F
from tests.contracts.frames import ORDERS, failed_rules, gate

from tidegate.contracts.marks.bounds import Bounds, implied_by
from tidegate.contracts.schemas import spark_schema
from tidegate.model.contracts import Rule
from tidegate.model.names import TableName
from tidegate.testing import forbid_actions

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.contracts.gate import Gate
    from tidegate.contracts.marks.designs import Reach

pytestmark = pytest.mark.spark

PARENTS = TableName("silver", "parents")
COLUMNS = {"key": "int", "at": "int", "value": "int", "i": "int"}
KEY = Rule("key_is_taken", "primary_key", ("key",), scope="table")
SMALL = Rule("value_is_small", "between", ("value",), (("max", 2),))


class Row(NamedTuple):
    key: int | None
    at: int | None
    value: int | None
    i: int = 0


def rows_of(least: int, most: int) -> st.SearchStrategy[list[Row]]:
    some = st.none() | st.integers(0, 3)
    return st.lists(st.builds(Row, key=some, at=some, value=some, i=st.just(0)), min_size=least, max_size=most)


def number(rows: Sequence[Row]) -> list[Row]:
    return [row._replace(i=position) for position, row in enumerate(rows)]


def frame(spark: SparkSession, made: Gate, rows: Sequence[Row]) -> DataFrame:
    return spark.createDataFrame(list(rows), spark_schema(made.contract))


def newest_first(row: Row) -> tuple[tuple[bool, int], ...]:
    return tuple((value is not None, value or 0) for value in (row.at, row.value, row.i))


def outcome_of(row: Row, rows: Sequence[Row]) -> str:
    """Return what becomes of a row: the good rows of a key have the newest one stand for them."""
    good = [one for one in rows if one.key == row.key and (one.value is None or one.value <= 2)]
    if row.key is None or row not in good:
        return "quarantined"
    return "publishable" if row == max(good, key=newest_first) else "duplicate"


def outcomes(made: Gate, marked: DataFrame) -> dict[int, str]:
    """Return what the gate says of every row. One Spark job."""
    known = made.is_good() & (F.col("_rank") == 1) & F.col("_known")
    outcome = F.when(~made.is_good(), "quarantined").when(known, "known").otherwise("duplicate")
    outcome = F.when(made.is_publishable(), "publishable").otherwise(outcome)
    return {row["i"]: row["outcome"] for row in marked.select("i", outcome.alias("outcome")).collect()}


@settings(max_examples=10)
@given(rows_of(0, 30), st.randoms(use_true_random=False))
def test_one_good_row_stands_for_each_key_whatever_the_order(
    spark: SparkSession, rows: list[Row], chance: random.Random
) -> None:
    made = gate(COLUMNS, KEY, SMALL, key=("key",))
    rows = number(rows)
    shuffled = chance.sample(rows, len(rows))
    with forbid_actions():
        marked = made.mark(frame(spark, made, shuffled), references={}, existing=None, sequence_by="at")
    assert outcomes(made, marked) == {row.i: outcome_of(row, rows) for row in rows}


@settings(max_examples=10)
@given(rows_of(0, 20), rows_of(0, 6))
def test_a_row_of_an_appended_table_is_new_known_or_in_conflict(
    spark: SparkSession, rows: list[Row], held: list[Row]
) -> None:
    """The column `i` tells versions apart, so rows are known when they are equal with it."""
    made = gate(COLUMNS, KEY, key=("key",))
    table = {row.key: row for row in held}.values()
    rows = [row._replace(i=0) for row in rows]
    with forbid_actions():
        marked = made.mark(frame(spark, made, rows), references={}, existing=frame(spark, made, [*table]))
    found = marked.select("*", made.is_good().alias("good"), made.is_publishable().alias("new")).collect()

    assert len(found) == len(rows)
    taken = {row.key for row in table} - {None}
    for row in found:
        plain = Row(row["key"], row["at"], row["value"])
        is_known = plain in table and plain.key is not None
        assert row["_known"] is is_known
        assert row["good"] is (plain.key is not None and (is_known or plain.key not in taken))
    new = [row["key"] for row in found if row["new"]]
    assert sorted(new) == sorted({row.key for row in rows if row.key is not None} - taken)


@settings(max_examples=8)
@given(
    rows_of(0, 20),
    st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.integers(0, 1)), max_size=8),
    st.sampled_from(["whole", "near", "shuffled"]),
    st.sampled_from(["bigint", "decimal(9,2)"]),
)
def test_a_foreign_key_leads_to_a_row_or_has_a_null(
    spark: SparkSession, rows: list[Row], parents: list[tuple[int | None, int | None]], reach: Reach, kind: str
) -> None:
    """However much of the other table is brought to the rows, and also where its keys are no whole numbers."""
    arguments = (("references", ("a", "b")), ("table", str(PARENTS)))
    made = gate(COLUMNS, Rule("known", "foreign_key", ("at", "value"), arguments))
    rows = number(rows)
    reference = spark.createDataFrame(parents, "a int, b bigint").withColumn("b", F.col("b").cast(kind))
    batch = frame(spark, made, rows)
    with forbid_actions():
        marked = made.mark(batch, references={PARENTS: reference}, existing=None, reaches={PARENTS: reach})

    expected = {
        row.i: {"known"} if None not in (row.at, row.value) and (row.at, row.value) not in parents else set()
        for row in rows
    }
    assert made.references == (PARENTS,)
    assert failed_rules(made, marked, "i") == expected


def test_uniqueness_is_asked_of_the_rows_that_stand_for_their_keys(spark: SparkSession) -> None:
    unique = Rule("value_is_unique", "unique", ("value",), scope="table")
    made = gate(COLUMNS, KEY, unique, Rule("at_is_there", "not_null", ("at",)), key=("key",))
    rows = [
        Row(1, 1, 7, 0),  # an older version of the same row: no twin of it
        Row(1, 2, 7, 1),
        Row(2, 1, 8, 2),  # two rows, one value
        Row(3, 1, 8, 3),
        Row(4, 1, None, 4),  # nulls are no twins
        Row(5, 1, None, 5),
        Row(6, None, 9, 6),  # set aside anyway, so it takes no value away
        Row(7, 1, 9, 7),
        Row(8, 1, 5, 8),  # held by another row of the table
        Row(9, 1, 6, 9),  # held by its own earlier version
    ]
    held = [Row(10, 1, 5, 0), Row(9, 0, 6, 0)]
    marked = made.mark(frame(spark, made, rows), references={}, existing=frame(spark, made, held), sequence_by="at")
    failed = failed_rules(made, marked, "i")
    assert made.looks_at_table(("key",))
    assert {i for i, rules in failed.items() if "value_is_unique" in rules} == {2, 3, 8}
    assert failed[6] == {"at_is_there"}


@settings(max_examples=8)
@given(rows_of(0, 15), rows_of(0, 6))
def test_uniqueness_among_some_rows_concerns_no_others(spark: SparkSession, rows: list[Row], held: list[Row]) -> None:
    """Rows of which the condition does not hold are nobody's twins, neither in the batch nor in the table."""
    made = gate(COLUMNS, Rule("u", "unique", ("value",), (("where", "at > 1"),), scope="table"))
    rows, table = number(rows), [row._replace(i=-1) for row in held]
    with forbid_actions():
        marked = made.mark(frame(spark, made, rows), references={}, existing=frame(spark, made, table))
    concerned = [row for row in (*rows, *table) if row.at is not None and row.at > 1 and row.value is not None]
    expected = {
        row.i: {"u"} if row in concerned and [one.value for one in concerned].count(row.value) > 1 else set()
        for row in rows
    }
    assert failed_rules(made, marked, "i") == expected


@settings(max_examples=8)
@given(rows_of(0, 8), rows_of(0, 15), st.sampled_from(["key", "value", "at"]))
def test_what_lies_outside_of_a_batch_changes_no_mark(
    spark: SparkSession, rows: list[Row], held: list[Row], without: str
) -> None:
    """Whichever columns have bounds, and also where a batch has no value of one."""
    arguments = (("references", ("key",)), ("table", str(PARENTS)))
    unique = Rule("u", "unique", ("value", "at"), (("where", "at > 0"),), scope="table")
    made = gate(COLUMNS, KEY, unique, Rule("known", "foreign_key", ("at",), arguments), key=("key",))
    bounds = {}
    for name in {"key", "value", "at"} - {without}:
        told = [value for row in rows if (value := getattr(row, name)) is not None]
        least, greatest = (F.lit(end(told, default=None)).cast("int") for end in (min, max))
        bounds[name] = Bounds(least, greatest)
    batch, table = frame(spark, made, number(rows)), frame(spark, made, number(held))
    with forbid_actions():
        around = {"references": {PARENTS: table}, "existing": table}
        plain, bounded = made.mark(batch, **around), made.mark(batch, bounds=bounds, **around)  # type: ignore[arg-type]
    assert sorted(map(repr, bounded.collect())) == sorted(map(repr, plain.collect()))
    outside = batch.filter(F.lit(False) if not bounds else bounds[min(bounds)].misses(min(bounds)))
    assert outside.count() == 0


def test_what_is_unique_because_of_the_key_is_not_looked_for_in_the_table(spark: SparkSession) -> None:
    """The columns hold the key, so rows of the table that are equal in them are versions of the same row."""
    unique = Rule("u", "unique", ("value", "key"), scope="table")
    made = gate(COLUMNS, KEY, unique, key=("key",))
    assert not made.looks_at_table(("key",))
    assert not made.looks_at_table(("key", "value"))
    assert made.looks_at_table(("key", "at"))
    assert made.looks_at_table(())
    assert (made.looked_up(("key",)), made.looked_up(("at",))) == (("key",), ("key", "value"))
    rows = [Row(1, 2, 1, 0), Row(2, 1, 1, 1)]
    held = frame(spark, made, [Row(1, 1, 1, 9)])
    marked = made.mark(frame(spark, made, rows), references={}, existing=held, sequence_by="at")
    assert failed_rules(made, marked, "i") == {0: set(), 1: set()}


@pytest.mark.parametrize(
    ("keys", "columns", "is_implied"), [((), ("a",), False), (("a",), ("b", "a"), True), (("a", "b"), ("a",), False)]
)
def test_a_key_makes_unique_whatever_it_is_a_part_of(
    keys: tuple[str, ...], columns: tuple[str, ...], *, is_implied: bool
) -> None:
    assert implied_by(keys, columns) is is_implied


def test_without_a_key_an_equal_row_is_known(spark: SparkSession) -> None:
    made = gate(COLUMNS, Rule("u", "unique", ("value",), scope="table"))
    rows = [Row(1, 1, 1, 0), Row(1, 1, 2, 1), Row(1, 1, 3, 2)]
    held = [Row(1, 1, 1, 0), Row(2, 1, 2, 1)]
    marked = made.mark(frame(spark, made, rows), references={}, existing=frame(spark, made, held))
    assert outcomes(made, marked) == {0: "known", 1: "quarantined", 2: "publishable"}


def test_a_rule_of_scope_batch_leaves_the_table_alone(spark: SparkSession) -> None:
    rules = [Rule("k", "primary_key", ("key",), scope="batch"), Rule("u", "unique", ("value",), scope="batch")]
    made = gate(COLUMNS, *rules, key=("key",))
    rows = [Row(1, 1, 1, 0), Row(2, 1, 2, 1), Row(3, 1, 2, 2)]
    marked = made.mark(frame(spark, made, rows), references={}, existing=frame(spark, made, [Row(1, 2, 1, 9)]))
    assert not made.looks_at_table(("key",))
    assert failed_rules(made, marked, "i") == {0: set(), 1: {"u"}, 2: {"u"}}


def test_a_table_that_is_older_than_its_contract_can_be_compared(spark: SparkSession) -> None:
    made = gate(COLUMNS, KEY, key=("key",))
    older = spark.createDataFrame([("1", 1), ("x", 1)], "key string, at int")
    rows = [Row(1, 1, None, 0), Row(2, 1, None, 1)]
    marked = made.mark(frame(spark, made, rows), references={}, existing=older)
    assert outcomes(made, marked) == {0: "quarantined", 1: "publishable"}


def test_maps_and_lists_take_part_in_a_tie(spark: SparkSession) -> None:
    made = gate(
        {"key": "int", "m": "map<string,int>", "l": "array<struct<m:map<string,int>>>", "i": "int"}, KEY, key=("key",)
    )
    rows = [(1, {"a": 1}, [({"x": 1},)], 0), (1, {"a": 2}, None, 1), (1, None, [], 2), (2, {"b": 1}, [], 3)]
    batch = spark.createDataFrame(rows, spark_schema(made.contract))
    table = spark.createDataFrame([(2, {"b": 1}, [], 3)], spark_schema(made.contract))
    marked = made.mark(batch, references={}, existing=table)
    assert outcomes(made, marked) == {0: "duplicate", 1: "publishable", 2: "duplicate", 3: "known"}


def test_other_keys_than_the_primary_one_are_merged_by(spark: SparkSession) -> None:
    required = Rule("at_is_there", "not_null", ("at",))
    made = gate(COLUMNS, KEY, required, key=("key",))
    rows = [Row(1, 1, 1, 0), Row(1, 2, 1, 1), Row(1, 2, 2, 2)]
    held = frame(spark, made, [Row(1, 9, 9, 9)])
    marked = made.mark(frame(spark, made, rows), references={}, existing=held, keys=("key", "at"))
    assert outcomes(made, marked) == {0: "publishable", 1: "duplicate", 2: "publishable"}


def test_the_name_of_the_table_is_that_of_the_contract() -> None:
    assert gate(COLUMNS, SMALL).contract.table == ORDERS
