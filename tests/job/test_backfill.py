"""A backfill brings past days in batches of its own, goes on where it stopped, and leaves the live run where it is."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.job.shop import FILES, MEMORY, Orders, Record, as_rows, contracts, frame, history_contracts, latest, record

from tidegate.job.base import SparkJob
from tidegate.model.commits import Token
from tidegate.model.contracts import Column, Contract
from tidegate.model.declarations import Affected, Files, Output
from tidegate.model.modes import Append, LateWindow, Scd2, Upsert
from tidegate.model.names import TableName
from tidegate.model.slices import Backfill, Span
from tidegate.pipeline.backfill import plan_backfill, weigh
from tidegate.pipeline.filling import run_backfill
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.backfills import BackfillReport

pytestmark = [pytest.mark.spark, pytest.mark.default_line]

FIRST = date(2024, 1, 1)
LIVE = Token("silver.orders", 0).application


def asked(days: int, **fields: str) -> Backfill:
    """Return a request for so many days from the first of January."""
    return Backfill(Span(FIRST, FIRST + timedelta(days=days)), **fields)  # type: ignore[arg-type]


def backfill(
    sandbox: Sandbox, job: SparkJob, request: Backfill, *, is_restarting: bool = False, **changes: object
) -> BackfillReport:
    context = replace(sandbox.context, **changes)  # type: ignore[arg-type]
    return run_backfill(job, plan_backfill(type(job), request, context, is_restarting=is_restarting), context)


def watermarks(sandbox: Sandbox) -> tuple[object, ...]:
    """Return what the live run of orders goes on from."""
    name = TableName.parse("silver.orders")
    commit = sandbox.context.tables.store(name).last_commit(name, LIVE)
    return (commit.token.batch, commit.watermarks, commit.event_watermark) if commit else ()


records = st.builds(
    record,
    st.integers(1, 3),
    st.integers(-2, 9) | st.none(),
    day=st.integers(0, 9),
    version=st.integers(0, 3),
)


@settings(max_examples=2)
@given(st.lists(records, min_size=1, max_size=8), st.lists(records, max_size=8), st.sampled_from(["3 days", "week"]))
def test_a_backfill_of_all_days_ends_as_if_all_had_been_live(
    spark: SparkSession,
    tmp_path_factory: pytest.TempPathFactory,
    before: list[Record],
    after: list[Record],
    every: str,
) -> None:
    before, after = (
        [one._replace(order_id=f"{one.order_id}-{one.ordered_at.day}") for one in part] for part in (before, after)
    )
    sandbox = Sandbox(spark, tmp_path_factory.mktemp("backfill"), contracts(), MEMORY)
    sandbox.arrive("bronze.orders", frame(spark, before))
    sandbox.run(Orders())
    sandbox.arrive("bronze.orders", frame(spark, after))
    stood = watermarks(sandbox)
    report = backfill(sandbox, Orders(), asked(10, every=every))
    assert report.status == "succeeded", report.runs[-1].error
    assert report.counts.read == len(before) + len(after)
    assert sandbox.rows("silver.orders") == as_rows(latest(before + after))
    assert watermarks(sandbox) == stood
    again = backfill(sandbox, Orders(), asked(10, every=every))
    assert (again.status, again.runs) == ("nothing_new", ())
    sandbox.run(Orders())
    assert sandbox.rows("silver.orders") == as_rows(latest(before + after))


@pytest.mark.parametrize("beyond", ["quarantine", "fail"])
def test_no_late_policy_refuses_what_a_backfill_brings(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], beyond: str
) -> None:
    class Strict(Orders):
        """Orders that are closed after three days."""

        output = Output(
            "silver.orders",
            Upsert(("order_id",), "updated_at", late=LateWindow("ordered_at", days=3, beyond=beyond)),  # type: ignore[arg-type]
        )

    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1, day=9)]))
    sandbox.run(Strict())
    sandbox.arrive("bronze.orders", frame(spark, [record(2, 2), record(3, 3, day=5)]))
    report = backfill(sandbox, Strict(), asked(6, every="6 days"))
    assert report.status == "succeeded", report.runs[-1].error
    assert sandbox.rows("silver.orders") == as_rows([record(1, 1, day=9), record(2, 2), record(3, 3, day=5)])
    assert report.runs[0].interval == "2024-01-01..2024-01-06"
    assert report.runs[0].scope == "backfill.event.20240101-20240106.6days"


def test_a_slice_that_fails_is_where_the_same_command_goes_on(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    class Picky(Orders):
        """Orders that fail on a day until they are mended."""

        is_mended = False

        def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
            rows = inputs["orders"]
            has_bad = not self.is_mended and not rows.filter("amount = 7").isEmpty()
            return rows.select("no_such_column") if has_bad else rows

    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, 7, day=1)]))
    first = backfill(sandbox, Picky(), asked(2))
    assert (first.status, first.exit_code, len(first.runs)) == ("failed", 1, 2)
    assert sandbox.rows("silver.orders") == as_rows([record(1, 1)])
    mended = Picky()
    mended.is_mended = True
    second = backfill(sandbox, mended, asked(2))
    assert (second.status, second.done_before, [run.interval for run in second.runs]) == (
        "succeeded",
        1,
        ["2024-01-02"],
    )
    assert watermarks(sandbox) == ()
    version = sandbox.version("silver.orders")
    assert backfill(sandbox, mended, asked(2)).status == "nothing_new"
    assert sandbox.version("silver.orders") == version
    assert len(backfill(sandbox, mended, asked(2), is_restarting=True).runs) == 2
    assert backfill(sandbox, mended, asked(2)).status == "nothing_new"
    assert len(backfill(sandbox, mended, asked(2, name="other", every="2 days")).runs) == 1
    assert sandbox.run(mended).counts.unchanged == 2


class History(SparkJob):
    """History of every order."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Scd2(("order_id",), "updated_at"))


