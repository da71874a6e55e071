"""Contracts and gates made in tests without documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.compiling import compile_gate
from tidegate.model.contracts import Column, Contract, Rule
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from tidegate.contracts.gate import Gate

ORDERS = TableName("silver", "orders")


def contract(columns: Mapping[str, str], rules: Sequence[Rule], *, key: tuple[str, ...] = ()) -> Contract:
    """Return a contract of columns by name and type."""
    made = tuple(Column(name, type_) for name, type_ in columns.items())
    return Contract(ORDERS, "1.0.0", made, tuple(rules), primary_key=key, location="orders.odcs.yaml")


def gate(columns: Mapping[str, str], *rules: Rule, key: tuple[str, ...] = ()) -> Gate:
    """Return the gate of a contract of columns by name and type."""
    return compile_gate(contract(columns, rules, key=key))


def failed_rules(gate_: Gate, marked: DataFrame, label: str) -> dict[object, set[str]]:
    """Return, per value of a column, the ids of the rules that its row failed. One Spark job."""
    rows = marked.select(label, gate_.reasons().alias("reasons")).collect()
    return {row[label]: {reason["rule"] for reason in row["reasons"]} for row in rows}
