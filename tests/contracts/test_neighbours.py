"""Rules that hold a row against others: near duplicates in batch and table, and what another table has of a key."""

from __future__ import annotations

import math
import re
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.contracts.frames import failed_rules, gate

from tidegate.contracts.rules.normal import STEPS
from tidegate.contracts.schemas import spark_schema
from tidegate.errors import GateError
from tidegate.model.contracts import Rule
from tidegate.model.names import TableName
from tidegate.testing import forbid_actions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

PARTS = TableName("silver", "parts")


class Person(NamedTuple):
    i: int
    name: str | None
    town: str | None
    zip: int | None


names = st.sampled_from(["Ann Lee", " ann  lee", "ANN-LEE", "Anne Lee", "Bob", "b.o.b", "", " ", "...", "Élan", "élan"])
people = st.builds(
    Person, st.just(0), st.none() | names, st.none() | st.sampled_from(["Ulm", "ulm "]), st.none() | st.integers(1, 2)
)
NEAR = [
    Rule("usual", "near_unique", ("name",), scope="table"),
    Rule("letters", "near_unique", ("name",), (("normalize", ("letters", "lower")),), scope="table"),
    Rule("both", "near_unique", ("name", "town", "zip"), scope="table"),
    Rule("batch", "near_unique", ("name", "zip"), (("normalize", ("lower",)),), scope="batch"),
    Rule("some", "near_unique", ("name",), (("where", "zip = 1"),), scope="table"),
]


def normal(value: str | int | None, steps: Sequence[str]) -> str | int | None:
    if not isinstance(value, str):
        return value
    ways: dict[str, Callable[[str], str]] = {
        "trim": lambda text: text.strip(" "),
        "lower": str.lower,
        "spaces": lambda text: re.sub(r"\s+", " ", text),
        "letters": lambda text: "".join(sign for sign in text if sign.isalnum()),
    }
    for step in STEPS:
        value = ways[step](value) if step in steps else value
    return value or None


def key_of(rule: Rule, one: Person) -> tuple[object, ...] | None:
    steps = [str(step) for step in rule.listed("normalize")] or ["trim", "lower", "spaces"]
    found = tuple(normal(getattr(one, name), steps) for name in rule.columns)
    is_concerned = rule.where is None or one.zip == 1
    return None if None in found or not is_concerned else found


@settings(max_examples=6)
@given(st.lists(people, max_size=14), st.lists(people, max_size=6))
@example([Person(0, "Bob", "Ulm", 1), Person(0, "b.o.b", "Ulm", 1)], [Person(0, "BOB ", "ulm ", 1)])
def test_texts_are_the_same_as_people_read_them(spark: SparkSession, batch: list[Person], held: list[Person]) -> None:
    made = gate({"i": "int", "name": "string", "town": "string", "zip": "int"}, *NEAR)
    batch = [one._replace(i=number) for number, one in enumerate(batch)]
    held = [one._replace(i=-1 - number) for number, one in enumerate(held)]
    schema = spark_schema(made.contract)
    with forbid_actions():
        table = spark.createDataFrame(held, schema)
        marked = made.mark(spark.createDataFrame(batch, schema), references={}, existing=table)
    expected: dict[object, set[str]] = {one.i: set() for one in batch}
    for rule in NEAR:
        seen = Counter(key_of(rule, one) for one in batch)
        taken = {key_of(rule, one) for one in held if rule.scope == "table"}
        for one in batch:
            key = key_of(rule, one)
            if key is not None and (seen[key] > 1 or key in taken):
                expected[one.i].add(rule.id)
    assert failed_rules(made, marked, "i") == expected
    assert made.looks_at_table(())


def test_names_that_sound_the_same_are_near(spark: SparkSession) -> None:
    made = gate({"name": "string"}, Rule("r", "near_unique", ("name",), (("normalize", ("soundex",)),), scope="batch"))
    rows = spark.createDataFrame([("Meyer",), ("Maier",), ("Smith",)], spark_schema(made.contract))
    found = failed_rules(made, made.mark(rows, references={}, existing=None), "name")
    assert found == {"Meyer": {"r"}, "Maier": {"r"}, "Smith": set()}


class Order(NamedTuple):
    i: int
    key: int | None
    part: str | None
    n: int | None
    m: Decimal | None
    d: float | None


