"""Where a person is: the columns that contracts say name the same persons. No table is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.contracts.book import ContractBook
    from tidegate.model.contracts import Contract
    from tidegate.model.names import TableName


def columns_of(contract: Contract, subject: str, contracts: ContractBook) -> tuple[str, ...]:
    """Return the columns of a table that name the persons whom a column names elsewhere.

    They are those of its name, those whose property `subject` says so, and those that refer to one of these by a
    foreign key, over any number of tables.

    Args:
        contract: The table's contract.
        subject: The column, such as `customer_id`.
        contracts: The contracts of all tables.
    """
    return tuple(one.name for one in contract.columns if subject in _names(contract, one.name, contracts, frozenset()))


def tables_of(subject: str, contracts: ContractBook) -> dict[TableName, tuple[str, ...]]:
    """Return, per table that has such columns, these; tables in order of their names."""
    found = {table: columns_of(contracts.get(table), subject, contracts) for table in contracts.tables}
    return {table: columns for table, columns in found.items() if columns}


def referring_only(subject: str, contracts: ContractBook) -> tuple[tuple[TableName, TableName], ...]:
    """Return tables without such a column that refer to one with it, and to which: their rows may be about persons."""
    known = tables_of(subject, contracts)
    return tuple(
        (table, key.table)
        for table in contracts.tables
        if table not in known
        for key in contracts.get(table).foreign_keys
        if key.table in known
    )


def _names(
    contract: Contract, column: str, contracts: ContractBook, seen: frozenset[tuple[TableName, str]]
) -> frozenset[str]:
    """Return what a column is called here and where it refers to."""
    if (contract.table, column) in seen:  # tables may refer to each other, and to themselves
        return frozenset()
    seen |= {(contract.table, column)}
    said = next((one.subject for one in contract.columns if one.name == column), None)
    names = {column} if said is None else {column, said}
    for key in contract.foreign_keys:
        other = contracts.find(key.table)
        for mine, theirs in zip(key.columns, key.references, strict=False):
            if mine == column and other is not None:
                names |= _names(other, theirs, contracts, seen)
    return frozenset(names)