class Keyed(SparkJob):
    """Every order once."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Append())


def test_a_history_and_a_keyed_append_take_past_days_once(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    mine = [record(1, 1), record(1, 2, version=90_000), record(2, 5, day=2)]
    for job in (History(), Keyed()):
        rows = mine if isinstance(job, History) else [mine[0], mine[2]]
        sandbox, live = (new_sandbox(contracts=history_contracts()) for _ in range(2))
        for lake in (sandbox, live):
            lake.arrive("bronze.orders", frame(spark, rows[1:]))
            lake.run(job)
            lake.arrive("bronze.orders", frame(spark, rows[:1]))
        live.run(job)
        report = backfill(sandbox, job, asked(3, every="2 days", column="updated_at"))
        assert report.status == "succeeded", report.runs[-1].error
        assert sandbox.rows("silver.orders") == live.rows("silver.orders")
        assert report.counts.unchanged == len(rows) - 1


def test_a_mended_transform_replaces_what_it_made_of_the_same_records(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    class Wrong(Orders):
        """Orders before their job was mended: every amount is too high."""

        def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
            return inputs["orders"].selectExpr("order_id", "amount + 100 as amount", "ordered_at", "updated_at")

    sandbox = new_sandbox(FILES)
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, 2, day=5)]))
    sandbox.run(Wrong())
    report = backfill(sandbox, Orders(), asked(3, every="3 days"))
    assert report.counts.published == 1
    assert sandbox.rows("silver.orders") == as_rows([record(1, 1), record(2, 102, day=5)])


def test_whole_groups_are_made_again_even_where_a_slice_cuts_them(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    class Totals(SparkJob):
        """Amount per order over all days."""

        inputs = {"orders": Affected("bronze.orders", keys=("order_id",))}
        output = Output("gold.totals", Upsert(("order_id",), "amount"))
        changes_grain = True

        def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
            return inputs["orders"].groupBy("order_id").agg({"amount": "sum"}).toDF("order_id", "amount")

    columns = (Column("order_id", "string", required=True), Column("amount", "bigint"))
    base = contracts()[0]
    contract = Contract(TableName.parse("gold.totals"), "1.0.0", columns, base.rules[:1], primary_key=("order_id",))
    sandbox = new_sandbox(contracts=(contract,))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(1, 2, day=3), record(2, 4, day=3)]))
    report = backfill(sandbox, Totals(), asked(1, column="ordered_at"))
    assert report.status == "succeeded", report.runs[-1].error
    assert sandbox.rows("gold.totals") == [(3, "o1")]


def test_files_are_replayed_by_arrival_and_never_doubled(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    class Landed(SparkJob):
        """Orders as they land."""

        inputs = {"orders": Files("orders", "csv")}
        output = Output("bronze.landed", Append())

    base = contracts()[0]
    contract = Contract(TableName.parse("bronze.landed"), "1.0.0", base.columns[:2], base.rules[:1])
    sandbox = new_sandbox(FILES, contracts=(contract,))
    feed = tmp_path / "orders"
    feed.mkdir()
    for day in range(4):
        file = feed / f"{day}.csv"
        file.write_text(f"order_id,amount\no{day},{day}\n")
        moment = datetime(2024, 1, 1 + day, 12, tzinfo=timezone.utc).timestamp()
        os.utime(file, (moment, moment))
    request = asked(2, by="arrival")
    shown = weigh(
        Landed,
        plan_backfill(Landed, request, replace(sandbox.context, landing=str(tmp_path))),
        replace(sandbox.context, landing=str(tmp_path)),
    )
    assert [(part.interval, part.files, part.rows) for part in shown] == [("2024-01-01", 1, 1), ("2024-01-02", 1, 1)]
    assert sandbox.version("bronze.landed") is None
    assert backfill(sandbox, Landed(), request, landing=str(tmp_path)).status == "succeeded"
    assert sandbox.rows("bronze.landed") == [(0, "o0"), (1, "o1")]
    live = sandbox.run(Landed(), landing=str(tmp_path))
    assert live.counts.published == 2
    for again in (asked(4, by="arrival", every="4 days"), asked(2, by="arrival", name="more")):
        assert backfill(sandbox, Landed(), again, landing=str(tmp_path)).counts.read == 0
    assert sandbox.rows("bronze.landed") == [(day, f"o{day}") for day in range(4)]


def test_by_arrival_takes_what_commits_of_these_days_brought(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    today = datetime.now(tz=timezone.utc).date()
    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, 2, day=400)]))
    past = Backfill(Span(today - timedelta(days=9), today - timedelta(days=1)), "arrival", "8 days")
    now = Backfill(Span(today - timedelta(days=1), today + timedelta(days=2)), "arrival", "3 days")
    assert backfill(sandbox, Orders(), past).counts.read == 0
    assert backfill(sandbox, Orders(), now).counts.published == 2


def test_a_dry_run_counts_the_rows_of_every_slice(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox()
    sandbox.arrive(
        "bronze.orders", frame(spark, [record(1, 1), record(2, 2, day=1), record(3, 3, day=3), record(4, 4, day=9)])
    )
    plan = plan_backfill(Orders, asked(5, every="2 days"), sandbox.context)
    shown = weigh(Orders, plan, sandbox.context)
    assert [(part.number, part.interval, part.rows, part.is_done) for part in shown] == [
        (1, "2024-01-01..2024-01-02", 2, False),
        (2, "2024-01-03..2024-01-04", 1, False),
        (3, "2024-01-05", 0, False),
    ]
    assert sandbox.version("silver.orders") is None
