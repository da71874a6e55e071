"""Jobs that read an HTTP API over real sockets: every record once, whenever it was committed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.http_api import http_api

from tidegate.job.base import SparkJob
from tidegate.model.connections import HttpConnection
from tidegate.model.contracts import Column, Contract
from tidegate.model.declarations import Api, Cursor, Output
from tidegate.model.modes import Append
from tidegate.model.names import TableName
from tidegate.model.paging import Paging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.http_api import HttpApi

    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.integration]

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
    columns = (Column("id", "bigint"), Column("at", "timestamp"), Column("price", "decimal(30,10)"))
    return (Contract(TableName.parse("bronze.orders"), "1.0.0", columns, ()),)


@pytest.fixture
def api() -> Iterator[HttpApi]:
    with http_api() as found:
        yield found


@pytest.fixture
def sandbox(api: HttpApi, new_sandbox: Callable[..., Sandbox]) -> Sandbox:
    connection = HttpConnection("shop", api.url, {"Authorization": "Bearer s3cret"})
    return new_sandbox(contracts=contracts(), connections={"shop": connection})


def order(number: int, minute: int, **fields: object) -> dict[str, object]:
    return {"id": number, "at": f"2024-01-01T12:{minute:02}:00Z", **fields}


def test_new_and_late_records_are_read_once(api: HttpApi, sandbox: Sandbox) -> None:
    api.records = [order(1, 0), order(2, 5), order(3, 20)]
    assert sandbox.run(Orders()).counts.published == 3
    assert sandbox.run(Orders()).status == "nothing_new"
    api.records += [order(4, 15), order(5, 21)]
    report = sandbox.run(Orders())
    assert report.counts.published == 2
    assert [row[1] for row in sandbox.rows("bronze.orders")] == [1, 2, 4, 3, 5]
