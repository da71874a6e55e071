"""Jobs that read a database, against a real PostgreSQL: every row once, whenever its transaction was committed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.postgres import postgres

from tidegate.errors import RunStoppedError, TidegateError
from tidegate.job.base import SparkJob
from tidegate.job.plan import plan_job
from tidegate.model.connections import Connection
from tidegate.model.contracts import Column, Contract
from tidegate.model.declarations import Cursor, Database, Output, Snapshot
from tidegate.model.modes import Append
from tidegate.model.names import TableName
from tidegate.pipeline.journal import Beginning, Journal, last_run
from tidegate.testing import check_replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.postgres import Postgres

    from tidegate.model.reports import RunReport
    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.integration]

NOON = datetime(2024, 1, 1, 12)  # noqa: DTZ001 - as Spark gives it
MINUTES = st.integers(0, 10)
# Per run, the rows that were committed before it: how far back in minutes their cursor lies, and what they say.
RUNS = st.lists(st.lists(st.tuples(MINUTES, st.sampled_from("ab")), max_size=4), min_size=2, max_size=3)


class Events(SparkJob):
    """Every event as it stands in the shop's database."""

    inputs = {"events": Database("shop", Cursor("at", overlap=timedelta(minutes=10)), table="events")}
    output = Output("bronze.events", Append())


class Tickets(SparkJob):
    """Every ticket, in the order of its number, read in three parts."""

    inputs = {"tickets": Database("shop", Cursor("id", overlap=5), query="select * from tickets", partitions=3)}
    output = Output("bronze.tickets", Append())


class Prices(SparkJob):
    """Every change of a ticket, of which the database has no record."""

    inputs = {"tickets": Database("shop", Snapshot(("id",)), table="tickets")}
    output = Output("bronze.prices", Append())


def contracts() -> tuple[Contract, ...]:
    events = (Column("body", "string"), Column("at", "timestamp"))
    tickets = (Column("id", "bigint"), Column("price_cents", "decimal(12,0)"), Column("sold_at", "timestamp"))
    return (
        Contract(TableName.parse("bronze.events"), "1.0.0", events, ()),
        Contract(TableName.parse("bronze.tickets"), "1.0.0", tickets, ()),
        Contract(TableName.parse("bronze.prices"), "1.0.0", tickets, ()),
    )


class Shop:
    """A lakehouse and the database that it reads."""

    def __init__(self, server: Postgres, sandbox: Sandbox) -> None:
        self.server, self.sandbox = server, sandbox

    def run(self, job: SparkJob) -> RunReport:
        return self.sandbox.run(job)

    def failure(self, job: SparkJob) -> str:
        report = job.execute(self.sandbox.context)
        assert report.status == "failed"
        return str(report.error)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as found:
        yield found


@pytest.fixture
def new_shop(server: Postgres, new_sandbox: Callable[..., Sandbox]) -> Callable[[], Shop]:
    def make() -> Shop:
        server.run(
            "drop table if exists events, tickets;"
            "create table events (body text, at timestamp not null);"
            "create table tickets (id bigint primary key, price_cents numeric(12), sold_at timestamptz, note text);"
        )
        connections = {"shop": Connection("shop", server.url, {"user": "tester", "password": server.password})}
        return Shop(server, new_sandbox({"bronze": "parquet"}, contracts=contracts(), connections=connections))

    return make


def insert(server: Postgres, rows: list[tuple[str, datetime]]) -> None:
    server.run("".join(f"insert into events values ('{body}', '{at}');" for body, at in rows))  # noqa: S608 - our own values


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(runs=RUNS)
def test_rows_that_are_committed_late_within_the_overlap_are_read_once(
    new_shop: Callable[[], Shop], runs: list[list[tuple[int, str]]]
) -> None:
    shop = new_shop()
    committed: list[tuple[str, datetime]] = []
    for hour, rows in enumerate(runs):
        newest = max((at for _, at in committed), default=NOON)
        # Some rows push the watermark on, others lie behind it; equal rows are not the same row.
        step = timedelta(minutes=7 if hour % 2 else 0)
        arrived = [(body, newest + step - timedelta(minutes=back)) for back, body in rows]
        arrived = [(body, max(at, newest - timedelta(minutes=10))) for body, at in arrived]
        insert(shop.server, arrived)
        committed += arrived
        shop.run(Events())
        assert shop.sandbox.rows("bronze.events") == sorted(((at, body) for body, at in committed), key=repr)
        version = shop.sandbox.version("bronze.events")
        assert shop.run(Events()).status == "nothing_new"
        assert shop.sandbox.version("bronze.events") == version


