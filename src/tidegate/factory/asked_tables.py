"""Tables by the name that a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import SelectionError
from tidegate.model.names import TableName
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from tidegate.factory.lakehouse import Lakehouse


def named_table(lakehouse: Lakehouse, name: str) -> TableName:
    """Return the table that a name means: one that exists, or that a job or a contract of the project speaks of.

    Raises:
        JobDefinitionError: It is no table name.
        SelectionError: Nothing in the project has that name.
        TableError: The layer has no place.
    """
    table = TableName.parse(name)
    known = {*lakehouse.registry.jobs, *map(str, lakehouse.contracts.tables)}
    store = lakehouse.tables.store(table)
    if name in known or store.version(table) is not None:
        return table
    raise SelectionError(
        f"there is no table {name}{did_you_mean(name, known, likeness=0.8)}",
        where=store.location(table),
        hint=f"tables of jobs and contracts: {', '.join(sorted(known)) or 'none'}",
    )
