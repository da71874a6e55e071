"""Rules about a whole batch, and what plain Python says of them: over all rows at once, and as tallies of groups."""

from __future__ import annotations

import math
import statistics
from datetime import datetime, timedelta, timezone
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from tidegate.contracts.samples.comparing import is_nan
from tidegate.contracts.tallies import POINTS
from tidegate.model.contracts import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidegate.model.contracts import Argument

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
COLUMNS = {"i": "int", "part": "int", "n": "bigint", "d": "double", "m": "decimal(38,2)", "at": "timestamp"}
COLUMNS |= {"s": "string", "keep": "boolean"}


class Row(NamedTuple):
    i: int
    part: int
    n: int | None
    d: float | None
    m: Decimal | None
    at: datetime | None
    s: str | None
    keep: bool | None


quarters = st.integers(-12, 12).map(lambda number: number / 4)
row = st.builds(
    Row,
    i=st.integers(0, 9),
    part=st.integers(0, 3),
    n=st.none() | st.integers(-3, 3) | st.sampled_from([2**62, -(2**62)]),
    d=st.none() | quarters | st.sampled_from([math.nan, math.inf, -0.0]),
    m=st.none() | st.decimals(-3, 3, places=2) | st.sampled_from([Decimal(10) ** 35, Decimal(-(10**35))]),
    at=st.none() | st.integers(-36, 36).map(lambda hours: EPOCH + timedelta(hours=hours)),
    s=st.none() | st.sampled_from(["", "a", "A", "é", "😀"]),
    keep=st.none() | st.booleans(),
)
bounds = st.tuples(st.integers(-8, 8), st.integers(-8, 8)).map(sorted)


def rules_of(low: int, high: int) -> list[Rule]:
    """Return rules of every kind about a batch, with and without a condition."""
    ends: dict[str, Argument] = {"min": low / 2, "max": high / 2}
    opened: dict[str, Argument] = {**ends, "exclusive_min": True, "exclusive_max": True}
    asked: list[tuple[str, tuple[str, ...], dict[str, Argument]]] = [
        (kind, (name,), given)
        for kind in ("sum", "mean", "standard_deviation", "minimum", "maximum", "quantile")
        for name in ("n", "d", "m")
        for given in (ends, opened)
    ]
    asked = [(kind, names, given | ({"quantile": 0.3} if kind == "quantile" else {})) for kind, names, given in asked]
    some = {"min": max(low, 0), "max": max(high, 0)}
    asked += [("distinct_count", (name,), {**some}) for name in ("n", "d", "m", "s", "at", "keep")]
    asked += [("minimum", ("at",), {"min": "1970-01-01"}), ("maximum", ("at",), {"max": "1970-01-01T12:00:00+02:00"})]
    asked += [("completeness", (name,), {"max_null_share": max(low, 0) / 8}) for name in ("n", "s")]
    asked += [("completeness", ("s",), {"max_nulls": max(low, 0)}), ("row_count", (), {**some})]
    shares: dict[str, Argument] = {"where": "keep", "min_share": max(low, 0) / 8, "max_share": max(high, 0) / 8}
    asked += [(kind, names, {**given, "where": "keep"}) for kind, names, given in asked]
    asked.append(("row_count", (), shares))
    return [
        Rule(f"{number} {kind} {names} {given}", kind, names, tuple(sorted(given.items())), scope="batch")
        for number, (kind, names, given) in enumerate(asked)
    ]


def refuses(rule: Rule, rows: Sequence[Row], taken: Sequence[Row]) -> bool:
    """Return whether a batch fails a rule; `taken` are the rows of it that are to be in the table."""
    every = len(rows)
    rows, taken = ([one for one in some if rule.where is None or one.keep is True] for some in (rows, taken))
    if rule.kind == "row_count":
        low, high = rule.argument("min_share", 0), rule.argument("max_share", 1)
        return is_outside(rule, len(rows)) or not low * every <= len(rows) <= high * every  # type: ignore[operator]
    if rule.kind == "completeness":
        nulls = [one for one in rows if getattr(one, rule.columns[0]) is None]
        most, share = (rule.argument(name) for name in ("max_nulls", "max_null_share"))
        return (most is not None and len(nulls) > most) or (share is not None and len(nulls) > share * len(rows))  # type: ignore[operator]
    if not taken:
        return False
    values = [value for one in taken if (value := getattr(one, rule.columns[0])) is not None]
    if rule.kind == "distinct_count":
        return is_outside(rule, len({"nan" if is_nan(value) else value for value in values}))
    if not values or any(is_nan(value) for value in values):
        return True
    found = value_of(rule, values)
    return found is None or is_outside(rule, found)


