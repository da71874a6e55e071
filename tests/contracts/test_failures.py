"""Which rows fail a rule: every kind against plain Python, with nulls, NaN and strange texts, and on no rows."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.frames import failed_rules, gate

from tidegate.contracts.schemas import spark_schema
from tidegate.model.contracts import Argument, Rule
from tidegate.testing import forbid_actions

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

COLUMNS = {
    "i": "bigint",
    "n": "int",
    "n2": "int",
    "d": "double",
    "m": "decimal(10,2)",
    "s": "string",
    "f": "boolean",
    "day": "date",
    "at": "timestamp",
}
UTC = timezone.utc


class Row(NamedTuple):
    i: int
    n: int | None
    n2: int | None
    d: float | None
    m: Decimal | None
    s: str | None
    f: bool | None
    day: date | None
    at: datetime | None


days = st.dates(date(1999, 12, 30), date(2000, 1, 3))
texts = st.text(st.characters(exclude_characters="\r\x85\u2028\u2029\0", exclude_categories=["Cs"]), max_size=4)
letters = st.sampled_from(
    ["", "a", "b", "abc", "a@b.co", "é", "😀😀", " 7 ", "-12", "+3", "7.0", "99999999999", "a\n", "A1"]
)
row = st.builds(
    Row,
    i=st.just(0),
    n=st.none() | st.integers(-3, 3) | st.sampled_from([-(2**31), 2**31 - 1]),
    n2=st.none() | st.integers(-3, 3),
    d=st.none() | st.floats(-3, 3) | st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 0.1]),
    m=st.none() | st.decimals(-3, 3, places=2),
    s=st.none() | letters | texts,
    f=st.none() | st.booleans(),
    day=st.none() | days,
    at=st.none() | st.integers(-36, 36).map(lambda hours: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
)
bounds = st.tuples(st.integers(-3, 3), st.integers(-3, 3)).map(sorted)
Judge = Callable[[Row], bool]
Case = tuple[str, tuple[str, ...], dict[str, Argument], Judge]


def of(names: str, fails: Callable[..., bool]) -> Judge:
    """Return a judge of some columns: a row with a null in one of them passes."""

    def judge(row: Row) -> bool:
        values = [getattr(row, name) for name in names.split()]
        return None not in values and fails(*values)

    return judge


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def is_address(text: str) -> bool:
    """Say it in other words than the pattern: one @, a name of plain characters, labels with dots between them."""
    name, at, domain = text.partition("@")
    labels = domain.split(".")
    plain = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    return (
        bool(at and name and set(name) <= plain | set(".!#$%&'*+/=?^_`{|}~-"))
        and len(labels) > 1
        and all(set(label) <= plain | {"-"} and 0 < len(label) <= 63 for label in labels)
        and not any(label.startswith("-") or label.endswith("-") for label in labels)
    )


def is_int(text: str) -> bool:
    found = re.fullmatch(r"[+-]?[0-9]+", text.strip(" \n"))
    return bool(found) and -(2**31) <= int(text) < 2**31


def range_cases(low: int, high: int) -> list[Case]:
    exact = Decimal(str(low / 10)), Decimal(str(high / 10))
    tenths: dict[str, Argument] = {"min": low / 10, "max": high / 10}
    day = date(2000, 1, 1 + max(low, 0))
    noon: dict[str, Argument] = {"max": f"{day}T12:00:00+02:00"}
    sizes: dict[str, Argument] = {"min": max(low, 0), "max": max(high, 0)}
    opened: dict[str, Argument] = {"exclusive_min": True, "exclusive_max": True}
    return [
        ("between", ("n",), {"min": low, "max": high}, of("n", lambda n: not low <= n <= high)),
        ("between", ("n",), {"min": low, "max": high, **opened}, of("n", lambda n: not low < n < high)),
        ("between", ("n",), tenths, of("n", lambda n: not exact[0] <= n <= exact[1])),
        ("between", ("d",), tenths, of("d", lambda d: not low / 10 <= d <= high / 10)),
        ("between", ("m",), {**tenths, **opened}, of("m", lambda m: not exact[0] < m < exact[1])),
        ("between", ("n",), {"min": low}, of("n", lambda n: n < low)),
        ("between", ("d",), {"min": low}, of("d", lambda d: not d >= low)),
        ("between", ("d",), {"max": high}, of("d", lambda d: not d <= high)),
        ("date_between", ("day",), {"min": str(day)}, of("day", lambda found: found < day)),
        ("date_between", ("day",), {"max": str(day), **opened}, of("day", lambda found: found >= day)),
        ("date_between", ("at",), noon, of("at", lambda at: at > midnight(day).replace(hour=10))),
        ("length", ("s",), sizes, of("s", lambda s: not max(low, 0) <= len(s) <= max(high, 0))),
    ]


def value_cases(low: int, high: int) -> list[Case]:
    return [
        ("accepted_values", ("n",), {"values": (low, high, 2**70)}, of("n", lambda n: n not in {low, high})),
        ("accepted_values", ("d",), {"values": (low, 0.1)}, of("d", lambda d: d not in {low, 0.1})),
        ("accepted_values", ("s",), {"values": ("a", "é")}, of("s", lambda s: s not in {"a", "é"})),
        ("accepted_values", ("f",), {"values": (True,)}, of("f", operator.not_)),
        ("accepted_values", ("day",), {"values": ("2000-01-01",)}, of("day", lambda day: day != date(2000, 1, 1))),
        ("not_missing", ("s",), {"values": (None, "", "a")}, lambda row: row.s in {None, "", "a"}),
        ("not_missing", ("s",), {"values": ("",)}, of("s", operator.not_)),
        ("not_missing", ("n",), {"values": (None,)}, lambda row: row.n is None),
        ("not_null", ("at",), {}, lambda row: row.at is None),
        ("pattern", ("s",), {"pattern": "^[a-c]+$"}, of("s", lambda s: not re.search("^[a-c]+$", s))),
        ("pattern", ("s",), {"pattern": r"\d|\s"}, of("s", lambda s: not re.search(r"\d|\s", s, re.ASCII))),
        ("email", ("s",), {}, of("s", lambda s: not is_address(s))),
        ("castable", ("s",), {"type": "int"}, of("s", lambda s: not is_int(s))),
    ]


def comparison_cases(low: int) -> list[Case]:
    signs: dict[str, Callable[..., bool]] = {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "=": operator.eq,
        "!=": operator.ne,
    }
    pairs: list[Case] = [
        ("compare", ("n", "n2"), {"operator": sign}, of("n n2", lambda a, b, holds=holds: not holds(a, b)))
        for sign, holds in signs.items()
    ]
    return [
        *pairs,
        ("compare", ("d",), {"operator": "<", "value": low}, of("d", lambda d: not d < low)),
        ("compare", ("d",), {"operator": ">", "value": low}, of("d", lambda d: not d > low)),
        ("compare", ("s",), {"operator": "<", "value": "b"}, of("s", lambda s: not s < "b")),
        ("compare", ("f",), {"operator": "=", "value": False}, of("f", bool)),
        ("date_order", ("day", "at"), {}, of("day at", lambda day, at: midnight(day) > at)),
        ("sql", (), {"expression": "n + n2 < 2"}, of("n n2", lambda a, b: 2 <= a + b < 2**31)),
        ("sql", (), {"expression": "n / n2 > 0"}, of("n n2", lambda a, b: b != 0 and not a / b > 0)),
        ("sql", (), {"expression": "s in ('a', '') or f"}, of("s f", lambda s, f: s not in {"a", ""} and not f)),
    ]


@settings(max_examples=12)
@given(st.lists(row, max_size=60), bounds)
def test_a_row_fails_what_plain_python_says(spark: SparkSession, rows: list[Row], given_bounds: list[int]) -> None:
    low, high = given_bounds
    cases = [*range_cases(low, high), *value_cases(low, high), *comparison_cases(low)]
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
