"""A run that waits for the rest of a delivery: it needs no Spark, and says what it waits for."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tidegate.contracts.book import ContractBook
from tidegate.factory.render import render
from tidegate.job.base import SparkJob
from tidegate.job.context import RunContext
from tidegate.model.contracts import Column, Contract
from tidegate.model.declarations import Files, Output
from tidegate.model.deliveries import Delivery
from tidegate.model.modes import Append
from tidegate.model.names import TableName
from tidegate.model.reports import RunReport
from tidegate.tables.catalog import Catalog, Place
from tidegate.tables.staging import MemoryStaging

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)


class Orders(SparkJob):
    """Orders as they arrive, folder by folder."""

    inputs = {"files": Files("orders", "jsonl", delivery=Delivery(timedelta(hours=1), marker="_SUCCESS"))}
    output = Output("bronze.orders", Append())


def no_session() -> SparkSession:
    raise AssertionError("nothing is to be read")


def context(root: Path, now: datetime) -> RunContext:
    contract = Contract(TableName.parse("bronze.orders"), "1", (Column("order_id", "string"),), ())
    return RunContext(
        session=no_session,
        tables=Catalog({"bronze": Place("parquet", f"{root}/bronze")}, no_session),
        contracts=ContractBook.of((contract,)),
        staging=MemoryStaging(),
        landing=f"{root}/landing",
        clock=lambda: now,
    )


def test_a_run_says_what_it_waits_for_and_since_when(tmp_path: Path) -> None:
    file = tmp_path / "landing" / "orders" / "day1" / "a.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    os.utime(file, (NOON.timestamp(), NOON.timestamp()))
    report = Orders().execute(context(tmp_path, NOON))
    assert report.status == "nothing_new"
    line = "day1 waits for the marker _SUCCESS, since 2024-01-01T12:00:00+00:00, until 2024-01-01T13:00:00+00:00"
    assert line in render(report)
    assert RunReport.from_json(report.to_json()) == report
    overdue = Orders().execute(context(tmp_path, NOON + timedelta(hours=2)))
    assert overdue.status == "failed"
    assert "day1 lacks the marker _SUCCESS" in str(overdue.error)
