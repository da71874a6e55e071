"""A shop whose orders an HTTP API gives, and the job that keeps every version of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from tidegate.job.base import SparkJob
from tidegate.model.connections import HttpConnection
from tidegate.model.contracts import Column, Contract
from tidegate.model.declarations import Api, Cursor, Output
from tidegate.model.modes import Append
from tidegate.model.names import TableName
from tidegate.model.paging import Paging

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
OFFSETS = Paging("offset", parameter="offset", size=2, size_parameter="limit")


class Orders(SparkJob):
    """Every version of an order that the shop's API has given."""

    inputs = {
        "orders": Api(
            "shop",
            Cursor("at", overlap=timedelta(minutes=10)),
            "/orders",
            records="data.items",
            paging=OFFSETS,
            since="since",
        )
    }
    output = Output("bronze.orders", Append())


def contracts() -> tuple[Contract, ...]:
    """Return the contracts of the tables that are made of them."""
    key, at, version = Column("id", "bigint"), Column("at", "timestamp"), Column("version", "bigint")
    raw = (key, at, Column("price", "decimal(30,10)"), version)
    tables = {"bronze.orders": raw, "bronze.prices": raw, "silver.orders": (key, at, version), "silver.both": (key,)}
    return tuple(
        Contract(TableName.parse(name), "1.0.0", columns, (), primary_key=("id",) if "silver" in name else ())
        for name, columns in tables.items()
    )


def connections(url: str) -> dict[str, HttpConnection]:
    """Return the connection to the API."""
    return {"shop": HttpConnection("shop", url, {"Authorization": "Bearer s3cret"}, retries=0)}


def moment(minute: int) -> str:
    """Return a time as the API writes it."""
    return (NOON + timedelta(minutes=minute)).isoformat()


def order(number: int, minute: int, **fields: object) -> dict[str, object]:
    """Return a record of the API."""
    return {"id": number, "at": moment(minute), **fields}