def value_of(rule: Rule, values: Sequence[object]) -> object:
    """Return what a rule measures of values, of which there is at least one and none is NaN."""
    exact = [Fraction(value) if isinstance(value, int | Decimal) else value for value in values]
    if rule.kind in {"minimum", "maximum"}:
        return min(exact) if rule.kind == "minimum" else max(exact)  # type: ignore[type-var]
    if rule.kind in {"sum", "mean"}:
        return sum(exact) / (len(exact) if rule.kind == "mean" else 1)  # type: ignore[arg-type]
    numbers = sorted(map(float, exact))  # type: ignore[arg-type]
    if rule.kind == "quantile":
        return numbers[max(math.ceil(Fraction("0.3") * len(numbers)) - 1, 0)]
    if math.inf in numbers or len(numbers) == 1:
        return None
    return statistics.stdev(numbers)


def is_outside(rule: Rule, value: object) -> bool:
    low, high = (bound_of(rule.argument(name)) for name in ("min", "max"))
    is_open = bool(rule.argument("exclusive_min"))
    below = low is not None and (value <= low if is_open else value < low)  # type: ignore[operator]
    return below or (high is not None and (value >= high if is_open else value > high))  # type: ignore[operator]


def bound_of(given: Argument) -> object:
    if isinstance(given, str):
        return EPOCH + timedelta(hours=10 if "T" in given else 0)
    return given


def micros_of(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def is_close_call(rule: Rule, rows: Sequence[Row]) -> bool:
    """Return whether a bound is so near to a standard deviation that the last bits of a double decide."""
    some = [one for one in rows if rule.where is None or one.keep is True]
    values = [value for one in some if (value := getattr(one, (*rule.columns, "i")[0])) is not None]
    if rule.kind != "standard_deviation" or len(values) < 2 or not all(map(math.isfinite, values)):
        return False
    return any(abs(value) > 10**6 for value in values) or any(
        abs(statistics.stdev(map(float, values)) - float(str(rule.argument(name)))) < 1e-9 for name in ("min", "max")
    )


def tallies(rules: Sequence[Rule], rows: Sequence[Row], taken: Sequence[Row]) -> dict[str, object]:
    """Return the tallies of a group of rows for rules, as Spark gives them."""
    found: dict[str, object] = {"gate_rows": len(rows)}
    for index, rule in enumerate(rules):
        here = dict(tally(rule, rows, taken))
        found |= {f"gate_{name}_{index}": value for name, value in here.items()}
    return found


def tally(rule: Rule, rows: Sequence[Row], taken: Sequence[Row]) -> Iterator[tuple[str, object]]:
    counts_all = rule.kind in {"row_count", "completeness"}
    some = [one for one in (rows if counts_all else taken) if rule.where is None or one.keep is True]
    yield "checked", len(some)
    if not rule.columns:
        return
    given = [getattr(one, rule.columns[0]) for one in some]
    values = [value for value in given if value is not None]
    yield "nulls", len(given) - len(values)
    yield "values", len(values)
    if rule.kind == "distinct_count":
        yield "distinct", len({"nan" if is_nan(value) else value for value in values})
        return
    yield "nan", len([value for value in values if is_nan(value)])
    if not values or rule.columns == ("s",):
        return
    values = [micros_of(value) if isinstance(value, datetime) else value for value in values]
    yield from (("least", min(values)), ("greatest", max(values)))
    if rule.columns != ("at",):
        with localcontext(Context(prec=80)):
            total = sum(values)
        is_long = not isinstance(total, int) or -(2**63) <= total < 2**63
        numbers = sorted(map(float, values))
        mean = sum(numbers) / len(numbers)
        points = [numbers[max(math.ceil(place * len(numbers) / POINTS) - 1, 0)] for place in range(1, POINTS + 1)]
        yield from (("sum", total if is_long else None), ("mean", mean), ("points", points))
        yield "variance", sum((number - mean) ** 2 for number in numbers) / len(numbers)
