"""A batch is held against the part of a large table that its keys reach, and ends as if it were held against all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from pyspark.sql import functions as F
from tests.job.privacy.lake import data_files
from tests.job.shop import FILES

from tidegate.contracts.compiling import compile_gate
from tidegate.job import bounds
from tidegate.job.base import SparkJob
from tidegate.job.plan import plan_job
from tidegate.job.work import Work
from tidegate.model.contracts import Column, Contract, Rule
from tidegate.model.declarations import Output
from tidegate.model.modes import Append, Upsert
from tidegate.model.names import TableName
from tidegate.tables.port import Pending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyspark.sql import DataFrame

    from tidegate.job.context import RunContext
    from tidegate.job.plan import JobPlan
    from tidegate.testing import Sandbox

DDL = "event_id bigint, code string, day date, at timestamp, amount decimal(9,2), secret string"


def contract(table: str, *rules: Rule, key: tuple[str, ...] = ("event_id",)) -> Contract:
    columns = tuple(Column(*part.split(" ")) for part in DDL.split(", "))  # type: ignore[arg-type]
    columns = (*columns[:-1], replace(columns[-1], classification="pii"))
    there = Rule("event_is_there", "not_null", ("event_id",))
    return Contract(TableName.parse(table), "1.0.0", columns, (there, *rules), primary_key=key)


KEY = Rule("event_is_new", "primary_key", ("event_id",), scope="table")
CODE = Rule("code_is_new", "unique", ("code", "day", "at"), scope="table")
SECRET = Rule("secret_is_new", "unique", ("secret",), scope="table")
KNOWN = Rule(
    "event_is_known", "foreign_key", ("event_id",), (("references", ("event_id",)), ("table", "silver.events"))
)


class Events(SparkJob):
    """Every event."""

    inputs = {"events": "bronze.events"}
    output = Output("silver.events", Append())


class Latest(SparkJob):
    """The latest state of every event."""

    inputs = {"events": "bronze.events"}
    output = Output("silver.latest", Upsert(("event_id",), "at"))


class Invented(SparkJob):
    """Events whose keys are made up."""

    inputs = {"events": "bronze.events"}
    output = Output("silver.events", Append())

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return events with the moment of the query as their key."""
        return inputs["events"].withColumn("event_id", F.unix_micros(F.current_timestamp()))


