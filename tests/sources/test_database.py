"""What a database says of its cursors: their kinds, how far they reach, and what is not to be believed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pyspark.sql.types import (
    DataType,
    DateType,
    DecimalType,
    LongType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
)
from tests.postgres import postgres

from tidegate.errors import SourceError
from tidegate.model.connections import Connection
from tidegate.model.declarations import Cursor, Database
from tidegate.sources import database
from tidegate.sources.database import _kind_of, find_span, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame, SparkSession
    from tests.postgres import Postgres

pytestmark = [pytest.mark.spark, pytest.mark.integration]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as found:
        yield found


@pytest.fixture
def shop(server: Postgres) -> Connection:
    server.run("drop table if exists orders;")
    return Connection("shop", server.url, {"user": "tester", "password": server.password})


def orders(overlap: int | None = 0) -> Database:
    return Database("shop", Cursor("at", overlap), table="orders")


@pytest.mark.parametrize(
    ("type_", "kinds", "values", "reach"),
    [
        ("bigint", {"sequence"}, ("7", "-1", "8"), ("7", "8")),
        ("numeric(4)", {"sequence"}, ("7", "-1", "8"), ("7", "8")),
        (
            "numeric(38, 0)",
            {"sequence"},
            ("1" + 30 * "0", "-1", "1" + 29 * "0" + "1"),
            ("1" + 30 * "0", "1" + 29 * "0" + "1"),
        ),
        ("date", {"date"}, ("2024-02-29", "1969-12-31", "2024-03-01"), ("2024-02-29", "2024-03-01")),
        (
            "timestamp",
            {"timestamp"},
            ("2024-02-29 23:59:59.000001", "1969-12-31 00:00", "2024-03-01 00:00"),
            ("2024-02-29T23:59:59.000001", "2024-03-01T00:00:00.000000"),
        ),
        (
            "timestamptz",
            {"timestamp", "instant"},  # as Spark 3.5 shows it, and as Spark 4 does
            ("2024-02-29 23:59:59.000001+00", "1970-01-01 00:30+01", "2024-03-01 02:00+02"),
            ("2024-02-29T23:59:59.000001", "2024-03-01T00:00:00.000000"),
        ),
    ],
)
def test_a_cursor_of_any_kind_goes_on_from_the_greatest_value_that_was_read(
    spark: SparkSession,
    server: Postgres,
    shop: Connection,
    type_: str,
    kinds: set[str],
    values: tuple[str, str, str],
    reach: tuple[str, str],
) -> None:
    newest, old, next_ = values
    server.run(f"create table orders (at {type_}); insert into orders values ('{newest}'), ('{old}');")  # noqa: S608 - our own values
    first = find_span(spark, shop, orders(), None)
    assert first is not None
    assert first.kind in kinds
    assert first.mark().value.removesuffix("+00:00") == reach[0]
    assert read_rows(spark, shop, orders(), first).count() == 2
    assert read_rows(spark, shop, replace(orders(), partitions=3), first).count() == 2
    server.run(f"insert into orders values ('{next_}');")  # noqa: S608 - our own values
    second = find_span(spark, shop, orders(), replace(first.mark(("at",), (1,)), column="at"))
    assert second is not None
    assert second.mark().value.removesuffix("+00:00") == reach[1]
    flags = read_rows(spark, shop, orders(), second).select("tidegate_is_old", "tidegate_is_recent").collect()
    assert sorted(map(tuple, flags)) == [(0, 1), (1, 0)], (
        "the one that was read, which is told by its value, and the new one"
    )


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (LongType(), "sequence"),
        (DecimalType(20, 0), "sequence"),
        (DateType(), "date"),
        (TimestampNTZType(), "timestamp"),
        (TimestampType(), "instant"),
    ],
)
def test_what_spark_makes_of_a_column_says_in_which_steps_it_counts(found: DataType, kind: str) -> None:
    """Whichever database and whichever line of Spark it is."""
    assert _kind_of(StructType([StructField("newest", found)]), orders()) == kind


@pytest.mark.parametrize(
    ("type_", "name"),
    [("text", "string"), ("numeric(9, 2)", "decimal(9,2)"), ("numeric", "decimal(38,18)"), ("real", "float")],
)
def test_a_column_that_has_no_exact_order_cannot_be_a_cursor(
    spark: SparkSession, server: Postgres, shop: Connection, type_: str, name: str
) -> None:
    server.run(f"create table orders (at {type_}); insert into orders values ('1');")  # noqa: S608 - our own values
    with pytest.raises(SourceError) as caught:
        find_span(spark, shop, orders(), None)
    assert f"at cannot be a cursor: it is {name}" in str(caught.value)
    assert caught.value.where == "shop/orders"


def test_a_source_whose_rows_appear_in_order_is_not_asked_for_late_ones(
    spark: SparkSession, server: Postgres, shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.run("create table orders (at bigint); insert into orders values (1), (2);")
    first = find_span(spark, shop, orders(None), None)
    assert first is not None
    server.run("insert into orders values (1), (2);")  # which the declaration says never happens
    asked: list[DataFrame] = []
    answer = database._first

    def counted(question: DataFrame, declared: Database) -> tuple[int | None, ...]:
        asked.append(question)
        return answer(question, declared)

    monkeypatch.setattr(database, "_first", counted)
    assert find_span(spark, shop, orders(None), replace(first.mark(), column="at")) is None
    assert len(asked) == 1, "how far the source reaches is all there is to ask"
    assert find_span(spark, shop, orders(), replace(first.mark(), column="at", reach="2")) is not None
    assert len(asked) == 3, "whereas one with an overlap is"


@pytest.fixture
def summer_time(spark: SparkSession) -> Iterator[None]:
    """Let Spark's Java think that it is in Berlin."""
    assert spark._jvm is not None
    zones = spark._jvm.java.util.TimeZone
    before = zones.getDefault()
    zones.setDefault(zones.getTimeZone("Europe/Berlin"))
    try:
        yield
    finally:
        zones.setDefault(before)


@pytest.mark.usefixtures("summer_time")
def test_a_java_that_would_shift_moments_is_refused_before_a_row_is_read(
    spark: SparkSession, server: Postgres, shop: Connection
) -> None:
    """Spark 3.5 takes a moment for what clocks show where its Java is; Spark 4 takes it for what it is."""
    server.run("create table orders (at timestamptz); insert into orders values ('2024-07-01 12:00+00');")
    if not spark.version.startswith("3."):
        span = find_span(spark, shop, orders(), None)
        assert span is not None
        assert span.bound == "instant:2024-07-01T12:00:00.000000+00:00"
        return
    with pytest.raises(SourceError, match=r"Java is not in UTC(.|\n)*-Duser\.timezone=UTC"):
        find_span(spark, shop, orders(), None)
