"""What the roles of a contract may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.model.contracts import Contract, Party

# `clear`: the table. `write`: the table, and to change it. `masked`: the table without values of classified columns.
Reading: TypeAlias = Literal["clear", "masked", "write"]

_READINGS: Mapping[str, Reading] = {
    "read": "clear",
    "masked": "masked",
    "read-masked": "masked",
    "write": "write",
    "read-write": "write",
    "readwrite": "write",
}


def reading_of(role: Party) -> Reading | None:
    """Return what a role may read, by its `access`; None where it may read nothing, as with any other word."""
    return _READINGS.get(role.kind.strip().lower().replace("_", "-"))


def has_clear_reader(contract: Contract) -> bool:
    """Return whether a contract names somebody who may read personal data in the clear."""
    return any(reading_of(role) in ("clear", "write") for role in contract.details.roles)