def events(numbers: Iterable[int], code: str = "c") -> list[tuple[object, ...]]:
    moments = [datetime(2024, 1, 1 + number // 10, number % 10) for number in numbers]  # noqa: DTZ001 - as Spark has it
    return [
        (number, f"{code}{number}", at.date(), at, number, f"s{number}")
        for number, at in zip(numbers, moments, strict=True)
    ]


def arrive(sandbox: Sandbox, rows: list[tuple[object, ...]]) -> None:
    frame = sandbox.spark.createDataFrame(rows, DDL.replace("decimal(9,2)", "int"))
    sandbox.arrive("bronze.events", frame.withColumn("amount", F.col("amount").cast("decimal(9,2)")))


@pytest.fixture
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every table for a large one."""
    monkeypatch.setattr(bounds, "LARGE_BYTES", 0)
    monkeypatch.setattr(bounds, "TIMES", 0)


@pytest.mark.spark
@pytest.mark.usefixtures("_large")
@pytest.mark.parametrize("silver", ["delta", pytest.param("iceberg", marks=pytest.mark.default_line)])
def test_keys_that_grow_are_held_against_the_newest_files_only(
    new_sandbox: Callable[..., Sandbox], silver: str
) -> None:
    """The files of the batches before the last are taken away: a run that opened one would fail."""
    made = (contract("silver.events", KEY, CODE), contract("silver.latest", CODE, KNOWN, key=()))
    sandbox = new_sandbox({**FILES, "bronze": "memory", "silver": silver}, contracts=made)
    for first in (0, 10):
        arrive(sandbox, events(range(first, first + 10)))
        sandbox.run(Events())
        sandbox.run(Latest())
    old = data_files(sandbox.root / "silver" / "events")
    arrive(sandbox, events(range(20, 30)))
    sandbox.run(Events())
    sandbox.run(Latest())
    for file in old:
        file.unlink()

    arrive(sandbox, [*events([25]), *events([26], "other"), *events(range(30, 35)), *events([36], "c")])
    counts = sandbox.run(Events()).counts
    assert (counts.read, counts.published, counts.unchanged, counts.quarantined) == (8, 6, 1, 1)
    counts = sandbox.run(Latest()).counts
    assert (counts.read, counts.published, counts.unchanged, counts.quarantined) == (8, 7, 1, 0)


@pytest.mark.spark
@pytest.mark.usefixtures("_large")
def test_bounds_are_those_of_the_batch_and_tell_nothing_personal(new_sandbox: Callable[..., Sandbox]) -> None:
    made = contract("silver.events", KEY, CODE, SECRET)
    sandbox = new_sandbox({**FILES, "bronze": "memory"}, contracts=(made,))
    arrive(sandbox, events(range(3)))
    sandbox.run(Events())
    spark, plan = sandbox.spark, plan_job(Events, sandbox.context)
    work = Work(Events(), sandbox.context, "run", plan, made, compile_gate(made))
    rows = sandbox.context.tables.store(Events.output.name).read(Events.output.name)
    for some in (rows, rows.limit(0)):
        found = bounds.batch_bounds(some, work)
        assert found.keys() == {"event_id", "code", "day", "at"}, "a column that is classified has none"
        told = spark.range(1).select(*(end for one in found.values() for end in (one.least, one.greatest))).first()
        ends = [end(name) for name in found for end in (F.min, F.max)]
        assert tuple(told or ()) == tuple(some.agg(*ends).first() or ())
    assert bounds.batch_bounds(rows.drop("event_id", "code").withColumn("at", F.lit(1.5)), work).keys() == {"day"}


@pytest.mark.spark
@pytest.mark.usefixtures("_large")
def test_a_batch_that_has_other_keys_each_time_is_refused(new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox({**FILES, "bronze": "memory"}, contracts=(contract("silver.events", KEY),))
    arrive(sandbox, events(range(3)))
    sandbox.run(Events())
    arrive(sandbox, events(range(3, 6)))
    report = Invented().execute(sandbox.context)
    assert report.status == "refused"
    assert "other keys each time" in str(report.error)


@dataclass(frozen=True)
class Held:
    """A store of one table, of which nothing but its size is known."""

    versions: int
    size: int | None

    def version(self, table: TableName) -> int:
        return self.versions

    def pending(self, table: TableName, since: int | None) -> Pending:
        assert self.versions <= bounds.MANY_VERSIONS, "a long log is not added up"
        return Pending(since, self.versions, bytes=self.size)


@pytest.mark.parametrize(
    ("versions", "size", "batch", "is_large"),
    [
        (1, bounds.LARGE_BYTES, None, True),
        (1, bounds.LARGE_BYTES - 1, 1, False),
        (1, bounds.LARGE_BYTES, bounds.LARGE_BYTES // 2, False),
        (1, bounds.LARGE_BYTES * 4, bounds.LARGE_BYTES, True),
        (1, None, 1, False),
        (bounds.MANY_VERSIONS + 1, None, None, True),
    ],
)
def test_only_a_table_that_is_much_larger_than_its_batch_is_worth_a_look(
    versions: int, size: int | None, batch: int | None, *, is_large: bool
) -> None:
    tables = SimpleNamespace(store=lambda _: Held(versions, size))
    context = cast("RunContext", SimpleNamespace(tables=tables))
    nothing: Any = None
    work = Work(nothing, context, "run", cast("JobPlan", SimpleNamespace(bytes=batch)), nothing, nothing)
    assert bounds.is_large(TableName("silver", "events"), work) is is_large
