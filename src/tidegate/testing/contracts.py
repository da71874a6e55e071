"""Contracts in a project's own tests: what a new version breaks, and whether columns are those of a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.conformance import table_differences
from tidegate.factory.conformance import actual_columns
from tidegate.factory.diffing import diff_contracts
from tidegate.factory.render_changes import render_changes

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tidegate.model.contracts import Contract


def check_compatible(old: str, new: str, *, table: str | None = None) -> None:
    """Assert that a new version of a contract breaks nothing, and that its version goes as far as its changes call for.

    Args:
        old: A file, an address, or `REVISION:path` of git, such as `main:contracts/silver/orders.odcs.yaml`.
        new: The same.
        table: Name such as `silver.orders`; None takes it from the place of either document.

    Raises:
        AssertionError: A change is breaking, or the version does not go far enough; the message lists all changes.
        ContractError: A document is missing, cannot be read, or is about another table.
    """
    found = diff_contracts(None, old, new, table)
    if found.comparison.is_breaking or not found.comparison.is_version_enough:
        raise AssertionError(render_changes(found))


def check_columns(rows: DataFrame, contract: Contract) -> None:
    """Assert that rows have the columns that a contract promises, by name and type.

    Tidegate's own columns (`_…`) and the order do not matter, nor does whether a type takes nulls: rows that hold some
    are for the gate. No data are read.

    Args:
        rows: A table that was read, or what a transform made.
        contract: The contract.

    Raises:
        AssertionError: A column is missing, is too many, or has another type; the message lists all.
    """
    found = table_differences(actual_columns(rows.schema), contract)
    faults = [one.text for one in found if one.kind != "nullability"]
    if faults:
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise AssertionError(f"the columns are not those of {contract.table} {contract.version}:\n{listed}")
