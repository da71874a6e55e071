"""What a rule says of itself in messages: its interval, its values, what it compares with. Never with data in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.model.contracts import Rule

_SHOWN_VALUES = 10


def interval(rule: Rule) -> str:
    """Return the bounds of a rule, such as `[0, …)`."""
    low, high = rule.argument("min"), rule.argument("max")
    opening = "(" if low is None or rule.argument("exclusive_min") else "["
    closing = ")" if high is None or rule.argument("exclusive_max") else "]"
    return f"{opening}{'…' if low is None else low}, {'…' if high is None else high}{closing}"


def listed(rule: Rule, name: str) -> str:
    """Return the first values that a rule lists."""
    shown = [str(value) for value in rule.listed(name)]
    return ", ".join(shown[:_SHOWN_VALUES]) + (", …" if len(shown) > _SHOWN_VALUES else "")


def other_side(rule: Rule) -> str:
    """Return what a comparison's first column is compared with."""
    return rule.columns[1] if len(rule.columns) > 1 else str(rule.argument("value"))