def test_a_transaction_that_is_open_during_a_run_is_read_by_the_next(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    with shop.server.session() as late:
        assert late.stdin
        assert late.stdout
        late.stdin.write(
            "begin; insert into events values ('late', timestamp '2024-01-01 12:00'); select 'inserted';\n"
        )
        late.stdin.flush()
        assert late.stdout.readline() == "inserted\n"
        insert(shop.server, [("prompt", NOON + timedelta(minutes=3))])
        assert shop.run(Events()).counts.published == 1
        late.communicate("commit;\n")
    assert shop.run(Events()).counts.published == 1
    assert [body for _, body in shop.sandbox.rows("bronze.events")] == ["late", "prompt"]


def test_a_sequence_is_read_in_parts_and_its_rows_say_where_they_are_from(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    shop.server.run(
        "insert into tickets select n, n * 100, timestamptz '2024-07-01 10:00+02', 'x' from generate_series(1, 50) n;"
        "delete from tickets where id = 48;"
    )
    assert shop.run(Tickets()).counts.published == 49
    shop.server.run("insert into tickets values (48, 1, null, null), (51, null, null, null);")
    report = shop.run(Tickets())
    assert report.counts.published == 2
    (read,) = report.inputs
    assert (read.kind, read.format, read.table) == ("database", "jdbc", "shop/query")
    rows = shop.sandbox.rows("bronze.tickets")
    assert {row[0] for row in rows} == set(range(1, 52))
    assert len(rows) == 51
    table = TableName.parse("bronze.tickets")
    row = shop.sandbox.context.tables.store(table).read(table).where("id = 7").collect()[0]
    assert (row["price_cents"], row["sold_at"]) == (700, datetime(2024, 7, 1, 8))  # noqa: DTZ001
    assert (row["_source_file"], row["_rescued"]) == ("shop/query", '{"note":"x"}')


def test_a_table_without_a_cursor_is_compared_with_what_it_held(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    assert shop.run(Prices()).status == "nothing_new"
    shop.server.run(
        "insert into tickets select n, n, timestamptz '2024-07-01 10:00:00.000001+02' from generate_series(1, 5) n;"
    )
    assert shop.run(Prices()).counts.published == 5
    version = shop.sandbox.version("bronze.prices")
    assert shop.run(Prices()).status == "nothing_new"
    assert shop.sandbox.version("bronze.prices") == version
    shop.server.run(
        "delete from tickets where id < 3; update tickets set note = 'x' where id = 3; insert into tickets values (6);"
    )
    assert shop.run(Prices()).counts.published == 4
    table = TableName.parse("bronze.prices")
    rows = shop.sandbox.context.tables.store(table).read(table).where("_batch_id = 2").collect()
    assert sorted((row["id"], row["price_cents"], row["_operation"]) for row in rows) == [
        (1, 1, "delete"),
        (2, 2, "delete"),
        (3, 3, "upsert"),
        (6, None, "upsert"),
    ]
    assert {row["_source_file"] for row in rows} == {"shop/tickets"}
    shop.server.run("delete from tickets;")
    assert "lacks 4 of the 4 rows" in shop.failure(Prices())


def test_the_plan_says_how_far_a_source_has_been_read(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    context = shop.sandbox.context
    assert not plan_job(Events, context).is_due
    insert(shop.server, [("a", NOON)])
    (read,) = plan_job(Events, context).inputs
    assert read.reads == "- > 2024-01-01T12:00:00.000000"
    shop.run(Events())
    insert(shop.server, [("b", NOON + timedelta(seconds=1))])
    (read,) = plan_job(Events, context).inputs
    assert read.reads == "2024-01-01T12:00:00.000000 > 2024-01-01T12:00:01.000000"


def test_a_new_column_of_the_source_does_not_bring_the_overlap_twice(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    insert(shop.server, [("a", NOON), ("b", NOON)])
    shop.run(Events())
    shop.server.run("alter table events add column tag text default 'new';")
    shop.server.run("insert into events values ('c', timestamp '2024-01-01 12:00', 'x');")
    assert shop.run(Events()).counts.published == 1
    assert shop.run(Events()).status == "nothing_new"
    shop.server.run("alter table events drop column tag;")
    insert(shop.server, [("d", NOON)])
    assert "has no column tag any more" in shop.failure(Events())


def test_a_run_that_is_resumed_reads_what_the_source_held_when_it_was_first_read(
    new_shop: Callable[[], Shop], tmp_path: Path
) -> None:
    """What came between the failure and the second attempt is left for the next run, which brings it once."""
    shop = new_shop()
    folder, began = f"{tmp_path}/pipeline", NOON.replace(tzinfo=timezone.utc).isoformat()
    insert(shop.server, [("a", NOON)])
    shop.run(Events())
    insert(shop.server, [("b", NOON + timedelta(seconds=1))])
    journal = Journal(folder, Beginning("r1", began, began, ("bronze.events", "bronze.tickets")))
    may = iter([None, None])

    def stopped() -> TidegateError | None:
        return next(may, RunStoppedError("told to stop"))

    broken = Events().execute(replace(shop.sandbox.context, stopped=stopped, reached=journal.reached))
    assert (broken.status, broken.counts.published) == ("failed", 0)
    insert(shop.server, [("c", NOON + timedelta(seconds=2))])
    past = last_run(folder)
    assert past is not None
    resumed = replace(shop.sandbox.context, pins=past.pins)
    assert Events().execute(resumed).counts.published == 1
    assert [row[1] for row in shop.sandbox.rows("bronze.events")] == ["a", "b"]
    assert Events().execute(resumed).status == "nothing_new"
    assert shop.run(Events()).counts.published == 1
    assert [row[1] for row in shop.sandbox.rows("bronze.events")] == ["a", "b", "c"]


def test_a_batch_of_a_database_replays_without_a_trace(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    insert(shop.server, [("a", NOON), ("a", NOON)])
    check_replay(Events(), shop.sandbox)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("delete from events where body = 'b';", "the source went backwards: at has been read up to 2024-01-01T12:01"),
        ("alter table events alter at drop not null; insert into events values ('c', null);", "1 rows have no at"),
        ("drop table events;", 'relation "events" does not exist'),
        ("alter table events rename at to moment;", 'column "at" does not exist'),
    ],
)
def test_a_source_that_cannot_be_trusted_fails_the_run(
    new_shop: Callable[[], Shop], statement: str, message: str
) -> None:
    shop = new_shop()
    insert(shop.server, [("a", NOON), ("b", NOON + timedelta(minutes=1))])
    shop.run(Events())
    shop.server.run(statement)
    error = shop.failure(Events())
    assert message in error
    assert "shop/events" in error
    assert len(shop.sandbox.rows("bronze.events")) == 2


def test_a_wrong_password_is_refused_and_not_told(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    wrong = Connection("shop", shop.server.url, {"user": "tester", "password": "s3cret"})
    shop.sandbox.connections = {"shop": wrong}
    error = shop.failure(Events())
    assert "authentication failed" in error
    assert "s3cret" not in error
    assert "s3cret" not in repr(wrong)


def test_spark_without_a_driver_is_told_which_setting_brings_one(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    shop.sandbox.connections = {"shop": Connection("shop", "jdbc:mariadb://127.0.0.1:1/shop")}
    error = shop.failure(Events())
    assert "no JDBC driver" in error
    assert "spark.conf.spark.jars.packages" in error
