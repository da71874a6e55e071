"""Sources that show all they hold: the table gets what came, changed and went, each once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.job.shop import FILES

from tidegate.errors import JobDefinitionError
from tidegate.job.base import SparkJob
from tidegate.model.contracts import Column, Contract, Rule
from tidegate.model.declarations import Database, Files, Output, Snapshot
from tidegate.model.modes import Append
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame

    from tidegate.model.reports import RunReport
    from tidegate.testing import Sandbox

    Rows = Mapping[str | None, int | None]

pytestmark = [pytest.mark.spark, pytest.mark.default_line]

# A price below zero is refused by the contract; 7 is a key that comes and goes.
PULLS = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "7", None]), st.sampled_from([None, -1, 1, 2]), min_size=1),
    min_size=3,
    max_size=4,
)


class Products(SparkJob):
    """Every change of a product."""

    inputs = {"files": Files("products", "jsonl", snapshot=Snapshot(("id",), most_gone=1.0))}
    output = Output("bronze.products", Append())


class Cautious(SparkJob):
    """The same, where no more than half may go at once."""

    inputs = {"files": Files("products", "jsonl", snapshot=Snapshot(("id",)))}
    output = Output("bronze.products", Append())


def contract(*primary_key: str) -> Contract:
    columns = (Column("id", "string"), Column("price", "int"))
    rules = (Rule("price_is_positive", "between", ("price",), (("min", 0),)),)
    return Contract(TableName.parse("bronze.products"), "1.0.0", columns, rules, primary_key=primary_key)


def land(sandbox: Sandbox, name: str, *lines: str) -> None:
    folder = sandbox.root / "landing" / "products" / name
    folder.mkdir(parents=True)
    (folder / "all.jsonl").write_text("\n".join(lines))


def pull(sandbox: Sandbox, name: str, rows: Rows, job: SparkJob | None = None) -> RunReport:
    land(sandbox, name, *(json.dumps({"id": key, "price": price}) for key, price in rows.items()))
    return (job or Products()).execute(sandbox.context)


def differences(before: Rows, after: Rows) -> list[tuple[object, ...]]:
    """Return what must be written down: key, price and operation."""
    came = [(key, price, "upsert") for key, price in after.items() if key not in before or before[key] != price]
    went = [(key, price, "delete") for key, price in before.items() if key not in after]
    return [*came, *went]


def written(sandbox: Sandbox) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for name in ("bronze.products", "quarantine.bronze_products"):
        table = TableName.parse(name)
        store = sandbox.context.tables.store(table)
        if store.version(table):
            rows = store.read(table).select("id", "price", "_operation").collect()
            found += [tuple(row) for row in rows]
    return sorted(found, key=repr)


@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(pulls=PULLS)
def test_the_changes_between_pulls_are_written_once(new_sandbox: Callable[..., Sandbox], pulls: list[Rows]) -> None:
    """Refused rows are known as well: they are not refused again by every pull that still has them."""
    sandbox = new_sandbox(FILES, contracts=(contract(),))
    expected: list[tuple[object, ...]] = []
    before: Rows = {}
    for number, rows in enumerate(pulls):
        assert pull(sandbox, f"day{number}", rows).status == "succeeded"
        expected += differences(before, rows)
        assert written(sandbox) == sorted(expected, key=repr)
        before = rows
    assert Products().execute(sandbox.context).status == "nothing_new"


def test_a_pull_that_is_not_to_be_believed_is_refused(new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox(contracts=(contract(),))
    pull(sandbox, "day0", {"a": 1, "b": 2, "c": 3, "d": 4}, Cautious())
    assert pull(sandbox, "day1", {"a": 1, "b": 2}, Cautious()).counts.published == 2, "half of them may go"
    assert "lacks 2 of the 2 rows" in str(pull(sandbox, "day2", {"e": 1}, Cautious()).error)
    (sandbox.root / "landing" / "products" / "day2" / "all.jsonl").unlink()
    for name, lines, error in (
        ("day3", ("",), "lacks 2 of the 2 rows"),
        ("day4", ('{"id": "a"}', '{"id": "a", "price": 2}'), "1 keys occur more than once"),
        ("day5", ('{"id": "a"}', '{"id": "b", "pri'), "1 records of the snapshot have no key that can be read"),
    ):
        land(sandbox, name, *lines)
        assert error in str(Products().execute(sandbox.context).error)
        (sandbox.root / "landing" / "products" / name / "all.jsonl").unlink()
    assert len(written(sandbox)) == 6


def test_the_table_keeps_every_change(new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox(contracts=(contract("id"),))
    assert "contract has no primary key" in str(pull(sandbox, "day0", {"a": 1}).error)

    with pytest.raises(JobDefinitionError, match="takes its rows as they are"):

        class Changed(Products):
            def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
                return inputs["files"]

    with pytest.raises(JobDefinitionError, match="compared by their keys"):
        Snapshot(())
    with pytest.raises(JobDefinitionError, match="share from 0 to 1"):
        Snapshot(("id",), most_gone=2)
    with pytest.raises(JobDefinitionError, match="read in one part"):
        Database("shop", Snapshot(("id",)), table="products", partitions=2)
