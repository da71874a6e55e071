"""Rules about a whole batch: what they measure does not depend on groups, and is what plain Python finds."""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left, bisect_right
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.contracts.aggregates import COLUMNS, EPOCH, Row, bounds, is_close_call, refuses, row, rules_of, tallies

from tidegate.contracts.marks.checks import lay_out
from tidegate.contracts.measures import batch_fails, measure
from tidegate.contracts.tallies import QUANTILE_ERROR
from tidegate.model.contracts import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import SparkSession

NOW = datetime(2024, 1, 10, tzinfo=timezone.utc)
PLAIN = Row(1, 0, 1, 0.5, Decimal(1), EPOCH, "a", True)


def overflows(rule: Rule, taken: Sequence[Row]) -> bool:
    """Return whether a sum is beyond 64 bits, which a group may notice or not; and that fails, whatever the bounds."""
    return rule.columns == ("n",) and rule.kind in {"sum", "mean"} and any(abs(one.n or 0) > 9 for one in taken)


@settings(max_examples=30)
@given(st.lists(row, max_size=8), bounds)
@example([PLAIN, PLAIN._replace(part=1, d=math.nan), PLAIN._replace(n=None)], [0, 8])
@example([PLAIN._replace(n=None, s=None, keep=None)], [0, 8])
@example([], [1, 8])
def test_the_whole_is_judged_however_it_is_grouped(rows: list[Row], ends: list[int]) -> None:
    rules = rules_of(*ends)
    taken = [one for one in rows if one.i % 2]
    groups = [
        tallies(rules, [one for one in rows if one.part == part], [one for one in taken if one.part == part])
        for part in sorted({one.part for one in rows})
    ]
    whole = tallies(rules, rows, taken)
    united = {name: value for name, value in whole.items() if name.startswith("gate_distinct_")}
    groups = [{**group, **united} for group in groups]
    for check in lay_out(rules):
        if not is_close_call(check.rule, taken) and not overflows(check.rule, taken):
            assert batch_fails(check, groups, NOW) is refuses(check.rule, rows, taken), check.rule


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 3)), min_size=1, max_size=12))
@example([(1, 0), (2, 1)])
@example([(1, 0), (1, 1), (4, 1)])
def test_what_is_measured_is_what_plain_python_measures(values: list[tuple[int, int]]) -> None:
    kinds = ("sum", "mean", "minimum", "maximum", "quantile", "standard_deviation")
    given_to = {"quantile": (("max", 0), ("quantile", 0.5))}
    rules = [Rule(kind, kind, ("n",), given_to.get(kind, (("max", 0),)), scope="batch") for kind in kinds]
    rows = [PLAIN._replace(n=value, part=part) for value, part in values]
    grouped = [[one for one in rows if one.part == part] for part in {part for _, part in values}]
    tallied = [tallies(rules, group, group) for group in grouped]
    numbers = sorted(value for value, _ in values)
    total = sum(numbers)
    found = [measure(check, tallied).value for check in lay_out(rules)]
    middle = numbers[(len(numbers) - 1) // 2]
    assert found[:5] == [total, Fraction(total, len(numbers)), numbers[0], numbers[-1], middle]
    assert found[5] == (pytest.approx(statistics.stdev(numbers)) if len(numbers) > 1 else None)


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=2_000), st.integers(1, 9), st.floats(0, 1))
@settings(max_examples=10)
def test_the_rank_of_a_quantile_is_wrong_by_a_thousandth_at_most(
    values: list[float], parts: int, wanted: float
) -> None:
    rules = [Rule("q", "quantile", ("d",), (("max", 0), ("quantile", wanted)), scope="batch")]
    rows = [PLAIN._replace(d=value, part=place % parts) for place, value in enumerate(values)]
    grouped = [[one for one in rows if one.part == part] for part in range(parts)]
    (check,) = lay_out(rules)
    found = measure(check, [tallies(rules, group, group) for group in grouped]).value
    assert isinstance(found, float)
    ordered = sorted(values)
    low, high = bisect_left(ordered, found), bisect_right(ordered, found)
    slack = QUANTILE_ERROR * len(values) + 1e-9
    assert low - slack <= wanted * len(values) <= high + slack


