"""Rules that compare a batch: with what is usual, with earlier runs, with other tables. Or that say why they do not."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timezone
from statistics import median
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.contracts.aggregates import COLUMNS, EPOCH, Row, bounds, row
from tests.contracts.compared import EDGES, compared_rules, is_apart, tallies_of

from tidegate.contracts.histories import usual_rows, with_rows
from tidegate.contracts.marks.checks import lay_out
from tidegate.contracts.rules.others import is_beyond
from tidegate.contracts.samples.outcomes import Around, Unknown, outcome
from tidegate.contracts.types import parse_type
from tidegate.contracts.verdicts import judge
from tidegate.model.contracts import Rule

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tidegate.model.contracts import Severity

NOW = datetime(2024, 1, 10, tzinfo=timezone.utc)


def is_small(one: Row) -> bool:
    return abs(one.n or 0) < 9 and abs(float(one.m or 0)) < 9


small = row.filter(is_small)
others = st.integers(-5, 9)
DRIFT = Rule("d", "drift", ("d",), tuple(sorted({"by": "psi", "max": 0.1, **EDGES}.items())), scope="batch")


def beside_of(rules: list[Rule], other: int) -> dict[str, int]:
    hours = {rule.id: other * 3_600_000_000 for rule in rules if rule.kind == "lag"}
    return {rule.id: other for rule in rules} | hours


def expected(rule: Rule, rows: list[Row], taken: list[Row], other: int) -> str:
    fails = is_apart(rule, rows, taken, other * 3_600_000_000 if rule.kind == "lag" else other)
    return "unchecked" if fails is None else "failed" if fails else "passed"


@settings(max_examples=60)
@given(st.lists(small, max_size=9), bounds, others)
@example([], [0, 1], 0)
@example([Row(1, 0, 1, math.nan, None, EPOCH, "a", True), Row(1, 1, 2, 0.5, None, None, " ", True)], [0, 8], 2)
def test_a_batch_is_compared_however_it_is_grouped(rows: list[Row], ends: list[int], other: int) -> None:
    rules = compared_rules(*ends)
    taken = [one for one in rows if one.i % 2]
    groups = [
        tallies_of(rules, [one for one in rows if one.part == part], [one for one in taken if one.part == part])
        for part in sorted({one.part for one in rows})
    ]
    found = judge(lay_out(rules), groups, now=NOW, max_quarantined_share=None, beside=beside_of(rules, other))
    for result, rule in zip(found.results, rules, strict=True):
        assert result.status == expected(rule, rows, taken, other), rule


@settings(max_examples=30)
@given(st.lists(small, max_size=9), bounds, others)
def test_a_window_is_judged_as_if_it_were_the_batch(rows: list[Row], ends: list[int], other: int) -> None:
    rules = [replace(rule, scope="window") for rule in compared_rules(*ends) if rule.kind in {"drift", "one_type"}]
    parts = [[one for one in rows if one.part == part] for part in sorted({one.part for one in rows})]
    groups = [tallies_of(rules, part, part) for part in parts]
    found = judge(lay_out(rules), groups, now=NOW, max_quarantined_share=None, beside=beside_of(rules, other))
    for result, rule in zip(found.results, rules, strict=True):
        each = [expected(rule, part, part, other) for part in parts]
        assert 0 <= found.score <= 1
        assert result.failed == each.count("failed"), rule
        is_told = set(each) == {"unchecked"} or (not each and rule.argument("min_values") is not None)
        assert result.status == ("unchecked" if is_told else "failed" if "failed" in each else "passed"), rule


LACKING = [
    (Rule("d", "drift", ("d",), (("by", "psi"), ("max", 0.1)), scope="batch"), "no baseline"),
    (Rule("o", "outlier", ("d",), (("by", "mad"), ("max", 3))), "no baseline"),
    (replace(DRIFT, arguments=(*DRIFT.arguments, ("min_values", 3))), "too few values"),
    (Rule("h", "row_count_history", (), (("max_difference", 0),), scope="batch"), "no earlier runs"),
    (Rule("s", "row_count_source", (), (("max_difference", 0), ("table", "a.b")), scope="batch"), "nothing to compare"),
    (Rule("l", "lag", ("at",), (("max_lag_days", 1), ("table", "a.b")), scope="batch"), "nothing to compare"),
]


@pytest.mark.parametrize(("rule", "why"), LACKING)
@pytest.mark.parametrize("severity", ["info", "warn", "error", "fatal"])
def test_a_rule_that_has_nothing_to_compare_with_never_passes(rule: Rule, why: str, severity: Severity) -> None:
    groups = [{"gate_rows": 2, "gate_checked_0": 2, "gate_values_0": 2, "gate_failed_0": 0}]
    found = judge(lay_out([replace(rule, severity=severity)]), groups, now=NOW, max_quarantined_share=None)
    (result,) = found.results
    assert result.note.startswith(why)
    assert result.checked == 0
    if severity == "fatal":
        assert (result.status, found.is_refused, found.score) == ("failed", True, 0)
    else:
        assert (result.status, found.is_refused, found.score) == ("unchecked", False, 1)


def test_what_was_not_checked_makes_no_score_better() -> None:
    few = Rule("few", "row_count", (), (("max", 1),), severity="warn", scope="batch")
    checks = lay_out([few, *(replace(rule, id=str(place)) for place, (rule, _) in enumerate(LACKING[:2]))])
    assert judge(checks, [{"gate_rows": 2}], now=NOW, max_quarantined_share=None).score == 0


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(1, 6), st.none() | st.integers(1, 6))
def test_the_usual_number_of_rows_is_the_median_of_the_last_runs(
    counts: list[int], runs: int, least: int | None
) -> None:
    given_to = (("max_difference", 0), *((("min_runs", least),) if least else ()), ("runs", runs))
    rule = Rule("h", "row_count_history", (), given_to, scope="batch")
    kept: dict[str, tuple[int, ...]] = {}
    for count in counts:
        kept = with_rows(kept, lay_out([rule]), [{"gate_rows": count}], [])
    last = counts[-runs:]
    assert kept.get("h", ()) == tuple(last)
    wanted = least or min(5, runs)
    assert usual_rows(rule, kept.get("h", ())) == (median(last) if len(last) >= wanted else None)


def test_a_batch_that_failed_makes_nothing_usual() -> None:
    rule = Rule("h", "row_count_history", (), (("max_difference", 1), ("min_runs", 1)), severity="warn", scope="batch")
    kept = with_rows({"h": (10,), "gone": (3,)}, lay_out([DRIFT, rule]), [{"gate_rows": 10}], [])
    assert kept == {"h": (10, 10)}
    bad = [{"gate_rows": 99}]
    found = judge(lay_out([rule]), bad, now=NOW, max_quarantined_share=None, beside={"h": usual_rows(rule, kept["h"])})
    assert (found.results[0].status, found.is_refused) == ("warned", False)
    assert with_rows(kept, lay_out([rule]), bad, found.results) == kept


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_beyond_every_tolerance(number: float) -> None:
    rule = Rule("t", "total_balance", ("d",), (("max_difference", 10**300), ("sum", "d"), ("table", "a.b")))
    assert is_beyond(rule, number, 0)
    assert is_beyond(rule, 0, number)
    assert is_beyond(rule, number, number)
    assert not is_beyond(rule, -3, 4)


@pytest.mark.parametrize(
    ("rule", "is_about_rows"),
    [
        (Rule("o", "outlier", ("d",), (("by", "mad"), ("max", 3))), False),
        (Rule("k", "known_fields"), False),
        (Rule("n", "near_unique", ("s",), scope="table"), False),
        (Rule("b", "balance", ("s", "d"), (("max_difference", 0), ("references", ("s",)), ("table", "a.b"))), True),
        (DRIFT, False),
    ],
)
def test_no_row_is_made_up_for_what_depends_on_more_than_its_columns(rule: Rule, *, is_about_rows: bool) -> None:
    found = outcome(rule, Around({"d": parse_type("double"), "s": parse_type("string")}, frozenset(), {}))
    assert isinstance(found, Unknown)
    assert found.is_about_rows is is_about_rows


@pytest.mark.spark
@settings(max_examples=4)
@given(st.lists(small, max_size=40), bounds, others)
@example([Row(1, 0, 1, math.nan, None, EPOCH, "a", True), Row(1, 1, 2, 0.5, None, None, "é", True)], [0, 8], 2)
def test_spark_compares_as_plain_python_does(spark: SparkSession, rows: list[Row], ends: list[int], other: int) -> None:
    from tests.contracts.frames import gate  # noqa: PLC0415 - collecting these tests must not load Spark

    from tidegate.contracts.schemas import spark_schema  # noqa: PLC0415
    from tidegate.testing import forbid_actions  # noqa: PLC0415

    rules = compared_rules(*ends)
    odd = Rule("odd", "sql", ("i",), (("expression", "i % 2 = 1"),))
    made = gate(COLUMNS, odd, *rules)
    with forbid_actions():
        marked = made.mark(spark.createDataFrame(rows, spark_schema(made.contract)), references={}, existing=None)
        aggregates = [tally.alias(name) for name, tally in made.tallies().items()]
        grouped = made.united(marked.groupBy("part").agg(*aggregates))
    groups = [one.asDict() for one in grouped.collect()]
    found = made.verdict(groups, now=NOW, beside=beside_of(rules, other))
    results = {result.id: result.status for result in found.results}
    taken = [one for one in rows if one.i % 2]
    assert {rule.id: results[rule.id] for rule in rules} == {
        rule.id: expected(rule, rows, taken, other) for rule in rules
    }
