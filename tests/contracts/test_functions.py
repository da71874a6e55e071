"""Rules that a project writes itself: what they say of rows, and which of them are refused before anything runs."""

from __future__ import annotations

import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import Window
from pyspark.sql import functions as F
from tests.contracts.frames import failed_rules, gate

from tidegate.contracts.schemas import spark_schema
from tidegate.errors import GateError
from tidegate.model.contracts import Rule
from tidegate.testing import forbid_actions

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column, SparkSession
    from pyspark.sql._typing import UserDefinedFunctionLike

    from tidegate.contracts.gate import Gate

pytestmark = pytest.mark.spark

COLUMNS = {"i": "int", "a": "int", "b": "int"}
NOW = "asks for {}, which is another thing each time"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., object]], Gate]:
    """Return a maker of gates with one rule, a function of the project's."""

    def make(function: Callable[..., object]) -> Gate:
        module = ModuleType("jobs.rules_of_a_test")
        module.add_up = function  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "jobs", ModuleType("jobs"))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return gate(COLUMNS, Rule("r", "custom", ("a", "b"), (("function", f"{module.__name__}:add_up"),)))

    return make


def test_a_row_fails_where_the_function_says_false_and_null_passes(
    spark: SparkSession, made: Callable[[Callable[..., object]], Gate]
) -> None:
    one = made(lambda a, b: F.col(a) < F.col(b))
    rows = [(0, 1, 2), (1, 2, 1), (2, None, 1), (3, 1, 1)]
    with forbid_actions():
        marked = one.mark(spark.createDataFrame(rows, spark_schema(one.contract)), references={}, existing=None)
    assert failed_rules(one, marked, "i") == {0: set(), 1: {"r"}, 2: set(), 3: {"r"}}


def less(number: Column) -> Column:
    return F.col("a") < number


def python_rule() -> UserDefinedFunctionLike:
    """Return a Python UDF, which a project may have although this package has none."""
    return F.udf(lambda value: value is None or value > 1, "boolean")  # noqa: TID251


def counts(spark: SparkSession) -> Column:
    return less(F.lit(spark.range(3).count()))


REFUSED: list[tuple[Callable[[SparkSession], object], str]] = [
    (lambda _: F.rand() > 0.5, "is not deterministic"),
    (lambda _: F.expr("uuid() <> 'x'"), "is not deterministic"),
    (lambda _: less(F.monotonically_increasing_id()), "is not deterministic"),
    (lambda _: python_rule().asNondeterministic()("a"), "is not deterministic"),
    (lambda _: F.current_timestamp() > F.lit("2024-01-01"), NOW.format("current_timestamp")),
    (lambda _: F.expr("now() > '2024-01-01'"), NOW.format("now()")),
    (lambda _: F.expr("CURRENT_DATE > '2024-01-01'"), "which is another thing each time"),
    (lambda _: F.expr("a < (select 1)"), "which is another thing each time"),
    (lambda _: F.expr("now() > '2024-01-01'").alias("late"), NOW.format("now()")),
    (lambda _: F.expr("now ( /* at -- once */ ) > '2024-01-01'"), NOW.format("now()")),
    (lambda _: F.expr("b in (with c as (select 1) select * from c)"), "which is another thing each time"),
    (lambda _: F.expr("exists (select 1)"), "which is another thing each time"),
    (lambda _: F.expr("unix_timestamp() > 1 or version() = ''"), "which is another thing each time"),
    (lambda _: less(F.count("b")), "cannot be evaluated on a row of its columns"),
    (lambda _: less(F.count("b").over(Window.partitionBy("a"))), "looks at more than one row"),
    (lambda _: F.col("a") + 1, "makes a int, not true or false"),
    (lambda _: F.max("b") > 1, "looks at more than one row"),
    (lambda _: F.col("i") > 1, "cannot be evaluated on a row of its columns"),
    (lambda _: "a > 1", "returns a str, not a Column"),
    (counts, "runs an action"),
    (lambda _: less(F.lit(1 / 0)), "failed: ZeroDivisionError"),
]


def test_what_is_no_rule_is_refused_before_anything_runs(
    spark: SparkSession, made: Callable[[Callable[..., object]], Gate]
) -> None:
    for function, said in REFUSED:
        one = made(lambda *_, function=function: function(spark))
        frame = spark.createDataFrame([(0, 1, 2)], spark_schema(one.contract))
        with pytest.raises(GateError) as refused:
            one.mark(frame, references={}, existing=None)
        assert said in str(refused.value), said


def test_a_column_may_be_called_like_something_that_changes(
    spark: SparkSession, made: Callable[[Callable[..., object]], Gate]
) -> None:
    made(lambda price: F.exists(F.array(price), lambda one: one > 1))
    rule = Rule("r", "custom", ("current_price",), (("function", "jobs.rules_of_a_test:add_up"),))
    one = gate({"i": "int", "current_price": "int"}, rule)
    frame = spark.createDataFrame([(0, 1), (1, 2)], spark_schema(one.contract))
    assert failed_rules(one, one.mark(frame, references={}, existing=None), "i") == {0: {"r"}, 1: set()}


def test_a_function_of_python_that_gives_the_same_each_time_is_a_rule(
    spark: SparkSession, made: Callable[[Callable[..., object]], Gate]
) -> None:
    """What other threads call meanwhile is not what the rule calls."""

    def written(a: str, _: str) -> Column:
        other = threading.Thread(target=lambda: python_rule().asNondeterministic()(a))
        other.start()
        other.join()
        return python_rule()(a)

    one = made(written)
    frame = spark.createDataFrame([(0, 1, 2), (1, 2, 2)], spark_schema(one.contract))
    marked = one.mark(frame, references={}, existing=None)
    assert failed_rules(one, marked, "i") == {0: {"r"}, 1: set()}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("jobs.nowhere_at_all:f", "jobs.nowhere_at_all cannot be imported"),
        ("jobs.rules_of_a_test:g", "has no function g"),
    ],
)
def test_a_function_that_is_not_there_is_told(
    spark: SparkSession, made: Callable[[Callable[..., object]], Gate], name: str, said: str
) -> None:
    made(lambda *_: None)
    one = gate(COLUMNS, Rule("r", "custom", ("a",), (("function", name),)))
    with pytest.raises(GateError, match=said):
        one.mark(spark.createDataFrame([], spark_schema(one.contract)), references={}, existing=None)


def test_other_threads_go_on_while_actions_are_forbidden_here(spark: SparkSession) -> None:
    counted: list[int] = []
    with forbid_actions():
        other = threading.Thread(target=lambda: counted.append(spark.range(3).count()))
        other.start()
        other.join()
        with pytest.raises(AssertionError, match="must not call count"):
            spark.range(3).count()
    assert counted == [3]
    assert spark.range(1).count() == 1
