"""Jobs that read an HTTP API over real sockets: every record once, whenever it was committed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.http_api import Fault, http_api
from tests.job.api_shop import OFFSETS, Orders, connections, contracts, moment, order

from tidegate.errors import ConfigError, JobDefinitionError
from tidegate.job.base import SparkJob
from tidegate.job.context import RunContext
from tidegate.job.plan import plan_job
from tidegate.job.rehearsal import plan_as_of
from tidegate.job.slicing import plan_slice
from tidegate.model.connections import Connection, HttpConnection
from tidegate.model.declarations import Api, Cursor, Output, Snapshot
from tidegate.model.modes import Append, Upsert
from tidegate.model.names import TableName
from tidegate.model.pins import Pin
from tidegate.model.slices import REBUILD
from tidegate.testing import check_replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyspark.sql import DataFrame, SparkSession
    from tests.http_api import HttpApi

    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.integration]

# Per run, the records that came or changed before it, and how many minutes their cursor lies behind the newest.
RUNS = st.lists(st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 10)), max_size=4), min_size=2, max_size=2)


class Single(SparkJob):
    """The same, of an API that gives all on one page."""

    inputs = {"orders": Api("shop", Cursor("at", timedelta(minutes=10)), "/orders", "data.items", since="since")}
    output = Output("bronze.orders", Append())


class Latest(SparkJob):
    """The newest version of each order."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Upsert(("id",), "at", tie_break=("version",)))

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        return inputs["orders"].select("id", "at", "version")


class Prices(SparkJob):
    """Every change of an order, of which the API has no record."""

    inputs = {"orders": Api("shop", Snapshot(("id",)), "/orders", "data.items", paging=OFFSETS)}
    output = Output("bronze.prices", Append())


class Both(SparkJob):
    """Orders of an API, and of a table."""

    inputs = {"api": Api("shop", Cursor("at"), "/orders", "data.items"), "table": "bronze.orders"}
    output = Output("silver.both", Append())
    changes_grain = True

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        orders = inputs["api"].select("id", "_problems")
        return orders.unionByName(inputs["table"].select("id"), allowMissingColumns=True)


