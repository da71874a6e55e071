"""How far a table may follow its contract when the contract changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Policy: TypeAlias = Literal["strict", "additive", "permissive"]
ChangeKind: TypeAlias = Literal["add", "widen", "relax"]

POLICIES: dict[Policy, frozenset[ChangeKind]] = {
    "strict": frozenset(),
    "additive": frozenset({"add"}),
    "permissive": frozenset({"add", "widen", "relax"}),
}


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
