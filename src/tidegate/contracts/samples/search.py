"""A row that passes and fails what it should: each column's candidates are tried, columns of one rule together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tidegate.contracts.samples.comparing import Value
    from tidegate.contracts.samples.conditions import Row

MOST_TRIES = 50_000


@dataclass(frozen=True)
class Wish:
    """What is wanted of a row.

    Attributes:
        columns: The columns that it is about.
        is_met: Returns whether a row meets it; called with those columns alone.
    """

    columns: tuple[str, ...]
    is_met: Callable[[Row], bool]


def find_row(candidates: Mapping[str, Sequence[Value]], wishes: Sequence[Wish]) -> dict[str, Value] | None:
    """Return the first row that meets all wishes; None where none was found among `MOST_TRIES` per group of columns.

    Args:
        candidates: Values per column, the most wanted first.
        wishes: What is wanted.
    """
    fine = {
        name: [
            value for value in values if all(wish.is_met({name: value}) for wish in wishes if wish.columns == (name,))
        ]
        for name, values in candidates.items()
    }
    row: dict[str, Value] = {}
    for group in _groups([*candidates], wishes):
        joint = [wish for wish in wishes if len(wish.columns) > 1 and set(wish.columns) <= set(group)]
        tried = islice(product(*(fine[name] for name in group)), MOST_TRIES)
        rows = (dict(zip(group, values, strict=True)) for values in tried)
        found = next((part for part in rows if all(wish.is_met(part) for wish in joint)), None)
        if found is None:
            return None
        row |= found
    return {name: row[name] for name in candidates}


def _groups(names: Sequence[str], wishes: Sequence[Wish]) -> list[list[str]]:
    """Return the columns in groups, so that each wish is about columns of one group."""
    groups: list[list[str]] = [[name] for name in names]
    for wish in wishes:
        touched = [group for group in groups if not set(group).isdisjoint(wish.columns)]
        rest = [group for group in groups if group not in touched]
        groups = [*rest, [name for group in touched for name in group]]
    return [group for group in groups if group]
