"""A small algebra of transforms, with a plain model of what each of its columns is made from.

The model is sets of tuples (input, column, how, masked), written down rule by rule; it knows nothing of plans.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import strategies as st
from pyspark.sql import Window
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark.sql import Column, DataFrame

Fact: TypeAlias = "tuple[str, str, str, bool]"
Facts: TypeAlias = "frozenset[Fact]"
Draw: TypeAlias = "Callable[[st.SearchStrategy[str]], str]"

INPUTS = {"orders": ("id", "amount", "day"), "rates": ("id", "rate")}
_STRENGTH = ["IDENTITY", "TRANSFORMATION", "AGGREGATION"]


@dataclass(frozen=True)
class Known:
    """Per column what it is made from, and what decides on the rows."""

    columns: dict[str, Facts]
    rows: Facts = frozenset()


@dataclass
class Stage:
    """A frame, and what is known of it."""

    frame: DataFrame
    known: Known
    made: int = field(default=0)

    def name(self) -> str:
        self.made += 1
        return f"c{self.made}"


def source(name: str) -> Known:
    return Known({column: frozenset({(name, column, "IDENTITY", False)}) for column in INPUTS[name]})


def step(facts: Iterable[Fact], how: str, *, masked: bool = False) -> Facts:
    return frozenset(
        (
            input_,
            column,
            _STRENGTH[max(_STRENGTH.index(old), _STRENGTH.index(how))] if old in _STRENGTH else old,
            was or masked,
        )
        for input_, column, old, was in facts
    )


def deciding(facts: Iterable[Fact], how: str) -> Facts:
    return frozenset((input_, column, how, masked) for input_, column, _, masked in facts)


def expression(kind: str, names: tuple[str, str, str], known: Known) -> tuple[Column, Facts]:
    """Return a new column of three others, and what it is made from."""
    a, b, c = (F.col(name) for name in names)
    fa, fb, fc = (known.columns[name] for name in names)
    by_a = Window.partitionBy(a)
    made: dict[str, tuple[Column, Facts]] = {
        "add": (a + b, step(fa | fb, "TRANSFORMATION")),
        "cast": (a.cast("string").cast("bigint"), step(fa, "TRANSFORMATION")),
        "same": (a, fa),
        "constant": (F.lit(7).cast("bigint"), frozenset()),
        "hash": (F.xxhash64(a), step(fa, "TRANSFORMATION", masked=True)),
        "case": (
            F.when(a > 1, b).when(a < 0, c).otherwise(F.lit(0)),
            deciding(fa, "CONDITIONAL") | step(fb | fc, "TRANSFORMATION"),
        ),
        "if": (F.expr(f"if({names[0]} > 1, {names[1]}, {names[2]})"),
               deciding(fa, "CONDITIONAL") | step(fb | fc, "TRANSFORMATION")),
        "lambda": (
            F.aggregate(F.array(a, b), F.lit(0).cast("bigint"), lambda sum_, x: sum_ + x * c),
            step(fa | fb | fc, "TRANSFORMATION"),
        ),
        "rank": (F.rank().over(by_a.orderBy(b)).cast("bigint"), deciding(fa | fb, "WINDOW")),
        "number": (F.row_number().over(by_a.orderBy(b)).cast("bigint"), deciding(fa | fb, "WINDOW")),
        "lag": (F.lag(c).over(by_a.orderBy(b)), step(fc, "TRANSFORMATION") | deciding(fa | fb, "WINDOW")),
        "running": (F.sum(c).over(by_a.orderBy(b)), step(fc, "AGGREGATION") | deciding(fa | fb, "WINDOW")),
    }  # fmt: skip
    return made[kind]


EXPRESSIONS = ["add", "cast", "same", "constant", "hash", "case", "if", "lambda", "rank", "number", "lag", "running"]


def apply(stage: Stage, draw: Draw, other: DataFrame) -> Stage:
    """Return a stage with one random step more."""
    names = list(stage.known.columns)
    pick = st.sampled_from(names)
    kind = draw(st.sampled_from([*_APPLY, "with"]))
    return _APPLY[kind](stage, (draw(pick), draw(pick), draw(pick)), draw, other)


def _select(stage: Stage, picked: tuple[str, str, str], draw: Draw, other: DataFrame) -> Stage:
    names = list(dict.fromkeys(picked))
    stage.frame = stage.frame.select(*names)
    stage.known = Known({name: stage.known.columns[name] for name in names}, stage.known.rows)
    return stage


def _rename(stage: Stage, picked: tuple[str, str, str], draw: Draw, other: DataFrame) -> Stage:
    new = stage.name()
    stage.frame = stage.frame.withColumnRenamed(picked[0], new)
    columns = {new if name == picked[0] else name: facts for name, facts in stage.known.columns.items()}
    stage.known = Known(columns, stage.known.rows)
    return stage


def _with(stage: Stage, picked: tuple[str, str, str], draw: Draw, other: DataFrame) -> Stage:
    new = stage.name()
    column, facts = expression(draw(st.sampled_from(EXPRESSIONS)), picked, stage.known)
    stage.frame = stage.frame.withColumn(new, column)
    stage.known = Known({**stage.known.columns, new: facts}, stage.known.rows)
    return stage


def _filter(stage: Stage, picked: tuple[str, str, str], draw: Draw, other: DataFrame) -> Stage:
    a, b, _ = picked
    stage.frame = stage.frame.filter((F.col(a) > 1) | F.col(b).isNull())
    used = stage.known.columns[a] | stage.known.columns[b]
    stage.known = Known(stage.known.columns, stage.known.rows | deciding(used, "FILTER"))
    return stage


def _join(stage: Stage, picked: tuple[str, str, str], draw: Draw, other: DataFrame) -> Stage:
    how = draw(st.sampled_from(["inner", "left", "left_semi", "left_anti"]))
    key, value = stage.name(), stage.name()
    right = other.select(F.col("id").alias(key), F.col("rate").alias(value))
    stage.frame = stage.frame.join(right, F.col(picked[0]) == F.col(key), how)
    rates = source("rates").columns
    rows = stage.known.rows | deciding(stage.known.columns[picked[0]] | rates["id"], "JOIN")
    more = {} if how in {"left_semi", "left_anti"} else {key: rates["id"], value: rates["rate"]}
    stage.known = Known({**stage.known.columns, **more}, rows)
    return stage


def _group(stage: Stage, picked: tuple[str, str, str], draw: Draw, other: DataFrame) -> Stage:
    a, b, c = picked
    known = stage.known.columns
    names = [stage.name() for _ in range(5)]
    stage.frame = stage.frame.groupBy(F.col(a).alias(names[0])).agg(
        F.max(b).alias(names[1]),
        F.count(F.lit(1)).alias(names[2]),
        F.count(b).alias(names[3]),
        F.expr(f"sum({b}) filter (where {c} > 1)").alias(names[4]),
    )
    facts = [
        known[a],
        step(known[b], "AGGREGATION"),
        frozenset[Fact](),
        step(known[b], "AGGREGATION", masked=True),
        step(known[b], "AGGREGATION") | deciding(known[c], "CONDITIONAL"),
    ]
    stage.known = Known(dict(zip(names, facts, strict=True)), stage.known.rows | deciding(known[a], "GROUP_BY"))
    return stage


def _union(stage: Stage, picked: tuple[str, str, str], draw: Draw, other: DataFrame) -> Stage:
    names = list(stage.known.columns)
    turned = [*names[1:], names[0]]
    stage.frame = stage.frame.union(stage.frame.filter(F.col(picked[0]) > 3).select(*turned))
    known = stage.known.columns
    columns = {name: known[name] | known[also] for name, also in zip(names, turned, strict=True)}
    rows = stage.known.rows | deciding(stage.known.columns[picked[0]], "FILTER")
    stage.known = Known(columns, rows)
    return stage


def _explode(stage: Stage, picked: tuple[str, str, str], draw: Draw, other: DataFrame) -> Stage:
    a, b, _ = picked
    new = stage.name()
    stage.frame = stage.frame.withColumn(new, F.explode(F.array(a, b)))
    facts = step(stage.known.columns[a] | stage.known.columns[b], "TRANSFORMATION")
    stage.known = Known({**stage.known.columns, new: facts}, stage.known.rows)
    return stage


def _distinct(stage: Stage, picked: tuple[str, str, str], draw: Draw, other: DataFrame) -> Stage:
    keys = list(dict.fromkeys(picked)) if draw(st.sampled_from(["yes", "no"])) == "yes" else list(stage.known.columns)
    stage.frame = stage.frame.dropDuplicates(keys)
    used = frozenset[Fact]().union(*(stage.known.columns[key] for key in keys))
    stage.known = Known(stage.known.columns, stage.known.rows | deciding(used, "GROUP_BY"))
    return stage


def _sort(stage: Stage, picked: tuple[str, str, str], draw: Draw, other: DataFrame) -> Stage:
    stage.frame = stage.frame.orderBy(F.col(picked[0]).desc_nulls_last())
    rows = stage.known.rows | deciding(stage.known.columns[picked[0]], "SORT")
    stage.known = Known(stage.known.columns, rows)
    return stage


def _except(stage: Stage, picked: tuple[str, str, str], draw: Draw, other: DataFrame) -> Stage:
    same = draw(st.sampled_from(["yes", "no"])) == "yes"
    right = stage.frame.filter(F.col(picked[0]) > 5)
    stage.frame = stage.frame.intersect(right) if same else stage.frame.exceptAll(right)
    used = frozenset[Fact]().union(*stage.known.columns.values())
    rows = stage.known.rows | deciding(used, "JOIN") | deciding(stage.known.columns[picked[0]], "FILTER")
    stage.known = Known(stage.known.columns, rows)
    return stage


_APPLY = {
    "select": _select,
    "rename": _rename,
    "with": _with,
    "filter": _filter,
    "join": _join,
    "group": _group,
    "union": _union,
    "explode": _explode,
    "distinct": _distinct,
    "sort": _sort,
    "except": _except,
}