def lakehouse(api: HttpApi, new_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return new_sandbox({"bronze": "parquet"}, contracts=contracts(), connections=connections(api.url))


@pytest.fixture
def api() -> Iterator[HttpApi]:
    with http_api() as found:
        yield found


@pytest.fixture
def sandbox(api: HttpApi, new_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return lakehouse(api, new_sandbox)


def read(sandbox: Sandbox, table: str, *columns: str) -> list[tuple[object, ...]]:
    name = TableName.parse(table)
    rows = sandbox.context.tables.store(name).read(name).select(*columns).collect()
    return sorted((tuple(row) for row in rows), key=repr)


@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(runs=RUNS, size=st.integers(2, 4))
def test_the_table_has_every_record_once(
    api: HttpApi, new_sandbox: Callable[..., Sandbox], runs: list[list[tuple[int, int]]], size: int
) -> None:
    sandbox = lakehouse(api, new_sandbox)
    api.records, api.size, newest = [], size, 0
    numbers = iter(range(1000))
    minutes: dict[int, int] = {}  # of each order; a change of an order is never older than the order
    for run in runs:
        for key, back in run:
            others = [one for one in api.records if one["id"] != key]
            is_kept = any(one["at"] == moment(newest) for one in others)
            minutes[key] = max(newest - back, minutes.get(key, 0)) if is_kept else newest + 1
            api.records = [*others, order(key, minutes[key], version=next(numbers))]
            newest = max(newest, minutes[key])
        sandbox.run(Orders())
    api.records.append(order(99, newest + 1, version=next(numbers)))
    sandbox.run(Orders())
    sandbox.run(Latest())
    held = sorted((one["id"], one["version"]) for one in api.records)
    assert sorted(row[1:] for row in sandbox.rows("silver.orders")) == held
    versions = read(sandbox, "bronze.orders", "version")
    assert len(versions) == len(set(versions))
    version = sandbox.version("bronze.orders")
    assert sandbox.run(Orders()).status == "nothing_new"
    assert sandbox.version("bronze.orders") == version


def test_a_late_commit_is_read_and_records_come_as_lines_of_a_file_do(api: HttpApi, sandbox: Sandbox) -> None:
    page = (
        '{"data": {"items": [{"id": 1, "at": "2024-01-01T12:00:00Z", "price": 12345678901234567890.0123456789},'
        '{"id": "x", "at": "2024-01-01T14:20:00+02:00", "note": {"a": [1]}},'
        '{"id": 3, "at": "2024-01-01T12:20:00Z", "price": NaN}]}}'
    )
    api.faults.append(Fault(body=page.encode()))
    report = sandbox.run(Single())
    assert (report.counts.published, report.counts.quarantined) == (1, 2)
    (told,) = report.inputs
    assert (told.kind, told.format, told.table) == ("api", "json", "shop/orders")
    assert (told.cursor_from, told.cursor_to) == (None, "2024-01-01T12:20:00.000000+00:00")
    columns = ("id", "at", "price", "_source_file", "_source_line", "_arrived_at")
    noon = datetime(2024, 1, 1, 12)  # noqa: DTZ001 - as Spark gives it
    price = Decimal("12345678901234567890.0123456789")
    assert read(sandbox, "bronze.orders", *columns) == [(1, noon, price, "shop/orders", None, noon)]
    kept = read(sandbox, "quarantine.bronze_orders", "_rescued", "_corrupt_record")
    assert kept == [
        ('{"note":"{\\"a\\":[1]}","id":"x"}', None),
        (None, '{"id": 3, "at": "2024-01-01T12:20:00Z", "price": NaN}'),
    ]
    late = page[:-3] + ',{"id": 4, "at": "2024-01-01T12:15:00Z"}]}}'
    api.faults.append(Fault(body=late.encode()))
    assert sandbox.run(Single()).counts.read == 1, "the unreadable ones are known, too"
    assert api.asked[-1].parameters == {"since": "2024-01-01T12:09:59Z"}
    assert not list((sandbox.root / "_tidegate").rglob("part-*")), "what was pulled does not stay"


def test_what_an_api_gives_twice_or_with_a_new_field_is_still_known(api: HttpApi, sandbox: Sandbox) -> None:
    api.paging = "none"
    first = json.dumps(order(1, 0))
    api.faults.append(Fault(body=f'{{"data": {{"items": [{first}, {first}]}}}}'.encode()))
    assert sandbox.run(Single()).counts.published == 1
    api.records = [order(1, 0, tag=None), order(2, 0, tag="x")]
    assert sandbox.run(Single()).counts.published == 1
    version = sandbox.version("bronze.orders")
    del api.records[0]["tag"]
    assert sandbox.run(Single()).status == "nothing_new"
    assert sandbox.version("bronze.orders") == version


def test_a_run_that_dies_is_run_again_as_if_nothing_had_been(api: HttpApi, sandbox: Sandbox) -> None:
    api.records = [order(number, number) for number in range(5)]
    api.faults.extend([Fault(), Fault(400, (), b"s3cret")])
    report = Orders().execute(sandbox.context)
    assert report.status == "failed"
    assert "the API answered 400" in str(report.error)
    assert "s3cret" not in report.to_json()
    assert sandbox.version("bronze.orders") is None
    assert not list(sandbox.root.rglob("part-*"))
    check_replay(Orders(), sandbox)
    assert [row[1] for row in sandbox.rows("bronze.orders")] == [0, 1, 2, 3, 4]


def test_an_api_without_a_cursor_is_compared_with_what_it_held(api: HttpApi, sandbox: Sandbox) -> None:
    assert sandbox.run(Prices()).status == "nothing_new"
    api.records = [order(number, 0, price=1) for number in range(4)]
    assert sandbox.run(Prices()).counts.published == 4
    assert sandbox.run(Prices()).status == "nothing_new"
    api.records = [order(0, 0, price=2), *api.records[1:3]]
    sandbox.run(Prices())
    changes = read(sandbox, "bronze.prices", "id", "_operation", "_batch_id")
    assert [change[:2] for change in changes if change[2] == 2] == [(0, "upsert"), (3, "delete")]
    api.records = []
    assert "lacks 3 of the 3 rows" in str(Prices().execute(sandbox.context).error)


def test_an_api_without_news_does_not_hold_up_the_other_inputs(
    api: HttpApi, sandbox: Sandbox, spark: SparkSession
) -> None:
    api.paging, api.records = "none", [order(1, 0)]
    arrived = spark.sql("select 7L id, timestamp '2024-01-01' at, 1.5BD price, 1L version")
    sandbox.arrive("bronze.orders", arrived)
    assert sandbox.run(Both()).counts.published == 2
    sandbox.arrive("bronze.orders", arrived.selectExpr("id + 1 id", "at", "price", "version"))
    assert sandbox.run(Both()).counts.published == 1
    assert sandbox.run(Both()).status == "nothing_new"
    api.records.append(order(2, 1))
    assert sandbox.run(Both()).counts.published == 1


def test_what_has_no_past_is_not_run_on_it(api: HttpApi, sandbox: Sandbox) -> None:
    with pytest.raises(JobDefinitionError, match="only tables have versions"):
        plan_as_of(Orders, sandbox.context, Pin.parse("2024-01-01"))
    with pytest.raises(JobDefinitionError, match="an API has no past"):
        plan_slice(Orders, sandbox.context, REBUILD)
    (planned,) = plan_job(Orders, sandbox.context).inputs
    assert planned.has_news
    assert not api.asked, "a plan asks nobody"
    wrong = Connection("shop", "jdbc:postgresql://db/shop")
    sandbox.connections = {"shop": wrong}
    assert "the connection shop is not an API" in str(Orders().execute(sandbox.context).error)
    with pytest.raises(ConfigError, match="is not a database"):
        RunContext.database(replace(sandbox.context, connection=lambda _: HttpConnection("shop", api.url)), "shop")
