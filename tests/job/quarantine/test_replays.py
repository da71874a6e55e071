"""Rows that were set aside, mended and replayed: the table ends as if they had come right the first time."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.job.quarantine.orders import (
    ClosedOrders,
    History,
    OrderLog,
    contracts_of,
    loosened,
    replayed,
)
from tests.job.shop import MEMORY, Orders, Record, as_rows, frame, is_good, latest, record

from tidegate.errors import JobDefinitionError, SelectionError, TableError
from tidegate.job.base import SparkJob
from tidegate.job.context import Observers
from tidegate.job.quarantine import fixing
from tidegate.job.quarantine.rows import Quarantine
from tidegate.job.quarantine.summary import show, summarise
from tidegate.model.declarations import Output
from tidegate.model.events import Observer
from tidegate.model.modes import ReplaceWindow
from tidegate.model.replays import Replay, Selection
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import SparkSession

    from tidegate.model.events import StepStarted
    from tidegate.model.reports import RunReport

pytestmark = pytest.mark.spark

records = st.builds(
    record,
    st.one_of(st.none(), st.integers(1, 3)),
    st.integers(-3, 3),
    version=st.integers(0, 2),
)


def mended(given_records: Sequence[Record]) -> list[Record]:
    return [one._replace(amount=abs(one.amount or 0)) for one in given_records]


def states(sandbox: Sandbox, job: type[SparkJob]) -> dict[str, int]:
    return dict(summarise(job, sandbox.context).states)


def mend(sandbox: Sandbox, job: type[SparkJob]) -> None:
    if Quarantine.of(sandbox.context, job).version is not None:
        fixing.fix(job, sandbox.context, Selection("amount < 0"), [("amount", "abs(amount)")])
        replayed(sandbox, job())


def on_time(sandbox: Sandbox, job: type[SparkJob], arrived: list[Record]) -> list[tuple[object, ...]]:
    """Return what the table holds where rows come right; for a history only a run of it can tell."""
    if job is Orders:
        return as_rows(latest(mended(arrived)))
    if job is OrderLog:
        return as_rows([one for one in mended(arrived) if is_good(one)])
    sandbox.arrive("bronze.orders", frame(sandbox.spark, mended(arrived)))
    sandbox.run(job())
    return sandbox.rows("silver.orders")


@pytest.mark.default_line
@pytest.mark.parametrize("job", [OrderLog, Orders, History])
@settings(max_examples=2)
@given(first=st.lists(records, min_size=1, max_size=8), more=st.lists(records, max_size=4))
def test_a_table_with_mended_rows_is_as_if_they_had_come_right(
    spark: SparkSession,
    tmp_path_factory: pytest.TempPathFactory,
    job: type[SparkJob],
    first: list[Record],
    more: list[Record],
) -> None:
    """What came once comes again in the second batch, bad rows too: a fix stands for a row whenever it comes."""
    made = (Sandbox(spark, tmp_path_factory.mktemp("lake"), contracts_of(job), MEMORY) for _ in itertools.count())
    sandbox = next(made)
    for batch in (first, [*first[:2], *more]):
        sandbox.arrive("bronze.orders", frame(spark, batch))
        sandbox.run(job())
        mend(sandbox, job)
    assert sandbox.rows(job.output.table) == on_time(next(made), job, [*first, *first[:2], *more])


@pytest.mark.parametrize("formats", [{}, {"silver": "delta", "quarantine": "delta"}], ids=["memory", "delta"])
def test_what_passes_is_published_once_and_what_fails_again_has_its_new_reasons(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], formats: dict[str, str]
) -> None:
    sandbox = new_sandbox(formats)
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, -2), record(None, -3)]))
    sandbox.run(Orders())
    sandbox.contracts = loosened(sandbox.contracts)  # type: ignore[arg-type]
    before = sandbox.version("silver.orders")
    rehearsed = replayed(sandbox, Orders(), Replay(is_dry_run=True))
    assert (rehearsed.counts.read, rehearsed.counts.published) == (2, 1)
    assert (states(sandbox, Orders), sandbox.version("silver.orders")) == ({"open": 2}, before)
    report = replayed(sandbox, Orders())
    assert (report.counts.read, report.counts.published, report.counts.quarantined) == (2, 1, 1)
    assert sandbox.rows("silver.orders") == as_rows([record(1, 1), record(2, -2)])
    assert states(sandbox, Orders) == {"open": 1, "replayed": 1}
    (row,) = show(Orders, sandbox.context, Selection("_state = 'open'"), limit=5).rows
    reasons = [(reason["rule"], reason["contract_version"]) for reason in row["reasons"]]  # type: ignore[attr-defined]
    assert reasons == [("order_id_is_not_null", "1.1.0")]
    versions = [sandbox.version(name) for name in ("silver.orders", "quarantine.silver_orders__actions")]
    again = replayed(sandbox, Orders())
    assert (again.counts.read, again.counts.quarantined) == (1, 1)
    assert versions == [sandbox.version(name) for name in ("silver.orders", "quarantine.silver_orders__actions")]
    sandbox.arrive("bronze.orders", frame(spark, [record(4, 4)]))
    assert sandbox.run(Orders()).counts.published == 1, "a replay moves no watermark"


def test_a_stale_row_overwrites_nothing_and_a_late_one_is_late(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", frame(spark, [record(1, -1), record(2, -2, day=9), record(1, 5, day=9, version=9)]))
    sandbox.run(ClosedOrders())
    sandbox.arrive("bronze.orders", frame(spark, [record(2, 7, day=9, version=1)]))
    sandbox.run(ClosedOrders())
    sandbox.contracts = loosened(sandbox.contracts)  # type: ignore[arg-type]
    counts = replayed(sandbox, ClosedOrders()).counts
    assert (counts.read, counts.unchanged, counts.late) == (2, 1, 1)
    assert sandbox.rows("silver.orders") == as_rows([record(1, 5, day=9, version=9), record(2, 7, day=9, version=1)])
    (row,) = show(ClosedOrders, sandbox.context, Selection(rule="late"), limit=5).rows
    assert row["state"] == "open"


class Meeting(Observer):
    """An observer that lets somebody else do something when a run comes to a step."""

    def __init__(self, step: str, act: Callable[[], object]) -> None:
        self._step, self._act = step, act

    def step(self, event: StepStarted) -> None:
        if event.step == self._step:
            self._act()

    def ended(self, report: RunReport) -> None:
        if self._step == "end":
            self._act()


class Stop(BaseException):
    """What stops a run where it is, as a signal does."""


def stop() -> None:
    raise Stop


@pytest.mark.default_line
def test_of_two_replays_at_the_same_time_one_publishes(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(contracts=contracts_of(OrderLog))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, -1)]))
    sandbox.run(OrderLog())
    sandbox.contracts = loosened(sandbox.contracts)  # type: ignore[arg-type]
    for step in ("quarantine", "publish"):
        meeting = Meeting(step, lambda: replayed(sandbox, OrderLog()))
        with pytest.raises(AssertionError, match=r"replay|replayed"):
            replayed(sandbox, OrderLog(), observers=Observers((meeting,)))
        assert len(sandbox.rows("silver.order_log")) == 1 + (step == "publish")
        assert "open" not in states(sandbox, OrderLog)
        sandbox.contracts = contracts_of(OrderLog)
        sandbox.arrive("bronze.orders", frame(spark, [record(2, -2)]))
        sandbox.run(OrderLog())
        sandbox.contracts = loosened(sandbox.contracts)


@pytest.mark.default_line
def test_a_replay_that_stops_anywhere_and_runs_again_neither_loses_nor_doubles(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    """Rows without a key would be there twice. Each step is met with rows that earlier replays have published.

    At each other step a replay is killed in `test_killed_replays.py`.
    """
    sandbox = new_sandbox(contracts=contracts_of(OrderLog))
    arrived: list[Record] = []
    for number, step in enumerate(("stage", "publish", "end")):
        arrived += [record(number, -1 - number)] * 2
        sandbox.contracts = contracts_of(OrderLog)
        sandbox.arrive("bronze.orders", frame(spark, arrived[-2:]))
        sandbox.run(OrderLog())
        sandbox.contracts = loosened(sandbox.contracts)
        with pytest.raises(Stop):
            replayed(sandbox, OrderLog(), observers=Observers((Meeting(step, stop),)))
        assert len(sandbox.rows("silver.order_log")) == len(arrived) - 2 * (step != "end")
        assert states(sandbox, OrderLog) == {
            key: value
            for key, value in {"open": int(step != "end"), "replayed": number + (step == "end")}.items()
            if value
        }
        assert replayed(sandbox, OrderLog()).counts.published == 2 * (step != "end")
        assert sandbox.rows("silver.order_log") == as_rows(arrived)


@pytest.mark.default_line
def test_what_a_stopped_run_set_aside_is_replayed_once_its_rerun_has_published(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(contracts=contracts_of(OrderLog))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, -2)]))
    with pytest.raises(Stop):
        sandbox.run(OrderLog(), observers=Observers((Meeting("publish", stop),)))
    strict, free = sandbox.contracts, loosened(sandbox.contracts)  # type: ignore[arg-type]
    sandbox.contracts = free
    assert replayed(sandbox, OrderLog()).status == "nothing_new"
    sandbox.contracts = strict
    sandbox.run(OrderLog())
    sandbox.contracts = free
    assert replayed(sandbox, OrderLog()).counts.published == 1
    assert sandbox.rows("silver.order_log") == as_rows([record(1, 1), record(2, -2)])


@pytest.mark.default_line
def test_a_restore_of_the_table_opens_rows_again(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox(contracts=contracts_of(OrderLog))
    table = OrderLog.output.name
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, -2)]))
    sandbox.run(OrderLog())
    before = sandbox.version("silver.order_log")
    sandbox.contracts = loosened(sandbox.contracts)  # type: ignore[arg-type]
    for _ in range(2):
        assert replayed(sandbox, OrderLog()).counts.published == 1
        assert states(sandbox, OrderLog) == {"replayed": 1}
        sandbox.context.tables.store(table).restore(table, before)
        assert states(sandbox, OrderLog) == {"open": 1}
    replayed(sandbox, OrderLog())
    assert sandbox.rows("silver.order_log") == as_rows([record(1, 1), record(2, -2)])


class Days(SparkJob):
    """Orders, a day at a time."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", ReplaceWindow("ordered_at"))


