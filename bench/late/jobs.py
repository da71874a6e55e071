"""The two tables of the benchmark as jobs of tidegate, and their contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.late.data import EVENT, KEYS, SEQUENCE, WINDOW_DAYS
from tidegate import LateWindow, New, Output, Scd2, SparkJob, Upsert
from tidegate.contracts.book import ContractBook
from tidegate.model.contracts import Column, Contract, Rule
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

LINES = TableName("silver", "lineitem")
PARTS = TableName("silver", "parts")
_AMOUNTS = ("l_quantity", "l_extendedprice", "l_discount", "l_tax")
_COLUMNS = {
    "l_orderkey": "bigint",
    "l_partkey": "bigint",
    "l_suppkey": "bigint",
    "l_linenumber": "int",
    **dict.fromkeys(_AMOUNTS, "decimal(15,2)"),
    "l_returnflag": "string",
    "l_linestatus": "string",
    EVENT: "date",
    "l_commitdate": "date",
    "l_receiptdate": "date",
    "l_shipinstruct": "string",
    "l_shipmode": "string",
    "l_comment": "string",
    SEQUENCE: "timestamp",
}
_PART_COLUMNS = {"part_id": "bigint", "changed_at": "timestamp", "supplier_id": "int", "price": "int"}


class Lines(SparkJob):
    """The latest state of every order line."""

    inputs = {"lines": New("bronze.lineitem")}
    output = Output(str(LINES), Upsert(keys=KEYS, sequence_by=SEQUENCE, late=LateWindow(EVENT, days=WINDOW_DAYS)))

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return the lines as they came."""
        return inputs["lines"].select(*_COLUMNS)


def deferring() -> Lines:
    """Return the job whose rows beyond the window wait beside the table."""
    window = LateWindow(EVENT, days=WINDOW_DAYS, beyond="defer")
    output = Output(str(LINES), Upsert(keys=KEYS, sequence_by=SEQUENCE, late=window))
    kind: type[Lines] = type("DeferredLines", (Lines,), {"__doc__": Lines.__doc__, "output": output})
    return kind()


class Parts(SparkJob):
    """The history of every part."""

    inputs = {"events": New("bronze.parts")}
    output = Output(str(PARTS), Scd2(keys=("part_id",), sequence_by="changed_at"))

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return the events as they came."""
        return inputs["events"].select(*_PART_COLUMNS)


def contracts() -> ContractBook:
    """Return the contracts: every row is judged by its keys, its times and, for lines, its amounts."""
    lines = (
        *(_not_null(name) for name in (*KEYS, EVENT, SEQUENCE)),
        *(Rule(f"{name}_is_not_negative", "between", (name,), (("min", 0),)) for name in _AMOUNTS),
    )
    parts = tuple(_not_null(name) for name in ("part_id", "changed_at"))
    return ContractBook.of((_contract(LINES, _COLUMNS, lines), _contract(PARTS, _PART_COLUMNS, parts)))


def _contract(table: TableName, columns: Mapping[str, str], rules: tuple[Rule, ...]) -> Contract:
    return Contract(table, "1.0.0", tuple(Column(name, kind) for name, kind in columns.items()), rules)


def _not_null(name: str) -> Rule:
    return Rule(f"{name}_is_not_null", "not_null", (name,))
