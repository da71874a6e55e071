"""Lineage that cannot be derived is said to be unknown, and no run fails of it; nothing here starts Spark."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from tidegate.job.dbt.lineage import lineage_of
from tidegate.job.dbt.result import DbtModel
from tidegate.job.derivation import derive, recognisable
from tidegate.job.frame import _used
from tidegate.model.column_lineage import Influence
from tidegate.model.names import TableName
from tidegate.model.resources import Resources
from tidegate.model.transfers import SchemaField

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tidegate.job.context import RunContext

PLAN = json.dumps([{"class": "a.OneRowRelation", "num-children": 0}])


def context(**fields: object) -> RunContext:
    return cast("RunContext", SimpleNamespace(**fields))


def test_a_plan_is_looked_into_only_where_somebody_wants_to_know() -> None:
    rows = cast("DataFrame", object())
    assert derive(rows, {}, context(look_into=None)) is None
    found = derive(rows, {}, context(look_into=lambda _: lambda: PLAN))
    assert found is not None
    assert found.lineage().columns == {}
    connect = derive(rows, {}, context(look_into=lambda _: None))
    assert connect is not None
    assert connect.lineage().rows.unknown == ("Spark Connect does not show the plan",)


def test_rows_of_an_input_need_no_plan() -> None:
    def never(_: DataFrame) -> None:
        raise AssertionError

    rows = cast("DataFrame", SimpleNamespace(columns=["id", "eur"]))
    other = cast("DataFrame", object())
    found = derive(rows, {"rates": other, "orders": rows}, context(look_into=never))
    assert found is not None
    assert {name: made.influences for name, made in found.lineage().columns.items()} == {
        name: (Influence("orders", name, "IDENTITY"),) for name in ("id", "eur")
    }


def test_a_platform_that_forbids_to_look_fails_no_run() -> None:
    def forbid(_: DataFrame) -> None:
        raise PermissionError

    found = derive(cast("DataFrame", object()), {}, context(look_into=forbid))
    assert found is not None
    assert found.lineage().rows.unknown == ("the plan could not be read (PermissionError)",)


def test_inputs_are_named_so_that_a_plan_tells_them_apart() -> None:
    frame = cast("DataFrame", SimpleNamespace(alias=lambda name: name))
    named: dict[str, object] = {**recognisable({"orders": frame})}
    assert named == {"orders": "orders (input)"}


def test_counting_that_fails_fails_no_run() -> None:
    def broken() -> Resources:
        raise OSError

    assert _used(context(usage=broken)) is None
    assert _used(context(usage=None)) is None
    assert _used(context(usage=lambda: Resources(1.0))) == Resources(1.0)


def model(name: str, sql: str, *columns: str) -> DbtModel:
    fields = tuple(SchemaField(column, "int") for column in columns)
    return DbtModel(name, TableName("gold", name), "/gold", "built", columns=fields, sql=sql)


def test_a_model_is_made_of_the_columns_that_its_query_names(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sqlglot")
    facts = model("facts", "select id, eur from silver.orders", "id", "eur")
    days = model("days", "select sum(eur) as eur from (select * from gold.facts)", "eur")
    broken, skipped = model("broken", "select from ((", "x"), model("skipped", "")
    found = lineage_of((facts, days, broken, skipped))
    assert set(found) == {"gold.facts", "gold.days", "gold.broken"}
    assert found["gold.facts"].columns["eur"].influences == (Influence("silver.orders", "eur", "IDENTITY"),)
    assert found["gold.days"].columns["eur"].influences == (Influence("gold.facts", "eur", "AGGREGATION"),)
    assert found["gold.broken"].rows.unknown == ("the query could not be read (ValueError)",)
    monkeypatch.setattr("tidegate.job.dbt.lineage.find_spec", lambda _: None)
    assert lineage_of((facts,))["gold.facts"].rows.unknown == ("sqlglot is not installed",)
    assert lineage_of((skipped,)) == {}
