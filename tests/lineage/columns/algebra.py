"""A small algebra of transforms, with a plain model of what each of its columns is made from.

The model is sets of tuples (input, column, how, masked), written down rule by rule; it knows nothing of plans.
"""
# ruff: noqa: S608 - its queries are made of its own words

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import strategies as st
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark.sql import DataFrame

Fact: TypeAlias = "tuple[str, str, str, bool]"
Facts: TypeAlias = "frozenset[Fact]"
Step: TypeAlias = "Callable[[DataFrame, DataFrame], DataFrame]"
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
    """A transform so far: its steps on frames, its steps in SQL, and what is known of its columns."""

    known: Known
    steps: list[Step] = field(default_factory=list)
    selects: list[str] = field(default_factory=list)
    made: int = 0

    def name(self) -> str:
        self.made += 1
        return f"c{self.made}"

    def then(self, step: Step, select: str, known: Known) -> None:
        self.steps.append(step)
        self.selects.append(select)
        self.known = known

    def frame(self, orders: DataFrame, rates: DataFrame) -> DataFrame:
        for step in self.steps:
            orders = step(orders, rates)
        return orders

    def sql(self) -> str:
        """Return one query, a common table expression per step, as dbt models are written."""
        names = ["orders", *(f"step_{number}" for number in range(len(self.selects)))]
        parts = [
            f"{new} as ({select.replace(PREVIOUS, old)})"
            for old, new, select in zip(names, names[1:], self.selects, strict=False)
        ]
        return f"with {', '.join(parts)} select * from {names[-1]}"


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


def expression(kind: str, names: tuple[str, str, str], known: Known) -> tuple[str, Facts]:
    """Return a new column of three others, and what it is made from."""
    a, b, c = names
    fa, fb, fc = (known.columns[name] for name in names)
    window = f"over (partition by {a} order by {b})"
    either = deciding(fa, "CONDITIONAL") | step(fb | fc, "TRANSFORMATION")
    made: dict[str, tuple[str, Facts]] = {
        "add": (f"{a} + {b}", step(fa | fb, "TRANSFORMATION")),
        "cast": (f"cast(cast({a} as string) as bigint)", step(fa, "TRANSFORMATION")),
        "same": (a, fa),
        "constant": ("cast(7 as bigint)", frozenset()),
        "hash": (f"xxhash64({a})", step(fa, "TRANSFORMATION", masked=True)),
        "case": (f"case when {a} > 1 then {b} when {a} < 0 then {c} else 0 end", either),
        "if": (f"if({a} > 1, {b}, {c})", either),
        "lambda": (
            f"aggregate(array({a}, {b}), 0L, (total, x) -> total + x * {c})",
            step(fa | fb | fc, "TRANSFORMATION"),
        ),
        "rank": (f"cast(rank() {window} as bigint)", deciding(fa | fb, "WINDOW")),
        "number": (f"cast(row_number() {window} as bigint)", deciding(fa | fb, "WINDOW")),
        "lag": (f"lag({c}) {window}", step(fc, "TRANSFORMATION") | deciding(fa | fb, "WINDOW")),
        "running": (f"sum({c}) {window}", step(fc, "AGGREGATION") | deciding(fa | fb, "WINDOW")),
    }
    return made[kind]


EXPRESSIONS = ("add", "cast", "same", "constant", "hash", "case", "if", "lambda", "rank", "number", "lag", "running")
PREVIOUS = "{previous}"


def apply(stage: Stage, draw: Draw) -> None:
    """Add one random step to a stage."""
    pick = st.sampled_from(list(stage.known.columns))
    kind = draw(st.sampled_from([*_APPLY, "with"]))
    _APPLY[kind](stage, (draw(pick), draw(pick), draw(pick)), draw)


def _select(stage: Stage, picked: tuple[str, str, str], draw: Draw) -> None:
    names = list(dict.fromkeys(picked))
    stage.then(
        lambda rows, _: rows.select(*names),
        f"select {', '.join(names)} from {PREVIOUS}",
        Known({name: stage.known.columns[name] for name in names}, stage.known.rows),
    )


def _rename(stage: Stage, picked: tuple[str, str, str], draw: Draw) -> None:
    old, new = picked[0], stage.name()
    listed = (f"{name} as {new}" if name == old else name for name in stage.known.columns)
    stage.then(
        lambda rows, _: rows.withColumnRenamed(old, new),
        f"select {', '.join(listed)} from {PREVIOUS}",
        Known({new if name == old else name: facts for name, facts in stage.known.columns.items()}, stage.known.rows),
    )


def _with(stage: Stage, picked: tuple[str, str, str], draw: Draw) -> None:
    new = stage.name()
    text, facts = expression(draw(st.sampled_from(EXPRESSIONS)), picked, stage.known)
    stage.then(
        lambda rows, _: rows.withColumn(new, F.expr(text)),
        f"select *, {text} as {new} from {PREVIOUS}",
        Known({**stage.known.columns, new: facts}, stage.known.rows),
    )