@pytest.mark.default_line
def test_what_cannot_be_done_is_said(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox()
    with pytest.raises(TableError, match="ever set aside"):
        fixing.fix(Orders, sandbox.context, Selection(), [("amount", "0")])
    assert replayed(sandbox, Orders()).status == "nothing_new"
    with pytest.raises(JobDefinitionError, match="takes the place"):
        fixing.fix(Days, sandbox.context, Selection(), [("amount", "0")])
    sandbox.arrive("bronze.orders", frame(spark, [record(1, -1)]))
    sandbox.run(Orders())
    refusals = {
        "no column 'amuont'; did you mean amount": (Selection(), [("amuont", "0")]),
        "set twice": (Selection(), [("amount", "0"), ("amount", "1")]),
        "is a string where a int is wanted": (Selection(), [("amount", "'x'")]),
        "function java_method is not allowed": (Selection("java_method('x', 'y') = 1"), [("amount", "0")]),
        "did you mean amount_is_positive": (Selection(rule="amount_is_positiv"), [("amount", "0")]),
        "does not fit its column: amount in 1 rows": (Selection(), [("amount", "9999999999")]),
    }
    for said, (selection, changes) in refusals.items():
        with pytest.raises(SelectionError, match=said.replace("(", r"\(")):
            fixing.fix(Orders, sandbox.context, selection, changes)
    assert states(sandbox, Orders) == {"open": 1}
    assert replace(sandbox.context, replay=Replay(is_dry_run=True)).is_rehearsing
