"""A job that names a column or a table that nobody knows is refused before it does anything."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

import pytest
from tests.job.test_pinned import Table
from tests.pipeline.fakes import context

from tidegate import (
    Affected,
    Append,
    ApplyChanges,
    Files,
    LateWindow,
    New,
    Output,
    ReplaceWindow,
    Scd2,
    SparkJob,
    Upsert,
)
from tidegate.contracts.book import ContractBook
from tidegate.errors import JobDefinitionError, TableError
from tidegate.job.plan import plan_job
from tidegate.model.contracts import Column, Contract
from tidegate.model.names import TableName
from tidegate.tables.catalog import Catalog, Place

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.job.context import RunContext
    from tidegate.model.declarations import Input
    from tidegate.model.modes import WriteMode

KEY = ("order_id",)


def contract(table: str) -> Contract:
    columns = [Column(name, "string", required=False) for name in ("order_id", "day", "updated_at", "is_gone")]
    return Contract(TableName.parse(table), "1.0.0", tuple(columns), (), location=f"{table}.odcs.yaml")


FEW = (contract("bronze.orders"), contract("silver.orders"))
CONTRACTS = ContractBook({}, "contracts", FEW)


def around(versions: int = 0, **more: object) -> RunContext:
    return context(**{"tables": cast("Catalog", Table(versions)), "contracts": CONTRACTS, **more})  # type: ignore[arg-type]


def job(mode: WriteMode, declared: Input | None = None) -> type[SparkJob]:
    name = {"inputs": {"rows": declared or New("bronze.orders")}, "output": Output("silver.orders", mode)}
    return type("Orders", (SparkJob,), name)


@pytest.mark.parametrize(
    ("mode", "wrong"),
    [
        (Upsert(("orderid",), "updated_at"), "the key orderid"),
        (Upsert(KEY, "updated"), "sequence_by updated"),
        (Upsert(KEY, "updated_at", tie_break=("dat",)), "tie_break dat"),
        (Upsert(KEY, "updated_at", LateWindow("dya", 3)), "the late window's column dya"),
        (Upsert(KEY, "updated_at", apply_as_deletes="_x", mark_deletes_in="gone"), "mark_deletes_in gone"),
        (Scd2(("orderid",), "updated_at"), "the key orderid"),
        (Scd2(KEY, "updated_at", track=("dya",)), "track dya"),
        (ApplyChanges(KEY, "updated"), "sequence_by updated"),
        (ReplaceWindow("dya"), "the window's column dya"),
        (Append(LateWindow("dya", 3)), "the late window's column dya"),
    ],
)
def test_a_column_that_the_contract_does_not_have_is_named_with_the_nearest(mode: WriteMode, wrong: str) -> None:
    with pytest.raises(JobDefinitionError, match=f"{wrong} is no column of silver.orders") as error:
        plan_job(job(mode), around())
    assert "silver.orders.odcs.yaml" in str(error.value.where)


def test_all_of_them_are_told_at_once() -> None:
    with pytest.raises(JobDefinitionError) as error:
        plan_job(job(Upsert(("orderid",), "updated"), Affected("bronze.orders", ("dya",))), around())
    assert "order_id?" in error.value.what
    assert "updated_at?" in error.value.what
    assert "the key dya is no column of bronze.orders; did you mean day?" in error.value.what


@pytest.mark.parametrize(
    ("mode", "declared"),
    [
        (Upsert(KEY, "updated_at", LateWindow("day", 3), apply_as_deletes="is_gone", mark_deletes_in="is_gone"), None),
        (ApplyChanges(KEY, "_sequence", apply_as_deletes="_operation = 'd'"), None),
        (Scd2(KEY, "updated_at", surrogate_key="row_id", track=("day",)), None),
        (ReplaceWindow("day"), Affected("bronze.orders", ("day", "valid_from", "_batch"))),
    ],
)
def test_columns_of_the_contract_and_of_tidegate_itself_fit(mode: WriteMode, declared: Input | None) -> None:
    assert not plan_job(job(mode, declared), around()).is_due


def test_a_table_that_nobody_knows_is_no_input_without_news() -> None:
    with pytest.raises(TableError, match=r"bronze\.order does not exist.*did you mean bronze\.orders\?"):
        plan_job(job(Append(), New("bronze.order")), around())
    assert not plan_job(job(Append(), New("bronze.orders")), around()).is_due  # it is still to be made
    assert plan_job(job(Append(), New("bronze.order")), around(1)).is_due  # somebody else has made it
    assert not plan_job(job(Append(), New("bronze.order")), around(contracts=ContractBook.of(FEW))).is_due  # of a test


@pytest.mark.parametrize("folder", ["orders", "raw"])
def test_a_table_in_another_format_is_not_made_a_second_time(folder: str, tmp_path: Path) -> None:
    """The output's folder, and that of an input, which else would have no news for ever."""
    formats = {"silver": "delta", "bronze": "parquet"}
    places = {layer: Place(kind, str(tmp_path / layer)) for layer, kind in formats.items()}
    layer, sign = ("silver", "metadata") if folder == "orders" else ("bronze", "_delta_log")
    (tmp_path / layer / "orders" / sign).mkdir(parents=True)
    (tmp_path / layer / "orders" / sign / "v1").touch()
    with pytest.raises(TableError, match=f"{layer}.orders is there in the format") as error:
        plan_job(job(Append()), around(tables=Catalog(places, lambda: pytest.fail("Spark"))))
    assert error.value.where == str(tmp_path / layer / "orders")


@pytest.mark.parametrize(("feed", "told"), [("order", 1), ("orders", 0)])
def test_a_feed_of_which_nothing_ever_came_is_told(
    feed: str, told: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "orders").mkdir()
    with caplog.at_level(logging.WARNING, "tidegate.job"):
        assert not plan_job(job(Append(), Files(feed, "csv")), around(landing=str(tmp_path))).is_due
    assert [f"nothing has ever arrived at {tmp_path}/order; did you mean orders?"][:told] == caplog.messages
