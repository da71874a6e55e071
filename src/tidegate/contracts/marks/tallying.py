"""Aggregates over marked rows that a batch is judged by: all of one pass, to be put together over groups of rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import TYPE_CHECKING, TypeAlias

from pyspark.sql import functions as F

from tidegate.contracts import tallies as tally
from tidegate.contracts.marks import masks
from tidegate.contracts.marks.binning import distribution, looks
from tidegate.contracts.marks.checks import KNOWN, RANK
from tidegate.contracts.marks.sites import column
from tidegate.contracts.measures import counts_rows
from tidegate.contracts.rules.batch_kinds import ONE_TYPE
from tidegate.contracts.rules.compared_kinds import LAG, TOTAL_BALANCE
from tidegate.contracts.rules.concern import where_sql
from tidegate.contracts.rules.normal import NEAR_UNIQUE
from tidegate.contracts.rules.usual import DRIFT
from tidegate.contracts.verdicts import counts_nulls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.marks.checks import Check
    from tidegate.contracts.marks.deletions import Deletions
    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule

    Of: TypeAlias = Callable[[Column], Column]

_LG_BUCKETS = 14  # of a sketch of distinct values: a standard error of 0.8 %
_GROUPS = "_groups"
_GROUP = "_group"


@dataclass(frozen=True)
class Tallying:
    """Writes the aggregates of a gate.

    Attributes:
        checks: All rules.
        types: Types of the contract's columns, by name.
        deletions: Which rows ask for a deletion, so that they have no values; None where none does.
    """

    checks: Sequence[Check]
    types: Mapping[str, SparkType]
    deletions: Deletions | None

    def aggregates(self) -> dict[str, Column]:
        """Return the aggregates by name."""
        good, first = masks.is_good(self.checks), F.col(RANK) == 1
        counted = {
            tally.PUBLISHABLE: good & first & ~F.col(KNOWN),
            tally.QUARANTINED: ~good,
            tally.DUPLICATES: good & ~first,
            tally.KNOWN_ROWS: good & first & F.col(KNOWN),
        }
        found = {tally.ROWS: F.count(F.lit(1)), **{name: F.count_if(has) for name, has in counted.items()}}
        for check in self.checks:
            made = self._of_rows(check) if check.bit is not None else self._of_batch(check, good, first)
            found |= {tally.name_of(what, check.index): aggregate for what, aggregate in made.items()}
        return found

    def _of_rows(self, check: Check) -> dict[str, Column]:
        found = {"failed": F.count_if(masks.has_failed(check))}
        where = where_sql(check.rule, self.types)
        concerned = [] if where is None else [F.expr(where)]
        if concerned:
            found["checked"] = F.count_if(_all(*concerned))
        if counts_nulls(check):
            has_null = reduce(or_, [column(name).isNull() for name in check.rule.columns])
            found["nulls"] = F.count_if(_all(*concerned, has_null))
        return found

    def _of_batch(self, check: Check, good: Column, first: Column) -> dict[str, Column]:
        """Return the aggregates of a rule: rows are counted as they came, values as the table is to have them."""
        rule = check.rule
        where = where_sql(rule, self.types)
        concerned = [] if where is None else [F.expr(where)]
        if rule.kind in {"freshness", LAG}:
            newest = F.max(F.when(_all(good, *concerned), _micros(rule.columns[0])))
            return {"newest": newest, **({"checked": F.count_if(_all(*concerned))} if concerned else {})}
        if self.deletions:
            concerned.append(~self.deletions.deletes & ~self.deletions.truncates)
        make = _VALUES.get(rule.kind) if rule.columns else None
        if make is None and rule.kind == TOTAL_BALANCE:
            return {"checked": F.count_if(_all(good, first, *concerned))}
        if make is None:
            rows = {"checked": F.count_if(_all(*concerned))} if counts_rows(rule) else {}
            nulls = rule.kind == "completeness"
            return {
                **rows,
                **({"nulls": F.count_if(_all(*concerned, column(rule.columns[0]).isNull()))} if nulls else {}),
            }
        counted = _all(good, first, *concerned)
        kind = self.types[rule.columns[0]]
        value = partial(F.when, counted)
        found = make(rule, value, column(rule.columns[0]), kind)
        if kind.has_nan and rule.kind != "distinct_count":
            found["nan"] = F.count_if(counted & F.isnan(column(rule.columns[0])))
        return {"checked": F.count_if(counted), **found}


def looks_at_values(check: Check) -> bool:
    """Return whether a rule looks at the values of the rows that stand for their keys."""
    return check.rule.kind in {"unique", NEAR_UNIQUE} or check.rule.kind in _VALUES


def united(groups: DataFrame, checks: Sequence[Check]) -> DataFrame:
    """Return groups of tallies with the number of distinct values of all groups together in place of their sketches.

    Whatever else is in the frame stays as it is, and so does a frame without such sketches.
    """
    counted = [check for check in checks if check.rule.kind == "distinct_count" and check.rule.scope != "window"]
    sketches = [tally.name_of("distinct", check.index) for check in counted]
    if not sketches:
        return groups
    others = [column(name) for name in groups.columns if name not in sketches]
    whole = groups.agg(
        F.collect_list(F.struct(*others)).alias(_GROUPS),
        *[F.hll_sketch_estimate(F.hll_union_agg(name)).alias(name) for name in sketches],
    )
    return whole.select(F.explode(_GROUPS).alias(_GROUP), *sketches).select(f"{_GROUP}.*", *sketches)


def _all(*conditions: Column) -> Column:
    """Return whether all conditions hold; true where there is none."""
    held, *others = conditions or (F.expr("true"),)
    for other in others:
        held &= other
    return held


def _micros(name: str) -> Column:
    return F.unix_micros(column(name).cast("timestamp"))


def _sum(_: Rule, value: Of, found: Column, kind: SparkType) -> dict[str, Column]:
    """Return the sum; null where it does not fit its type, in every mode of Spark."""
    return {"sum": F.try_sum(value(found.cast("double") if kind.has_nan else found)), "values": F.count(value(found))}


def _spread(_: Rule, value: Of, found: Column, __: SparkType) -> dict[str, Column]:
    number = value(found.cast("double"))
    return {"mean": F.avg(number), "variance": F.var_pop(number), "values": F.count(number)}


def _points(_: Rule, value: Of, found: Column, __: SparkType) -> dict[str, Column]:
    number = value(found.cast("double"))
    wanted = [place / tally.POINTS for place in range(1, tally.POINTS + 1)]
    return {"points": F.percentile_approx(number, wanted, tally.ACCURACY), "values": F.count(number)}


def _distinct(rule: Rule, value: Of, found: Column, _: SparkType) -> dict[str, Column]:
    hashed = value(F.when(found.isNotNull(), F.xxhash64(found)))
    sketch = F.hll_sketch_agg(hashed, F.lit(_LG_BUCKETS))
    return {"distinct": F.hll_sketch_estimate(sketch) if rule.scope == "window" else sketch}


def _extreme(name: str, of: Of, _: Rule, value: Of, found: Column, kind: SparkType) -> dict[str, Column]:
    is_moment = kind.family in {"date", "timestamp"}
    return {name: of(value(F.unix_micros(found.cast("timestamp")) if is_moment else found))}


_VALUES: Mapping[str, Callable[[Rule, Of, Column, SparkType], dict[str, Column]]] = {
    "distinct_count": _distinct,
    DRIFT: distribution,
    "maximum": partial(_extreme, "greatest", F.max),
    "mean": _sum,
    "minimum": partial(_extreme, "least", F.min),
    ONE_TYPE: lambda _, value, found, __: looks(value, found),
    "quantile": _points,
    "standard_deviation": _spread,
    "sum": _sum,
    TOTAL_BALANCE: _sum,
}
