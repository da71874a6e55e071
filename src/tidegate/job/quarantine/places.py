"""The two tables of a quarantine: what was set aside, and what was done about it."""

from __future__ import annotations

from tidegate.model.evolution import Terms
from tidegate.model.names import TableName

QUARANTINE_LAYER = "quarantine"
# What failed a contract is kept as that contract had it.
AS_IT_WAS = Terms("permissive")


def quarantine_of(table: TableName) -> TableName:
    """Return the name of a table's quarantine, such as `quarantine.silver_orders`."""
    return TableName(QUARANTINE_LAYER, f"{table.layer}_{table.dataset}")


def actions_of(table: TableName) -> TableName:
    """Return the name of the table of what was done about a table's quarantine."""
    return TableName(QUARANTINE_LAYER, f"{table.layer}_{table.dataset}__actions")