def test_a_sum_that_does_not_fit_its_type_fails() -> None:
    (check,) = lay_out([Rule("s", "sum", ("n",), (("min", 0),), scope="batch")])
    groups = [{"gate_checked_0": 2, "gate_values_0": 2, "gate_sum_0": value} for value in (2**62, None)]
    assert not batch_fails(check, groups[:1], NOW)
    assert batch_fails(check, groups, NOW)


def test_sketches_that_were_not_put_together_fail() -> None:
    (check,) = lay_out([Rule("c", "distinct_count", ("n",), (("min", 0),), scope="batch")])
    assert batch_fails(check, [{"gate_checked_0": 2, "gate_distinct_0": bytearray(b"x")}], NOW)


@pytest.mark.spark
@settings(max_examples=4)
@given(st.lists(row, max_size=40), bounds)
def test_spark_tallies_what_plain_python_says(spark: SparkSession, rows: list[Row], ends: list[int]) -> None:
    from pyspark.sql import functions as F  # noqa: PLC0415 - collecting these tests must not load Spark
    from tests.contracts.frames import gate  # noqa: PLC0415

    from tidegate.contracts.schemas import spark_schema  # noqa: PLC0415
    from tidegate.testing import forbid_actions  # noqa: PLC0415

    bad = Rule("odd", "sql", ("i",), (("expression", "i % 5 <> 0"),))
    made = gate(COLUMNS, bad, *rules_of(*ends), key=("i",))
    with forbid_actions():
        marked = made.mark(spark.createDataFrame(rows, spark_schema(made.contract)), references={}, existing=None)
        aggregates = [tally.alias(name) for name, tally in made.tallies().items()]
        grouped = made.united(marked.groupBy("part").agg(*aggregates))
    kept = marked.localCheckpoint()  # which of two equal rows stands for its key is not told apart below
    stands = (made.is_good() & (F.col("_rank") == 1)).alias("stands")
    taken = [Row(*one[:-1]) for one in kept.select(*COLUMNS, stands).where("stands").collect()]
    taken = [one._replace(at=one.at and one.at.astimezone(timezone.utc)) for one in taken]
    found = made.verdict([one.asDict() for one in grouped.collect()], now=NOW)
    results = {result.id: result for result in found.results}
    for check in made.checks:
        rule = check.rule
        if check.bit is None and not is_close_call(rule, taken) and not overflows(rule, taken):
            assert results[rule.id].failed == refuses(rule, rows, taken), (rule, taken)


@pytest.mark.spark
def test_many_distinct_values_are_counted_nearly_and_few_exactly(spark: SparkSession) -> None:
    from pyspark.sql import functions as F  # noqa: PLC0415 - collecting these tests must not load Spark
    from tests.contracts.frames import gate  # noqa: PLC0415

    few, many = 987, 23_456
    rules = [Rule(name, "distinct_count", (name,), (("min", 1),), scope="batch") for name in ("few", "many")]
    made = gate({"few": "bigint", "many": "string"}, *rules)
    rows = spark.range(60_000).select(
        (F.col("id") % few).alias("few"), (F.col("id") % many).cast("string").alias("many")
    )
    marked = made.mark(rows, references={}, existing=None)
    aggregates = [tally.alias(name) for name, tally in made.tallies().items()]
    groups = made.united(marked.groupBy((F.col("few") % 7).alias("day")).agg(*aggregates)).collect()
    measured = [measure(check, [one.asDict() for one in groups]) for check in made.checks]
    assert (measured[0].rows, measured[0].value) == (60_000, few)
    assert measured[1].value == pytest.approx(many, rel=0.03)
    assert len(groups) == 7
