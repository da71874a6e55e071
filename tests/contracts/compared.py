"""Rules that compare a batch with what is usual or with other numbers, and what plain Python says of them."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from scipy import stats

from tidegate.contracts.divergence import LEAST_SHARE
from tidegate.contracts.rules.looks import LOOKS
from tidegate.contracts.samples.comparing import is_nan
from tidegate.model.contracts import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tests.contracts.aggregates import Row

    from tidegate.model.contracts import Argument

    Asked = tuple[str, tuple[str, ...], dict[str, Argument]]

EDGES: dict[str, Argument] = {"edges": (-1, 0.5, 2), "shares": (0.25, 0.25, 0.3, 0.2)}
WHOLE: dict[str, Argument] = {"edges": (-1, 0, 2), "shares": (0.25, 0.25, 0.3, 0.2)}
TEXTS: dict[str, Argument] = {"values": ("a", "é", ""), "shares": (0.5, 0.25, 0.2, 0.05)}
FLAGS: dict[str, Argument] = {"values": (True,), "shares": (0.75, 0.25)}


def compared_rules(low: int, high: int) -> list[Rule]:
    """Return rules of all kinds about a batch that compare, with and without a condition."""
    limits = {"psi": max(high, 0) / 8, "kolmogorov_smirnov": max(high, 0) / 16, "chi_square": max(high, 0) * 2.0}
    usual = [("n", WHOLE), ("d", EDGES), ("m", EDGES), ("s", TEXTS), ("keep", FLAGS)]
    asked: list[Asked] = []
    for by, most in limits.items():
        for name, numbers in usual:
            if by != "kolmogorov_smirnov" or "edges" in numbers:
                asked.append(("drift", (name,), {"by": by, "max": most, **numbers}))
    asked += [
        ("drift", ("d",), {"by": "kolmogorov_smirnov", "min_p_value": 0.3, **EDGES}),
        ("drift", ("s",), {"by": "chi_square", "min_p_value": max(low, 0) / 8, **TEXTS}),
        ("drift", ("s",), {"by": "chi_square", "min_p_value": 0.3, "min_values": 3, **TEXTS}),
        ("one_type", ("s",), {"max_other_share": max(low, 0) / 8}),
        ("one_type", ("s",), {}),
        ("row_count_history", (), {"max_difference": abs(low)}),
        ("row_count_source", (), {"max_difference_share": 0.4, "table": "a.b"}),
        ("total_balance", ("n",), {"max_difference": abs(high), "table": "a.b", "sum": "n"}),
        ("total_balance", ("d",), {"max_difference_share": 0.5, "table": "a.b", "sum": "n"}),
        ("total_balance", ("m",), {"max_difference": 0, "max_difference_share": 0.5, "table": "a.b", "sum": "n"}),
        ("total_balance", (), {"max_difference": 2, "table": "a.b"}),
        ("lag", ("at",), {"max_lag_hours": abs(high), "references": ("at",), "table": "a.b"}),
    ]
    asked += [(kind, names, {**given, "where": "keep"}) for kind, names, given in asked]
    return [
        Rule(f"{number} {kind} {names} {given}", kind, names, tuple(sorted(given.items())), scope="batch")
        for number, (kind, names, given) in enumerate(asked)
    ]


def is_apart(rule: Rule, found: Sequence[Row], taken: Sequence[Row], other: float) -> bool | None:
    """Return whether a batch fails a rule, `other` being the number from elsewhere; None where it is not checked."""
    found, taken = (concerned(rule, some) for some in (found, taken))
    if not rule.columns:
        return beyond(rule, len(taken if rule.kind == "total_balance" else found), other)
    given = [getattr(one, rule.columns[0]) for one in taken]
    values = [value for value in given if value is not None]
    least = rule.argument("min_values")
    if least is not None and len(values) < int(str(least)):
        return None
    if rule.kind in {"total_balance", "one_type"}:
        return is_unlike(rule, values, other)
    if not values or any(is_nan(value) for value in values):
        return bool(found if rule.kind == "lag" else taken)
    return is_late(rule, values, other) if rule.kind == "lag" else drifted(rule, values)


def is_unlike(rule: Rule, values: Sequence[Any], other: float) -> bool:
    if rule.kind == "one_type":
        return other_share(values) > Fraction(str(rule.argument("max_other_share", 0)))
    return beyond(rule, sum(Fraction(value) if math.isfinite(value) else value for value in values), other)


def is_late(rule: Rule, values: Sequence[datetime], other: float) -> bool:
    behind = other / 1_000_000 - max(values).timestamp()
    return behind > float(str(rule.argument("max_lag_hours"))) * 3600


def beyond(rule: Rule, found: float | Fraction, other: float) -> bool:
    """Return whether two numbers are further apart than a rule tolerates."""
    apart = abs(found - other)
    most, share = (rule.argument(name) for name in ("max_difference", "max_difference_share"))
    is_over = most is not None and not apart <= Fraction(str(most))
    return is_over or (share is not None and not apart <= Fraction(str(share)) * abs(Fraction(other)))


def other_share(values: Sequence[str]) -> Fraction:
    """Return the share of texts that do not look like most of them."""
    seen = [look_of(value) for value in values if value.strip(" ")]
    return 1 - Fraction(max(map(seen.count, seen)), len(seen)) if seen else Fraction(0)


def concerned(rule: Rule, rows: Sequence[Row]) -> list[Row]:
    return [one for one in rows if rule.where is None or one.keep is True]


def look_of(text: str) -> str:
    """Return the one look that a text has."""
    looks = [name for name, pattern in LOOKS.items() if re.search(pattern.replace(r"\z", r"\Z"), text.strip(" "))]
    (found,) = looks or ["words"]
    return found


def drifted(rule: Rule, values: Sequence[Any]) -> bool:
    """Return whether values are distributed otherwise than a rule allows."""
    edges, listed = rule.listed("edges"), rule.listed("values")
    shares = [float(str(share)) for share in rule.listed("shares")]
    bounds = [Fraction(str(edge)) for edge in edges]
    places = [bisect_left(bounds, value) if edges else place_of(value, listed) for value in values]
    counts = [places.count(place) for place in range(len(shares))]
    found = distance(str(rule.argument("by")), counts, shares)
    most, least = rule.argument("max"), rule.argument("min_p_value")
    if most is not None:
        return found > float(str(most))
    if rule.argument("by") == "chi_square":
        return float(stats.chi2.sf(found, len(counts) - 1)) < float(str(least))
    root = math.sqrt(len(values))
    return float(stats.kstwobign.sf((root + 0.12 + 0.11 / root) * found)) < float(str(least))


def place_of(value: object, listed: Sequence[object]) -> int:
    return listed.index(value) if value in listed else len(listed)


def distance(by: str, counts: Sequence[int], shares: Sequence[float]) -> float:
    ours = [count / sum(counts) for count in counts]
    if by == "psi":
        pairs = [(max(here, LEAST_SHARE), max(there, LEAST_SHARE)) for here, there in zip(ours, shares, strict=True)]
        return sum((here - there) * (math.log(here) - math.log(there)) for here, there in pairs)
    if by == "chi_square":
        return float(stats.chisquare(counts, [sum(counts) * share for share in shares]).statistic)
    return max(abs(sum(ours[:end]) - sum(shares[:end])) for end in range(len(shares)))


def tallies_of(rules: Sequence[Rule], rows: Sequence[Row], taken: Sequence[Row]) -> dict[str, object]:
    """Return the tallies of a group of rows for rules, as Spark gives them."""
    found: dict[str, object] = {"gate_rows": len(rows)}
    for index, rule in enumerate(rules):
        counts_all = rule.kind in {"row_count_history", "row_count_source", "lag"}
        found[f"gate_checked_{index}"] = len(concerned(rule, rows if counts_all else taken))
        some = concerned(rule, taken)
        values = [value for one in some if rule.columns and (value := getattr(one, rule.columns[0])) is not None]
        if rule.kind == "one_type":
            values = [value for value in values if value.strip(" ")]
            found |= {f"gate_bin{place}_{index}": [*map(look_of, values)].count(one) for place, one in enumerate(LOOKS)}
        found[f"gate_values_{index}"] = len(values)
        found[f"gate_nan_{index}"] = len([value for value in values if is_nan(value)])
        if rule.kind == "lag" and values:
            found[f"gate_newest_{index}"] = int(max(values).timestamp() * 1_000_000)
        if rule.kind == "total_balance" and values:
            found[f"gate_sum_{index}"] = sum(values)
        for place, edge in enumerate(rule.listed("edges")):
            hits = [value for value in values if value <= Fraction(str(edge))]
            found[f"gate_bin{place}_{index}"] = len(hits)
        for place, one in enumerate(rule.listed("values")):
            found[f"gate_bin{place}_{index}"] = values.count(one)
    return found
