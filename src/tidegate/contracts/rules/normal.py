"""Near duplicates: what makes two texts the same although they are written differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.rules.likeness import likeness_of, likeness_problems
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule

NEAR_UNIQUE = "near_unique"
# In the order in which they are taken, whatever the order in which a rule names them.
STEPS = ("trim", "lower", "spaces", "letters", "soundex")
_USUAL = ("trim", "lower", "spaces")


def steps_of(rule: Rule) -> tuple[str, ...]:
    """Return what is done to texts before they are compared: trim, lower and spaces where the rule says nothing."""
    return tuple(map(str, rule.listed("normalize"))) or _USUAL


def near_problems(rule: Rule, types: Mapping[str, SparkType]) -> Iterator[str]:
    """Yield what is wrong with how texts are normalised and compared."""
    for step in steps_of(rule):
        if step not in STEPS:
            yield f"texts are normalised by {', '.join(STEPS)}, not by {step!r}{did_you_mean(step, STEPS)}"
    if all(types[name].name != "string" for name in rule.columns):
        yield "none of its columns is a text; take unique"
    else:
        yield from likeness_problems(rule, types)


def near_says(rule: Rule) -> str:
    """Return what is wrong with a row that is nearly the same as another one."""
    how = likeness_of(rule)
    if how is None:
        return "occurs more than once, perhaps written differently"
    return f"is nearly the same as in another row, or one of more than {how.max_block} that would have to be compared"