cents = st.decimals(-3, 3, places=2)
orders = st.builds(
    Order,
    st.just(0),
    st.none() | st.integers(1, 3),
    st.none() | st.sampled_from("ab"),
    st.none() | st.integers(-2, 3) | st.just(-(2**63)),
    st.none() | cents,
    st.none() | st.integers(-8, 8).map(lambda number: number / 4) | st.sampled_from([math.nan, math.inf]),
)
COLUMNS = {"i": "int", "key": "int", "part": "string", "n": "bigint", "m": "decimal(12,2)", "d": "double"}
TABLE = (("references", ("key", "part")), ("table", str(PARTS)))
BALANCES = [
    Rule("rows", "balance", ("key", "part", "n"), (("max_difference", 0), *TABLE)),
    Rule("cents", "balance", ("key", "part", "m"), (("max_difference", 0.5), *TABLE, ("sum", "m"))),
    Rule("exact", "balance", ("key", "part", "m"), (("max_difference", 0), *TABLE, ("sum", "m"))),
    Rule("share", "balance", ("key", "part", "d"), (("max_difference_share", 0.5), *TABLE, ("sum", "d"))),
    Rule("whole", "balance", ("key", "part", "n"), (("max_difference", 2), *TABLE, ("sum", "n"))),
    Rule("some", "balance", ("key", "part", "n"), (("max_difference", 0), *TABLE, ("where", "n > 0"))),
]


def fails(rule: Rule, one: Order, there: Sequence[Order]) -> bool:
    own = getattr(one, rule.columns[-1])
    if None in {one.key, one.part, own} or (rule.where and own <= 0):
        return False
    mine = [other for other in there if (other.key, other.part) == (one.key, one.part)]
    summed = rule.argument("sum")
    values = [1 for _ in mine] if summed is None else [v for o in mine if (v := getattr(o, str(summed))) is not None]
    if any(not math.isfinite(value) for value in (own, *values)):
        return True
    wanted = sum(map(Fraction, values), start=Fraction(0))
    if summed == "n" and abs(wanted) >= Fraction(10) ** 30:
        return True
    apart = abs(Fraction(own) - wanted)
    most, share = (rule.argument(name) for name in ("max_difference", "max_difference_share"))
    return apart > (Fraction(str(share)) * abs(wanted) if most is None else Fraction(str(most)))


@settings(max_examples=6)
@given(st.lists(orders, max_size=14), st.lists(orders, max_size=14))
@example([Order(0, 1, "a", 2, Decimal("0.30"), 1.0)], [Order(0, 1, "a", 1, Decimal("0.10"), 0.5)] * 2)
@example([Order(0, 1, "a", -(2**63), Decimal(0), math.inf)], [Order(0, 1, "a", 2, None, math.inf)])
def test_a_row_is_held_against_what_the_other_table_has_of_its_key(
    spark: SparkSession, batch: list[Order], there: list[Order]
) -> None:
    made = gate(COLUMNS, *BALANCES)
    assert made.references == (PARTS,)
    batch = [one._replace(i=number) for number, one in enumerate(batch)]
    before = spark.conf.get("spark.sql.ansi.enabled")
    spark.conf.set("spark.sql.ansi.enabled", "true")
    try:
        schema = spark_schema(made.contract)
        with forbid_actions():
            others = {PARTS: spark.createDataFrame(there, schema)}
            marked = made.mark(spark.createDataFrame(batch, schema), references=others, existing=None)
        found = failed_rules(made, marked, "i")
    finally:
        spark.conf.set("spark.sql.ansi.enabled", str(before))
    assert found == {one.i: {rule.id for rule in BALANCES if fails(rule, one, there)} for one in batch}


@pytest.mark.parametrize(
    ("ddl", "said"),
    [
        ("key int, m decimal(12,2)", "has no column part"),
        ("key int, part string, mm decimal(12,2)", "has no column m; did you mean mm?"),
        ("key int, part string, m string", "m is a decimal(12,2), and silver.parts.m is a string"),
    ],
)
def test_a_balance_with_what_is_not_there_is_refused(spark: SparkSession, ddl: str, said: str) -> None:
    made = gate(COLUMNS, BALANCES[1])
    rows = spark.createDataFrame([], spark_schema(made.contract))
    with pytest.raises(GateError) as caught:
        made.mark(rows, references={PARTS: spark.createDataFrame([], ddl)}, existing=None)
    assert said in caught.value.what


def test_fields_that_nobody_knows_are_told_of_files_alone(spark: SparkSession) -> None:
    made = gate({"i": "int"}, Rule("known", "known_fields"))
    rows = spark.createDataFrame([(1, None), (2, '{"j": "3"}')], "i int, _rescued string")
    assert failed_rules(made, made.mark(rows, references={}, existing=None), "i") == {1: set(), 2: {"known"}}
    with pytest.raises(GateError, match="these rows come from no file"):
        made.mark(rows.drop("_rescued"), references={}, existing=None)
