"""A run that is resumed reads its inputs up to where they were, and nothing twice. No Spark."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pipeline.fakes import context

from tidegate.errors import TableError
from tidegate.job.base import SparkJob
from tidegate.job.plan import plan_job, read_up_to
from tidegate.model.declarations import Affected, Files, New, Output, Whole
from tidegate.model.modes import Append
from tidegate.model.pins import Pins
from tidegate.tables.port import Pending

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.model.declarations import Input
    from tidegate.model.names import TableName
    from tidegate.tables.catalog import Catalog

BEGUN = datetime(2024, 1, 31, 6, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Table:
    """A catalog of one table that has so many versions, each with a row more."""

    versions: int
    format: str = "memory"

    def store(self, table: TableName) -> Table:
        return self

    def location(self, table: TableName) -> str:
        return "lake"

    def version(self, table: TableName) -> int | None:
        return self.versions or None

    def files_read(self, table: TableName, family: str) -> frozenset[str]:
        return frozenset()

    def last_commit(self, table: TableName, application: str) -> None:
        return None

    def pending(self, table: TableName, since: int | None, until: int | None = None) -> Pending:
        upto = self.versions if until is None else until
        if since is not None and since > upto:
            raise TableError("went backwards")
        return Pending(since, upto, rows=upto - (since or 0))


declared = st.sampled_from([New("bronze.x"), Whole("bronze.x"), Affected("bronze.x", ("day",))])


@given(declared, st.integers(1, 9), st.one_of(st.none(), st.integers(1, 9)), st.integers(1, 9))
def test_nothing_beyond_the_pin_is_read_and_nothing_again(
    read: Input, newest: int, since: int | None, pin: int
) -> None:
    newest = max(newest, pin, since or 0)
    pinned = context(cast("Catalog", Table(newest)), pins=Pins(BEGUN, {"bronze.x": pin}))
    plan = read_up_to("x", read, pinned, since)
    assert plan.until is not None
    if isinstance(read, Whole):
        assert plan.until == pin
        return
    assert plan.until == max(pin, since or 0)
    assert plan.has_news == (since is None or since < pin)
    if plan.has_news:
        assert (plan.since, plan.rows) == (since, pin - (since or 0))


@given(declared, st.integers(1, 9), st.integers(1, 9))
def test_what_is_not_pinned_is_read_as_it_is(read: Input, newest: int, since: int) -> None:
    since = min(newest, since)
    tables = cast("Catalog", Table(newest))
    pinned = context(tables, pins=Pins(BEGUN, {"bronze.y": 1}))
    assert read_up_to("x", read, pinned, since) == read_up_to("x", read, context(tables), since)


def test_a_table_that_was_not_there_then_is_not_there_now() -> None:
    pinned = context(cast("Catalog", Table(3)), pins=Pins(BEGUN, {"bronze.x": None}))
    plan = read_up_to("x", New("bronze.x"), pinned, None)
    assert (plan.until, plan.has_news) == (None, False)


class Arrivals(SparkJob):
    """Files as they arrive."""

    inputs = {"files": Files("orders", "csv")}
    output = Output("bronze.orders", Append())


@pytest.mark.parametrize(
    ("pins", "names"),
    [
        (Pins(BEGUN), ["early.csv"]),
        (None, ["early.csv", "late.csv"]),
        (Pins(None, landed=BEGUN), ["early.csv"]),
        (Pins(BEGUN, landed=BEGUN + timedelta(seconds=1)), ["early.csv", "late.csv"]),
        (Pins(None, {"bronze.x": 1}), ["early.csv", "late.csv"]),
    ],
)
def test_files_that_landed_later_are_left_for_the_next_run(tmp_path: Path, pins: Pins | None, names: list[str]) -> None:
    for name, moment in (("early", BEGUN), ("late", BEGUN + timedelta(seconds=1))):
        file = tmp_path / "orders" / f"{name}.csv"
        file.parent.mkdir(exist_ok=True)
        file.write_text("x")
        os.utime(file, (moment.timestamp(), moment.timestamp()))
    plan = plan_job(Arrivals, context(cast("Catalog", Table(0)), landing=f"{tmp_path}", pins=pins))
    assert [file.path for file in plan.inputs[0].files] == names


def test_a_part_of_a_stream_is_about_the_present_and_a_run_that_is_resumed_about_its_beginning() -> None:
    now = BEGUN + timedelta(days=1)
    assert context(pins=Pins(None, landed=BEGUN), clock=lambda: now).now == now
    assert context(pins=Pins(BEGUN), clock=lambda: now).now == BEGUN
