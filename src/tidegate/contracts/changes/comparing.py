"""Two versions of a contract, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.changes.change import LEVELS, READERS, Change
from tidegate.contracts.changes.columns import column_changes, key_changes
from tidegate.contracts.changes.levels import score_changes, service_level_changes
from tidegate.contracts.changes.rules import rule_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.model.contracts import Contract


def contract_changes(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Return what changed between two versions of a contract: what breaks first, then by what it is about.

    The order of rules, tags and service levels does not matter; that of columns is a change of its own.
    """
    found = [
        *column_changes(old, new),
        *key_changes(old, new),
        *rule_changes(old, new),
        *service_level_changes(old, new),
        *score_changes(old, new),
        *_documentation_changes(old, new),
    ]
    return tuple(sorted(found, key=lambda change: (LEVELS.index(change.level), change.element, change.kind)))


def _documentation_changes(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = _told(old), _told(new)
    if changed := [name for name in before if before[name] != after[name]]:
        yield Change("documentation_changed", "compatible", READERS, "table", f"table: {', '.join(changed)}")


def _told(contract: Contract) -> dict[str, object]:
    details = contract.details
    return {
        "description": contract.description,
        "owner": contract.owner,
        "status": details.status,
        "domain": details.domain,
        "usage": details.usage,
        "limitations": details.limitations,
        "tags": sorted(details.tags),
        "team": sorted(map(repr, details.team)),
        "roles": sorted(map(repr, details.roles)),
        "servers": sorted(map(repr, details.servers)),
    }
