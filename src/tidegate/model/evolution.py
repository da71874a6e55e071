"""How far a table may follow its contract when the contract changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Policy: TypeAlias = Literal["strict", "additive", "permissive"]
ChangeKind: TypeAlias = Literal["add", "widen", "relax"]

POLICIES: dict[Policy, frozenset[ChangeKind]] = {
    "strict": frozenset(),
    "additive": frozenset({"add"}),
    "permissive": frozenset({"add", "widen", "relax"}),
}

_LADDERS = (("tinyint", "smallint", "int", "bigint"), ("float", "double"))
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


@dataclass(frozen=True)
class Terms:
    """What a batch may change of its table's columns.

    Attributes:
        policy: `strict` nothing · `additive` columns may come · `permissive` also types may become wider, and columns
            that refuse nulls may take them.
        required: Columns that take no nulls; None where nobody says, so that the table stays as it is.
    """

    policy: Policy = "additive"
    required: frozenset[str] | None = None

    def allow(self, kind: ChangeKind) -> bool:
        """Return whether the policy allows a change."""
        return kind in POLICIES[self.policy]


def is_wider(before: str, after: str) -> bool:
    """Return whether every value of one type is a value of another, so that all formats read it as such.

    Integers become longer ones, `float` becomes `double`, a decimal gets more digits before its point. Nothing else:
    what is within arrays, maps and structs stays as it is.

    Args:
        before: A type in DDL form, such as `decimal(12,2)`.
        after: The other one.
    """
    numbers = _DECIMAL.fullmatch(before), _DECIMAL.fullmatch(after)
    if numbers[0] and numbers[1]:
        return numbers[0][2] == numbers[1][2] and int(numbers[0][1]) < int(numbers[1][1])
    return any(
        before in ladder and after in ladder and ladder.index(before) < ladder.index(after) for ladder in _LADDERS
    )
