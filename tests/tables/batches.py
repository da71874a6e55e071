"""Batches and commits for tests of tables, and rows read back as values of the reference model."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tests.conformance.reference import Event, Interval

from tidegate.model.commits import Commit, Token
from tidegate.model.mode_traits import ordered
from tidegate.model.modes import Append, ApplyChanges, LateWindow, Scd2, Upsert, late_window
from tidegate.model.names import TableName
from tidegate.tables.port import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import DataFrame, SparkSession
    from tests.conformance.reference import Key

    from tidegate.model.modes import WriteMode

ENTITIES = "number int, region string, updated_at timestamp, day date, a string, b int, _run_id string"
COMPARED = ("number", "region", "updated_at", "day", "a", "b")
KEYS, NULLABLE = ("number", "region"), ("region",)
UPSERT = Upsert(KEYS, "updated_at", LateWindow("day", 3), nullable_keys=NULLABLE)
SCD2 = Scd2(KEYS, "updated_at", nullable_keys=NULLABLE)
CHANGES = ApplyChanges(KEYS, "updated_at", apply_as_deletes="_operation = 'delete'", nullable_keys=NULLABLE)

_START = datetime(2024, 1, 1, tzinfo=timezone.utc)
_FIRST_DAY = date(2024, 1, 1)


def day_of(key: Key) -> date:
    """Return the event day of a key, which never changes: every seventh day, so that some days stay untouched."""
    return _FIRST_DAY + timedelta(days=7 * (key[0] % 5))


def moment(seconds: int | None) -> datetime | None:
    """Return the time that a number of seconds stands for."""
    return None if seconds is None else _START + timedelta(seconds=seconds)


def seconds(at: datetime | None) -> int | None:
    """Return the number of seconds that a time read back stands for."""
    return None if at is None else round((at.astimezone(timezone.utc) - _START).total_seconds())


def entities(spark: SparkSession, events: Iterable[Event], run: str = "run") -> DataFrame:
    """Return events as rows."""
    rows = [(*e.key, moment(e.at), day_of(e.key), e.a, e.b, run) for e in events]
    return spark.createDataFrame(rows, ENTITIES)


def changes(spark: SparkSession, events: Iterable[Event], run: str = "run") -> DataFrame:
    """Return events as the rows of a change feed, on their way into a table."""
    rows = [(*e.key, moment(e.at), day_of(e.key), e.a, e.b, run, e.does) for e in events]
    return spark.createDataFrame(rows, f"{ENTITIES}, _change string")


def entity_batch(spark: SparkSession, table: TableName, mode: WriteMode, events: list[Event]) -> Batch:
    """Return a batch of events; days are given as a run gives them."""
    days = tuple(sorted({day_of(event.key) for event in events}))
    return Batch(
        table=table,
        mode=mode,
        rows=(changes if isinstance(mode, ApplyChanges) else entities)(spark, events),
        compared=ordered(mode, COMPARED),
        count=len(events),
        days=days if late_window(mode) else None,
        cluster_by=("day", "number", "region"),
    )


def rows_batch(rows: DataFrame, table: TableName, mode: WriteMode | None = None) -> Batch:
    """Return a batch of a few rows in any shape; appended unless a mode is given."""
    compared = tuple(name for name in rows.columns if not name.startswith("_"))
    return Batch(table=table, mode=mode or Append(), rows=rows, compared=compared, count=rows.count())


def commit(number: int, *, job: str = "job", scope: str = "live", files: tuple[str, ...] = ()) -> Commit:
    """Return the commit of a job's batch, with a watermark that grows with it."""
    return Commit(
        token=Token(job, number, scope),
        run_id=f"00000000-0000-7000-8000-{number:012d}",
        watermarks={"input": number * 10},
        event_watermark="2024-01-31",
        contract_version="1.0.0",
        files=files,
    )


def retried(first: Commit) -> Commit:
    """Return the commit of another run that publishes the same batch."""
    return replace(first, run_id="00000000-0000-7000-8000-ffffffffffff")


def events_of(rows: DataFrame) -> list[Event]:
    """Return rows as events."""
    return [Event((row.number, row.region), seconds(row.updated_at), row.a, row.b) for row in rows.collect()]


def intervals_of(rows: DataFrame) -> list[Interval]:
    """Return rows as intervals, having checked what every one must hold."""
    found = rows.collect()
    for row in found:
        assert row.is_current == (row.valid_to is None)
        assert row.valid_from == row.updated_at
    return [
        Interval(
            (row.number, row.region),
            seconds(row.valid_from),
            seconds(row.valid_to),
            row.a,
            row.b,
        )
        for row in found
    ]


NAME = TableName("layer", "things")
