"""Which columns hold what not everybody may see, as their contract classifies them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.model.contracts import Contract

OPEN_CLASSES = frozenset({"public", "internal", "none"})


def personal_columns(contract: Contract) -> tuple[str, ...]:
    """Return the columns whose values are masked where rows are shown, in the contract's order.

    A class that is not known to be harmless (`public`, `internal`, `none`) counts as personal data: a word that we do
    not know is no reason to show a value.
    """
    return tuple(
        column.name
        for column in contract.columns
        if column.classification and column.classification.strip().lower() not in OPEN_CLASSES
    )
