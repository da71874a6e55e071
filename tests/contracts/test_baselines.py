"""What is usual is measured on published rows, kept as a document, and filled into rules that ask the same."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.documents import document

from tidegate.contracts.baselines import baseline_document, baseline_uri, read_baseline, wanting, with_baseline
from tidegate.contracts.compiling import compile_gate
from tidegate.contracts.documents import load_contract
from tidegate.contracts.types import parse_type
from tidegate.errors import ContractError
from tidegate.model.baselines import Baseline, Usual
from tidegate.model.contracts import Rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession

finite = st.floats(-1e9, 1e9)
numbers = st.one_of(
    st.fixed_dictionaries({"mean": finite, "deviation": st.floats(0, 9)}),
    st.fixed_dictionaries(
        {"edges": st.lists(finite, min_size=1).map(tuple), "shares": st.lists(finite, min_size=1).map(tuple)}
    ),
    st.fixed_dictionaries({"values": st.lists(st.text() | st.booleans(), min_size=1).map(tuple)}),
)
usual = st.builds(
    Usual,
    rule=st.text(),
    kind=st.sampled_from(["drift", "outlier"]),
    columns=st.tuples(st.text()),
    by=st.text(),
    where=st.none() | st.text(),
    values=st.integers(1, 10**12),
    numbers=numbers.map(lambda found: tuple(sorted(found.items()))),
)
baselines = st.builds(Baseline, st.text(), st.integers(0, 99), st.text(), st.lists(usual, max_size=3).map(tuple))


@given(baselines)
def test_a_baseline_is_read_as_it_was_written(made: Baseline) -> None:
    written = baseline_document(made)
    assert read_baseline(written, "x") == made
    assert baseline_document(read_baseline(written, "x")) == written


GOOD = json.loads(
    baseline_document(Baseline("silver.orders", 1, "1.0.0", (Usual("r", "outlier", ("a",), "mad", None, 3, ()),)))
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"3",
        b"\xff",
        b"[" * 100_000,
        *(json.dumps({name: value for name, value in GOOD.items() if name != gone}).encode() for gone in GOOD),
        *(
            json.dumps({**GOOD, "usual": [{**GOOD["usual"][0], name: {"x": {}}}]}).encode()
            for name in ("columns", "where", "values", "numbers")
        ),
    ],
)
def test_what_is_no_baseline_is_refused(data: bytes) -> None:
    with pytest.raises(ContractError) as caught:
        read_baseline(data, "orders.baseline.json")
    assert "tidegate baseline" in str(caught.value)


OUTLIER = Rule("r", "outlier", ("a",), (("by", "mad"), ("max", 3)))
KNOWN = Usual("r", "outlier", ("a",), "mad", None, 9, (("mad", 1.0), ("median", 2.0)))


@pytest.mark.parametrize(
    ("rule", "is_filled"),
    [
        (OUTLIER, True),
        (replace(OUTLIER, severity="warn", arguments=(("by", "mad"), ("max", 5))), True),
        (replace(OUTLIER, id="other"), False),
        (replace(OUTLIER, columns=("b",)), False),
        (replace(OUTLIER, arguments=(("by", "iqr"), ("max", 3))), False),
        (replace(OUTLIER, arguments=(*OUTLIER.arguments, ("where", "a > 1"))), False),
        (Rule("r", "not_null", ("a",)), False),
        (replace(OUTLIER, arguments=(*OUTLIER.arguments, ("mad", 3), ("median", 4))), False),
    ],
)
def test_a_baseline_is_of_use_to_the_rule_that_it_was_made_for(rule: Rule, *, is_filled: bool) -> None:
    (found,) = with_baseline([rule], Baseline("silver.orders", 1, "1.0.0", (KNOWN,)))
    assert (found != rule) is is_filled
    assert with_baseline([rule], None) == (rule,)
    if is_filled:
        assert (found.argument("median"), found.argument("mad")) == (2.0, 1.0)
        assert found.argument("max") == rule.argument("max")


ITEM = "{type: custom, engine: tidegate, id: r, implementation: {rule: outlier, by: mad, max: 3}}"
CONTRACT = document(f"properties: [{{name: a, physicalType: double, quality: [{ITEM}]}}]")


def test_a_baseline_lies_beside_its_contract(tmp_path: Path) -> None:
    file = tmp_path / "orders.odcs.yaml"
    file.write_text(CONTRACT)
    lacking = load_contract(str(file))
    assert (lacking.baseline, [rule.id for rule in wanting(lacking)]) == (None, ["r"])
    beside = baseline_uri(str(file))
    assert beside == str(tmp_path / "orders.baseline.json")
    made = Baseline("silver.orders", 1, "1.0.0", (KNOWN,))
    (tmp_path / "orders.baseline.json").write_bytes(baseline_document(made))
    (check,) = compile_gate(load_contract(str(file))).checks
    assert check.rule.argument("median") == 2.0
    odd = replace(made, usual=(replace(KNOWN, numbers=(("mad", -1.0), ("median", 2.0))),))
    (tmp_path / "orders.baseline.json").write_bytes(baseline_document(odd))
    with pytest.raises(ContractError, match="mad is less than 0"):
        compile_gate(load_contract(str(file)))


RULES = [
    Rule("z", "outlier", ("d",), (("by", "z_score"), ("max", 3))),
    Rule("iqr", "outlier", ("n",), (("by", "iqr"), ("max", 3))),
    Rule("mad", "outlier", ("m",), (("by", "mad"), ("max", 3), ("where", "n > 0"))),
    Rule("psi", "drift", ("n",), (("by", "psi"), ("max", 1)), scope="batch"),
    Rule("ks", "drift", ("d",), (("by", "kolmogorov_smirnov"), ("max", 1)), scope="batch"),
    Rule("words", "drift", ("s",), (("by", "chi_square"), ("max", 1)), scope="batch"),
    Rule("warned", "outlier", ("n",), (("by", "z_score"), ("max", 3))),
]
values = st.tuples(
    st.none() | st.sampled_from([-1.5, 0.0, 0.25, 7.0, math.nan, math.inf]),
    st.none() | st.integers(-3, 9),
    st.none() | st.decimals(-3, 3, places=2),
    st.none() | st.sampled_from(["a", "b", "é"]),
    st.none() | st.sampled_from([["warned"], ["other"]]),
)


def listed(
    rows: list[tuple[Any, ...]], place: int, is_taken: Callable[[tuple[Any, ...]], bool] = lambda _: True
) -> list[Any]:
    """Return the values of a column that count, in order; NaN is none."""
    given_values = [one[place] for one in rows if one[place] is not None and is_taken(one)]
    return sorted(value for value in given_values if value == value)  # noqa: PLR0124 - that is what NaN is


def counted(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Return the values that each rule's numbers are made from; a deviation takes two."""
    found = {
        "z": listed(rows, 0),
        "iqr": listed(rows, 1),
        "mad": listed(rows, 2, lambda one: one[1] is not None and one[1] > 0),
        "psi": listed(rows, 1),
        "ks": listed(rows, 0),
        "words": listed(rows, 3),
        "warned": listed(rows, 1, lambda one: one[4] != ["warned"]),
    }
    # Of infinities there is neither a mean nor an edge.
    gone = {"z"} if math.inf in found["z"] else set()
    gone |= {"ks"} if {*found["ks"]} == {math.inf} else set()
    return {name: some for name, some in found.items() if len(some) > (name in {"z", "warned"}) and name not in gone}


