"""Texts that are nearly the same: every mark is that of a plain model, in batch and table."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.contracts.frames import failed_rules, gate

from tidegate.contracts.marks.counting import suspected_in
from tidegate.contracts.schemas import spark_schema
from tidegate.model.contracts import Rule
from tidegate.testing import forbid_actions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from tidegate.model.contracts import Argument

pytestmark = pytest.mark.spark


class Place(NamedTuple):
    i: int
    name: str | None
    town: str | None
    zip: int | None


def near(rule_id: str, columns: Sequence[str], **given: Argument) -> Rule:
    return Rule(rule_id, "near_unique", tuple(columns), tuple(sorted(given.items())), scope="table")


COLUMNS = {"i": "int", "name": "string", "town": "string", "zip": "int"}
RULES = (
    near("letters", ["name", "zip"], by="levenshtein", min_likeness=0.75),
    near("most", ["name", "town", "zip"], by="levenshtein", min_likeness=0.5, first_letters=1),
    near("pieces", ["name"], by="jaccard", min_likeness=0.5, first_letters=2, gram_size=2, where="zip = 1"),
    near("words", ["name", "zip"], by="jaccard", min_likeness=0.4, grams="words"),
    near("few", ["name", "zip"], by="levenshtein", min_likeness=0.75, max_block=2),
)
names = st.sampled_from(
    ["", " ", "Ann Lee", "ann  lee", "Anne Lee", "Lee Ann", "Bob", "Bobb", "Élan", "elan", "a", "b"]
)
towns = st.none() | st.sampled_from(["Ulm", "ulm "])
places = st.builds(Place, st.just(0), st.none() | names, towns, st.none() | st.integers(1, 2))


@pytest.fixture(autouse=True)
def _no_products(spark: SparkSession) -> Iterator[None]:
    """Let Spark refuse to hold all rows against all others."""
    before = spark.conf.get("spark.sql.crossJoin.enabled")
    spark.conf.set("spark.sql.crossJoin.enabled", "false")
    yield
    spark.conf.set("spark.sql.crossJoin.enabled", str(before))


def framed(spark: SparkSession, rows: Sequence[Place], schema: StructType) -> DataFrame:
    return spark.createDataFrame([tuple(row) for row in rows], schema)


@cache
def distance(one: str, other: str) -> int:
    if not one or not other:
        return len(one) + len(other)
    kept = distance(one[1:], other[1:]) + (one[0] != other[0])
    return min(kept, distance(one[1:], other) + 1, distance(one, other[1:]) + 1)


def pieces(text: str, grams: Argument, size: int) -> set[tuple[str, ...]]:
    whole = re.split(r"\s+", text) if grams == "words" else list(text)
    return {tuple(whole[start : start + size]) for start in range(max(len(whole) - size, 0) + 1)}


def is_alike(rule: Rule, one: str, other: str) -> bool:
    least = Fraction(str(rule.argument("min_likeness")))
    if rule.argument("by") == "levenshtein":
        return 1 - Fraction(distance(one, other), max(len(one), len(other))) >= least
    grams = rule.argument("grams")
    size = int(str(rule.argument("gram_size") or (1 if grams == "words" else 3)))
    mine, theirs = pieces(one, grams, size), pieces(other, grams, size)
    return Fraction(len(mine & theirs), len(mine | theirs)) >= least


def normal(value: str | int | None) -> str | int | None:
    return re.sub(r"\s+", " ", value.strip(" ").lower()) or None if isinstance(value, str) else value


def found_in(rule: Rule, one: Place) -> tuple[str, tuple[object, ...]] | None:
    text, *others = (normal(getattr(one, name)) for name in rule.columns)
    if text is None or None in others or (rule.where and one.zip != 1):
        return None
    return str(text), (*others, str(text)[: int(str(rule.argument("first_letters") or 0))])


def failures(rule: Rule, batch: Sequence[Place], held: Sequence[Place]) -> set[int]:
    most = int(str(rule.argument("max_block") or 200))
    asked = {one.i: found for one in batch if (found := found_in(rule, one))}
    there = [found for one in held if (found := found_in(rule, one))]
    mine, theirs = (Counter(block for _, block in found) for found in (asked.values(), there))
    failed = set()
    for number, (text, block) in asked.items():
        near_by = [found[0] for i, found in asked.items() if i != number and found[1] == block]
        near_by += [other for other, its in there if its == block]
        is_crowded = max(mine[block], theirs[block]) > most
        if is_crowded or any(is_alike(rule, text, other) for other in near_by):
            failed.add(number)
    return failed


def expected(batch: Sequence[Place], held: Sequence[Place], rules: Sequence[Rule] = RULES) -> dict[object, set[str]]:
    found = {rule.id: failures(rule, batch, held) for rule in rules}
    return {one.i: {name for name, failed in found.items() if one.i in failed} for one in batch}


@settings(max_examples=3)
@given(st.lists(places, max_size=12), st.lists(places, max_size=6))
@example([Place(0, "Ann Lee", "Ulm", 1), Place(0, "anne lee", "ulm", 1)], [Place(0, "Lee Ann", "Ulm", 1)])
@example([Place(0, "Bob", "Ulm", 1)], [Place(0, "x", "Ulm", 1)] * 3)
def test_every_mark_is_that_of_a_plain_model(spark: SparkSession, batch: list[Place], held: list[Place]) -> None:
    batch = [one._replace(i=number) for number, one in enumerate(batch)]
    held = [one._replace(i=-1 - number) for number, one in enumerate(held)]
    made = gate(COLUMNS, *RULES)
    schema = spark_schema(made.contract)
    with forbid_actions():
        rows, table = framed(spark, batch, schema), framed(spark, held, schema)
        marked = made.mark(rows, references={}, existing=table)
    assert failed_rules(made, marked, "i") == expected(batch, held)


def test_rows_that_are_settled_later_are_compared_by_block(spark: SparkSession) -> None:
    made = gate(COLUMNS, *RULES[1:3])
    texts = ["Ann Lee", "anne lee", "Lee Ann", None, "Bob"]
    batch = [Place(i, text, "Ulm", 1) for i, text in enumerate(texts)]
    alone = made.mark(framed(spark, batch, spark_schema(made.contract)), references={}, existing=None, is_alone=True)
    suspects = made.suspects(alone)
    settled = made.settled(alone, suspects, suspected=suspected_in(suspects))
    assert failed_rules(made, settled, "i") == expected(batch, [], RULES[1:3])


def test_a_row_is_no_duplicate_of_what_the_table_holds_of_it(spark: SparkSession) -> None:
    made = gate(COLUMNS, Rule("i_is_given", "not_null", ("i",)), RULES[0], key=("i",))
    schema = spark_schema(made.contract)
    held = framed(spark, [Place(1, "Ann Lee", None, 1)], schema)
    batch = framed(spark, [Place(1, "Ann Lee!", None, 1), Place(2, "Ann Leeh", None, 2)], schema)
    marked = made.mark(batch, references={}, existing=held, sequence_by="zip")
    assert failed_rules(made, marked, "i") == {1: set(), 2: set()}
    newer = framed(spark, [Place(3, "Ann Lee!", None, 1)], schema)
    marked = made.mark(newer, references={}, existing=held, sequence_by="zip")
    assert failed_rules(made, marked, "i") == {3: {"letters"}}
