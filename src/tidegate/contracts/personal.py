"""Which columns may be shown to people: those that a contract does not classify, and that hold single values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.types import parse_type

if TYPE_CHECKING:
    from tidegate.model.contracts import Column, Contract

# The classes that say that people who read reports may see a value.
_OPEN = frozenset({"public", "internal", "none"})
_PERSONAL_TAGS = frozenset({"pii", "personal", "sensitive", "gdpr"})
_UNSHOWN = frozenset({"array", "map", "struct", "binary"})


def is_confidential(column: Column) -> bool:
    """Return whether a contract says that values of a column are not for everybody.

    Any classification but `public`, `internal` and `none` says so, as nobody knows all classes that people invent; so
    does a tag such as `pii`, whatever the classification is.
    """
    has_class = bool(column.classification) and str(column.classification).strip().lower() not in _OPEN
    return has_class or any(tag.strip().lower() in _PERSONAL_TAGS for tag in column.tags)


def may_be_shown(column: Column) -> bool:
    """Return whether values of a column may stand in a report.

    Nested values may not: a class of what is within them is not known for the column as a whole. Nor may bytes.
    """
    return not is_confidential(column) and parse_type(column.type).family not in _UNSHOWN


def personal_columns(contract: Contract) -> tuple[str, ...]:
    """Return the columns whose values are masked where rows are shown, in the contract's order."""
    return tuple(column.name for column in contract.columns if is_confidential(column))