def check_spread(told: dict[str, dict[str, Any]], expected: dict[str, list[Any]]) -> None:
    for name in {"z", "warned"} & told.keys():
        assert told[name]["mean"] == pytest.approx(statistics.fmean(expected[name]))
        assert told[name]["deviation"] == pytest.approx(statistics.stdev(map(float, expected[name])))
    if "mad" in told:
        middle = statistics.median_low(map(float, expected["mad"]))
        assert told["mad"]["median"] == middle
        away = statistics.median_low(abs(float(value) - middle) for value in expected["mad"])
        assert told["mad"]["mad"] == pytest.approx(away)


def check_shares(told: dict[str, dict[str, Any]], expected: dict[str, list[Any]]) -> None:
    for name in {"psi", "ks"} & told.keys():
        edges, shares = told[name]["edges"], told[name]["shares"]
        ends = [sum(value <= edge for value in expected[name]) / len(expected[name]) for edge in edges]
        assert [sum(shares[: place + 1]) for place in range(len(ends))] == pytest.approx(ends)
    if "words" in told:
        counts = [expected["words"].count(value) for value in told["words"]["values"]]
        assert counts == sorted(counts, reverse=True)
        assert told["words"]["shares"] == pytest.approx([*(count / sum(counts) for count in counts), 0])


@pytest.mark.spark
@settings(max_examples=5)
@given(st.lists(values, max_size=30))
def test_what_is_usual_is_what_plain_python_says(spark: SparkSession, rows: list[tuple[Any, ...]]) -> None:
    from tests.contracts.frames import contract  # noqa: PLC0415 - collecting these tests must not load Spark

    from tidegate.contracts.profiling.usual import measure_usual  # noqa: PLC0415
    from tidegate.contracts.rules.checking import column_types, contract_problems  # noqa: PLC0415

    made = contract({"d": "double", "n": "int", "m": "decimal(9,2)", "s": "string"}, RULES)
    frame = spark.createDataFrame(rows, "d double, n int, m decimal(9,2), s string, _warnings array<string>")
    found = {one.rule: one for one in measure_usual(frame, RULES, column_types(made))}
    expected = counted(rows)
    assert {name: one.values for name, one in found.items()} == {name: len(some) for name, some in expected.items()}
    told = {name: dict(one.numbers) for name, one in found.items()}
    check_spread(told, expected)
    check_shares(told, expected)
    filled = with_baseline(RULES, Baseline("silver.orders", 1, "1.0.0", tuple(found.values())))
    assert [*contract_problems(replace(made, rules=filled), filled)] == []


@pytest.mark.spark
def test_without_a_finite_value_or_a_rule_nothing_is_usual(spark: SparkSession) -> None:
    from tidegate.contracts.profiling.usual import measure_usual  # noqa: PLC0415 - as above

    rows, types = spark.sql("SELECT double('infinity') AS d"), {"d": parse_type("double")}
    drift = Rule("r", "drift", ("d",), (("by", "psi"), ("max", 0.1)), scope="batch")
    assert measure_usual(rows, (drift,), types) == ()
    assert measure_usual(rows, (), types) == ()