def _filter(stage: Stage, picked: tuple[str, str, str], draw: Draw) -> None:
    a, b, _ = picked
    used = stage.known.columns[a] | stage.known.columns[b]
    stage.then(
        lambda rows, _: rows.filter((F.col(a) > 1) | F.col(b).isNull()),
        f"select * from {PREVIOUS} where {a} > 1 or {b} is null",
        Known(stage.known.columns, stage.known.rows | deciding(used, "FILTER")),
    )


def _join(stage: Stage, picked: tuple[str, str, str], draw: Draw) -> None:
    how = draw(st.sampled_from(["inner", "left", "left_semi", "left_anti"]))
    left, key, value = picked[0], stage.name(), stage.name()
    rates = source("rates").columns
    rows = stage.known.rows | deciding(stage.known.columns[left] | rates["id"], "JOIN")
    more = {} if how in {"left_semi", "left_anti"} else {key: rates["id"], value: rates["rate"]}
    right = f"(select id as {key}, rate as {value} from rates)"
    stage.then(
        lambda rows, other: rows.join(
            other.select(F.col("id").alias(key), F.col("rate").alias(value)), F.col(left) == F.col(key), how
        ),
        f"select * from {PREVIOUS} l {how.replace('_', ' ')} join {right} r on l.{left} = r.{key}",
        Known({**stage.known.columns, **more}, rows),
    )


def _group(stage: Stage, picked: tuple[str, str, str], draw: Draw) -> None:
    a, b, c = picked
    known, names = stage.known.columns, [stage.name() for _ in range(5)]
    texts = [f"max({b})", "count(1)", f"count({b})", f"sum({b}) filter (where {c} > 1)"]
    facts = [
        known[a],
        step(known[b], "AGGREGATION"),
        frozenset[Fact](),
        step(known[b], "AGGREGATION", masked=True),
        step(known[b], "AGGREGATION") | deciding(known[c], "CONDITIONAL"),
    ]
    listed = ", ".join(f"{text} as {name}" for text, name in zip([a, *texts], names, strict=True))
    by = draw(st.sampled_from([a, "1"]))
    stage.then(
        lambda rows, _: rows.groupBy(F.col(a).alias(names[0])).agg(
            *(F.expr(text).alias(name) for text, name in zip(texts, names[1:], strict=True))
        ),
        f"select {listed} from {PREVIOUS} group by {by}",
        Known(dict(zip(names, facts, strict=True)), stage.known.rows | deciding(known[a], "GROUP_BY")),
    )


def _union(stage: Stage, picked: tuple[str, str, str], draw: Draw) -> None:
    known, names = stage.known.columns, list(stage.known.columns)
    turned, by = [*names[1:], names[0]], picked[0]
    stage.then(
        lambda rows, _: rows.union(rows.filter(F.col(by) > 3).select(*turned)),
        f"select * from {PREVIOUS} union all select {', '.join(turned)} from {PREVIOUS} where {by} > 3",
        Known(
            {name: known[name] | known[also] for name, also in zip(names, turned, strict=True)},
            stage.known.rows | deciding(known[by], "FILTER"),
        ),
    )


def _explode(stage: Stage, picked: tuple[str, str, str], draw: Draw) -> None:
    a, b, _ = picked
    new = stage.name()
    facts = step(stage.known.columns[a] | stage.known.columns[b], "TRANSFORMATION")
    stage.then(
        lambda rows, _: rows.withColumn(new, F.explode(F.array(a, b))),
        f"select * from {PREVIOUS} lateral view explode(array({a}, {b})) t as {new}",
        Known({**stage.known.columns, new: facts}, stage.known.rows),
    )


def _distinct(stage: Stage, picked: tuple[str, str, str], draw: Draw) -> None:
    used = frozenset[Fact]().union(*stage.known.columns.values())
    stage.then(
        lambda rows, _: rows.distinct(),
        f"select distinct * from {PREVIOUS}",
        Known(stage.known.columns, stage.known.rows | deciding(used, "GROUP_BY")),
    )


def _sort(stage: Stage, picked: tuple[str, str, str], draw: Draw) -> None:
    by = picked[0]
    stage.then(
        lambda rows, _: rows.orderBy(F.col(by).desc_nulls_last()),
        f"select * from {PREVIOUS} order by {by} desc nulls last",
        Known(stage.known.columns, stage.known.rows | deciding(stage.known.columns[by], "SORT")),
    )


def _except(stage: Stage, picked: tuple[str, str, str], draw: Draw) -> None:
    by, word = picked[0], draw(st.sampled_from(["intersect", "except"]))
    used = frozenset[Fact]().union(*stage.known.columns.values())
    rows = stage.known.rows | deciding(used, "JOIN") | deciding(stage.known.columns[by], "FILTER")
    stage.then(
        lambda rows, _: (rows.intersect if word == "intersect" else rows.subtract)(rows.filter(F.col(by) > 5)),
        f"select * from {PREVIOUS} {word} select * from {PREVIOUS} where {by} > 5",
        Known(stage.known.columns, rows),
    )


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
