"""Whether a rule became stricter or looser, where that can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.contracts.rules.arguments import age_in_hours
from tidegate.contracts.rules.batch_kinds import ONE_TYPE
from tidegate.contracts.rules.compared_kinds import BALANCE, LAG, ROW_COUNT_HISTORY, ROW_COUNT_SOURCE, TOTAL_BALANCE
from tidegate.contracts.rules.kinds import KINDS
from tidegate.contracts.rules.others import most_lag
from tidegate.contracts.rules.usual import DRIFT, OUTLIER
from tidegate.model.contracts import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tidegate.model.contracts import Argument, Rule

# `other`: some rows fail now that passed, and some may pass that failed; or nobody can tell.
Direction: TypeAlias = Literal["stricter", "looser", "other"]


def directions(old: Rule, new: Rule) -> frozenset[Direction]:
    """Return in which directions a rule went, as to what it asks of rows; none where it asks the same.

    Severity and limits are not looked at: `handling_directions` does that.
    """
    return frozenset(_asked(old, new))


def handling_directions(old: Rule, new: Rule) -> frozenset[Direction]:
    """Return in which directions a rule went, as to what is done about rows that fail it."""
    found: list[Direction] = []
    rank = SEVERITIES.index(new.severity) - SEVERITIES.index(old.severity)
    found += _by_size(rank)
    for before, after in ((old.max_failed, new.max_failed), (old.max_failed_share, new.max_failed_share)):
        if before is None or after is None:
            found += _by_size((after is not None) - (before is not None))
        else:
            found += _by_size(before - after)
    return frozenset(found)


def _asked(old: Rule, new: Rule) -> Iterator[Direction]:
    if (old.kind, old.columns) != (new.kind, new.columns):
        yield "other"
        return
    if old.scope != new.scope:
        yield "stricter" if new.scope == "table" else "looser" if old.scope == "table" else "other"
    if old.arguments == new.arguments:
        return
    yield from _by_concern(old, new)
    before, after = dict(old.arguments), dict(new.arguments)
    if before | {"where": None} == after | {"where": None}:
        return
    compare = _COMPARED.get(old.kind)
    if compare is None or before.get("quantile") != after.get("quantile"):
        yield "other"
    else:
        yield from compare(old, new)


def _by_concern(old: Rule, new: Rule) -> list[Direction]:
    """Return the direction of the rows that a rule concerns: the fewer, the looser."""
    if old.where == new.where:
        return []
    if KINDS[old.kind].fails is None:  # of other rows the whole may be more as well as less
        return ["other"]
    return ["looser" if old.where is None else "stricter" if new.where is None else "other"]


def _by_size(stricter_by: float) -> list[Direction]:
    if stricter_by == 0:
        return []
    return ["stricter" if stricter_by > 0 else "looser"]


def _end(before: Mapping[str, Argument], after: Mapping[str, Argument], name: str, *, is_low: bool) -> list[Direction]:
    """Return where one end of an interval went; no bound is the loosest, and an exclusive one the stricter of two."""
    first, second = before.get(name), after.get(name)
    flag = f"exclusive_{name}"
    if first is None or second is None:
        return _by_size((second is not None) - (first is not None))
    if first == second:
        return _by_size(bool(after.get(flag)) - bool(before.get(flag)))
    is_higher = _is_less(first, second)
    if is_higher is None:
        return ["other"]
    return ["stricter" if is_higher == is_low else "looser"]


def _is_less(first: Argument, second: Argument) -> bool | None:
    """Return whether one bound is below another; None where they cannot be compared."""
    if isinstance(first, str) and isinstance(second, str):
        return first < second
    if isinstance(first, int | float) and isinstance(second, int | float):
        return first < second
    return None


def _by_values(first: Rule, second: Rule) -> list[Direction]:
    """Return the direction of a list of values, the shorter of which is the stricter one."""
    before, after = (frozenset(map(repr, rule.listed("values"))) for rule in (first, second))
    if before == after:
        return []
    return ["stricter" if after < before else "looser" if before < after else "other"]


def _by_ends(old: Rule, new: Rule) -> list[Direction]:
    """Return the directions of the ends that a rule sets to something: to values, numbers or shares."""
    before, after = dict(old.arguments), dict(new.arguments)
    lows, highs = ("min", "min_share"), ("max", "max_share", "max_nulls", "max_null_share")
    found = [direction for name in lows for direction in _end(before, after, name, is_low=True)]
    return [*found, *(direction for name in highs for direction in _end(before, after, name, is_low=False))]


def _by_limits(old: Rule, new: Rule) -> list[Direction]:
    """Return the direction of limits of how far something may be from something else, which else is the same."""
    before, after = ({**dict(rule.arguments), **dict.fromkeys((*_LIMITS, "where"))} for rule in (old, new))
    found: list[Direction] = [] if before == after else ["other"]
    for name, stricter in _LIMITS.items():
        first, second = old.scalar(name), new.scalar(name)
        if first is None or second is None:
            found += _by_size((second is not None) - (first is not None))
        else:
            found += _by_size(stricter * (float(str(second)) - float(str(first))))
    return found


def _others(rule: Rule) -> tuple[Argument, Argument]:
    return rule.argument("table"), rule.argument("references")


def _by_other_share(old: Rule, new: Rule) -> list[Direction]:
    return _by_size(float(str(old.argument("max_other_share", 0))) - float(str(new.argument("max_other_share", 0))))


# Limits, each with the direction in which it is the stricter.
_LIMITS: Mapping[str, int] = {"max": -1, "max_difference": -1, "max_difference_share": -1, "min_p_value": 1}

_COMPARED: Mapping[str, Callable[[Rule, Rule], list[Direction]]] = {
    "accepted_values": _by_values,
    BALANCE: _by_limits,
    "between": _by_ends,
    "completeness": _by_ends,
    "date_between": _by_ends,
    "distinct_count": _by_ends,
    DRIFT: _by_limits,
    "forbidden_values": lambda old, new: _by_values(new, old),
    "freshness": lambda old, new: _by_size(age_in_hours(old) - age_in_hours(new)),
    LAG: lambda old, new: ["other"] if _others(old) != _others(new) else _by_size(most_lag(old) - most_lag(new)),
    "length": _by_ends,
    "maximum": _by_ends,
    "mean": _by_ends,
    "minimum": _by_ends,
    "not_missing": lambda old, new: _by_values(new, old),
    ONE_TYPE: _by_other_share,
    OUTLIER: _by_limits,
    "quantile": _by_ends,
    "row_count": _by_ends,
    ROW_COUNT_HISTORY: _by_limits,
    ROW_COUNT_SOURCE: _by_limits,
    "standard_deviation": _by_ends,
    "sum": _by_ends,
    TOTAL_BALANCE: _by_limits,
}
