"""What is usual to rules about outliers and drift, measured on rows that were published: two passes over them."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from pyspark.sql import functions as F

from tidegate.contracts.baselines import asks
from tidegate.contracts.marks.binning import distribution
from tidegate.contracts.marks.sites import column
from tidegate.contracts.rules.concern import where_sql
from tidegate.contracts.rules.usual import IQR, KOLMOGOROV_SMIRNOV, MAD, OUTLIER, Z_SCORE
from tidegate.contracts.tallies import bin_name
from tidegate.model.baselines import Usual

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Argument, Rule

    Facts: TypeAlias = Mapping[str, object]

BINS, FINE_BINS, CATEGORIES = 10, 50, 50
_ACCURACY = 10_000
_WARNINGS = "_warnings"
_QUARTILES = (0.25, 0.5, 0.75)


def measure_usual(rows: DataFrame, rules: Sequence[Rule], types: Mapping[str, SparkType]) -> tuple[Usual, ...]:
    """Return what is usual to each rule whose column has values, in their order.

    Rows that carry the warning of a rule, nulls and NaN are left out. Quantiles are off by at most 0.01 % of the rows
    in rank; edges are such quantiles (ten bins, fifty for Kolmogorov-Smirnov), and what lies between them is counted
    exactly. Of texts the fifty most frequent values are kept, ties by their order. Two Spark jobs, one more per column
    of texts.

    Args:
        rows: Published rows.
        rules: Rules that leave their numbers to a baseline.
        types: Types of the contract's columns, by name.
    """
    if not rules:
        return ()
    counted = [_counted(rows, rule, types) for rule in rules]
    first = _aggregated(
        rows, [_spread(rule, value, types[rule.columns[0]]) for rule, value in zip(rules, counted, strict=True)]
    )
    placed = [
        _placed(rows, rule, value, types[rule.columns[0]], found)
        for rule, value, found in zip(rules, counted, first, strict=True)
    ]
    second = _aggregated(
        rows,
        [_around(rule, value, found, types) for rule, value, found in zip(placed, counted, first, strict=True)],
    )
    made = (_usual(rule, {**one, **two}) for rule, one, two in zip(placed, first, second, strict=True))
    return tuple(one for one in made if one is not None)


def _counted(rows: DataFrame, rule: Rule, types: Mapping[str, SparkType]) -> Column:
    """Return the values of a rule's column that count, null for all others."""
    found, kind = column(rule.columns[0]), types[rule.columns[0]]
    where = where_sql(rule, types)
    counts = F.expr("true") if where is None else F.expr(where)
    if kind.has_nan:
        counts &= ~F.isnan(found)
    if _WARNINGS in rows.columns:
        counts &= ~F.coalesce(F.array_contains(_WARNINGS, rule.id), F.expr("false"))
    return F.when(counts, found)


def _spread(rule: Rule, value: Column, kind: SparkType) -> dict[str, Column]:
    if kind.family != "number":
        return {"values": F.count(value)}
    number = value.cast("double")
    if rule.kind == OUTLIER and rule.argument("by") == Z_SCORE:
        return {"values": F.count(value), "mean": F.avg(number), "deviation": F.stddev_samp(number)}
    wanted = [*_QUARTILES] if rule.kind == OUTLIER else [place / _bins(rule) for place in range(1, _bins(rule))]
    return {"values": F.count(value), "quantiles": F.percentile_approx(number, wanted, _ACCURACY)}


def _bins(rule: Rule) -> int:
    return FINE_BINS if rule.argument("by") == KOLMOGOROV_SMIRNOV else BINS


def _placed(rows: DataFrame, rule: Rule, value: Column, kind: SparkType, found: Facts) -> Rule:
    """Return a rule about drift with the edges or values that its bins have; any other as it is."""
    if rule.kind == OUTLIER or not found["values"]:
        return rule
    bins: dict[str, Argument] = {}
    if kind.family == "number":
        edges = sorted({edge for edge in _listed(found["quantiles"]) if math.isfinite(edge)})
        bins["edges"] = tuple(edges if kind.has_nan or kind.name == "decimal" else map(int, edges))
    else:
        frequent = rows.select(value.alias("value")).dropna().groupBy("value").count()
        top = frequent.orderBy(F.desc("count"), "value").limit(CATEGORIES).collect()
        bins["values"] = tuple(row["value"] for row in top)
    return replace(rule, arguments=tuple(sorted([*rule.arguments, *bins.items()])))


def _around(rule: Rule, value: Column, found: Facts, types: Mapping[str, SparkType]) -> dict[str, Column]:
    if rule.kind != OUTLIER:
        return distribution(rule, _itself, value, types[rule.columns[0]])
    if rule.argument("by") != MAD or not found["values"]:
        return {}
    middle = F.lit(_listed(found["quantiles"])[1])
    return {"mad": F.percentile_approx(F.abs(value.cast("double") - middle), 0.5, _ACCURACY)}


def _itself(value: Column) -> Column:
    return value


def _aggregated(rows: DataFrame, asked: Sequence[Mapping[str, Column]]) -> list[Facts]:
    """Return the values of aggregates, asked for per rule, in one Spark job."""
    named = partial("_{}_{}".format)
    every = [
        aggregate.alias(named(place, name)) for place, found in enumerate(asked) for name, aggregate in found.items()
    ]
    row = rows.agg(*every).first() if every else None
    return [{name: row[named(place, name)] if row else None for name in found} for place, found in enumerate(asked)]


def _usual(rule: Rule, found: Facts) -> Usual | None:
    numbers = _numbers(rule, found)
    if not numbers or any(isinstance(one, float) and not math.isfinite(one) for one in numbers.values()):
        return None
    name, kind, columns, by, where = asks(rule)
    values = int(str(found["values"]))
    return Usual(name, kind, columns, by, where, values, tuple(sorted(numbers.items())))


def _numbers(rule: Rule, found: Facts) -> dict[str, Argument]:
    """Return the numbers of a rule; none where there are too few values to tell."""
    values = int(str(found["values"] or 0))
    if not values:
        return {}
    if rule.kind != OUTLIER:
        counts = [int(str(found[bin_name(place)])) for place in range(len(found)) if bin_name(place) in found]
        edges, listed = rule.listed("edges"), rule.listed("values")
        if not edges and not listed:
            return {}
        each = [high - low for low, high in zip([0, *counts], [*counts, values], strict=True)] if edges else counts
        shares = [count / values for count in (each if edges else [*each, values - sum(each)])]
        return {**({"edges": edges} if edges else {"values": listed}), "shares": tuple(shares)}
    if rule.argument("by") == Z_SCORE:
        deviation = found["deviation"]
        return {"mean": float(str(found["mean"])), "deviation": float(str(deviation))} if deviation is not None else {}
    low, middle, high = _listed(found["quantiles"])
    if rule.argument("by") == IQR:
        return {"low_quartile": low, "high_quartile": high}
    return {"median": middle, "mad": float(str(found["mad"]))}


def _listed(found: object) -> list[float]:
    return [float(one) for one in found] if isinstance(found, list) else []
