"""A small shop for tests of whole runs: one contract, one job, and a plain-Python model of what the table must hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tidegate.job.base import SparkJob
from tidegate.model.contracts import Column, Contract, Rule
from tidegate.model.declarations import Output
from tidegate.model.modes import LateWindow, Upsert
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

SCHEMA = "order_id string, amount int, ordered_at timestamp, updated_at timestamp"
START = datetime(2024, 1, 1)  # noqa: DTZ001 - as Spark gives it

# The formats of the layers: none that leaves a file, and those of a lakehouse.
MEMORY = {"bronze": "memory", "silver": "memory", "gold": "memory", "quarantine": "memory"}
FILES = {"bronze": "parquet", "silver": "delta", "gold": "delta", "quarantine": "parquet"}


class Record(NamedTuple):
    """One version of an order as it arrives; an amount below zero is refused by the contract."""

    order_id: str | None
    amount: int | None
    ordered_at: datetime
    updated_at: datetime


def record(order: int | None, amount: int | None, *, day: int = 0, version: int = 0) -> Record:
    """Return a version of an order that was placed on a day."""
    ordered_at = START + timedelta(days=day)
    key = None if order is None else f"o{order}"
    return Record(key, amount, ordered_at, ordered_at + timedelta(seconds=version))


def contracts() -> tuple[Contract, ...]:
    """Return the contract of `silver.orders`."""
    columns = (
        Column("order_id", "string", required=True),
        Column("amount", "int"),
        Column("ordered_at", "timestamp", required=True),
        Column("updated_at", "timestamp", required=True),
    )
    rules = (
        Rule("order_id_is_not_null", "not_null", ("order_id",)),
        Rule("ordered_at_is_not_null", "not_null", ("ordered_at",)),
        Rule("amount_is_positive", "between", ("amount",), (("min", 0),)),
        Rule("amount_is_usual", "between", ("amount",), (("max", 900),), severity="warn"),
    )
    return (Contract(TableName.parse("silver.orders"), "1.0.0", columns, rules, primary_key=("order_id",)),)


def history_contracts() -> tuple[Contract, ...]:
    """Return the contract of `silver.orders` where it is a history: the time of a change is part of the key."""
    (base,) = contracts()
    timed = Rule("updated_at_is_not_null", "not_null", ("updated_at",))
    return (replace(base, rules=(*base.rules, timed)),)


class Orders(SparkJob):
    """Latest state of every order."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Upsert(("order_id",), "updated_at", late=LateWindow("ordered_at", days=3)))


class LateOrders(SparkJob):
    """Latest state of every order; late ones wait beside the table."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Upsert(("order_id",), "updated_at", late=LateWindow("ordered_at", 3, "defer")))


def frame(spark: SparkSession, records: Sequence[Record]) -> DataFrame:
    """Return the records as a frame."""
    return spark.createDataFrame(list(records), SCHEMA)


def is_good(one: Record) -> bool:
    """Return whether the contract lets a record pass."""
    return one.order_id is not None and (one.amount is None or one.amount >= 0)


def latest(records: Sequence[Record]) -> list[Record]:
    """Return what the table must hold: of the good records of each order the newest, of equal ones the greatest."""
    best: dict[str | None, Record] = {}
    for one in filter(is_good, records):
        if one.order_id not in best or _rank(one) > _rank(best[one.order_id]):
            best[one.order_id] = one
    return sorted(best.values(), key=repr)


def _rank(one: Record) -> tuple[object, ...]:
    return (one.updated_at, one.amount is not None, one.amount or 0, one.ordered_at)


def as_rows(records: Sequence[Record]) -> list[tuple[object, ...]]:
    """Return records in the form that `Sandbox.rows` gives: columns sorted by name, rows sorted by their text."""
    names = sorted(Record._fields)
    return sorted((tuple(getattr(one, name) for name in names) for one in records), key=repr)
