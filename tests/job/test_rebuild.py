"""A full refresh makes a table anew from all of its inputs in one commit, and live runs go on from there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import FILES, Orders, contracts, frame, history_contracts, record
from tests.job.test_backfill import History, Keyed

from tidegate.errors import TableError
from tidegate.job.base import SparkJob
from tidegate.job.slicing import plan_slice
from tidegate.model.contracts import Contract
from tidegate.model.declarations import Files, Output
from tidegate.model.modes import Append
from tidegate.model.names import TableName
from tidegate.model.slices import REBUILD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.default_line]

FIRST = [record(1, 1), record(2, 2, day=1), record(1, 4, version=90_000), record(3, -1)]
SECOND = [record(3, 3, day=5)]


@pytest.mark.parametrize(("job", "kind"), [(Orders, "parquet"), (History, "delta"), (Keyed, "parquet")])
def test_a_table_made_anew_is_the_one_that_live_runs_would_make(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], job: type[SparkJob], kind: str
) -> None:
    class Wrong(job):  # type: ignore[misc, valid-type]
        """The job before it was mended."""

        def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
            return inputs["orders"].selectExpr("order_id", "amount + 100 as amount", "ordered_at", "updated_at")

    first = FIRST if job is not Keyed else [FIRST[0], FIRST[1], FIRST[3]]
    formats = {"silver": kind}
    sandbox, right = (new_sandbox(formats, contracts=history_contracts()) for _ in range(2))
    for lake, mended in ((sandbox, Wrong()), (right, job())):
        lake.arrive("bronze.orders", frame(spark, first))
        lake.run(mended)
    right.run(job())
    before = sandbox.version("silver.orders")
    report = sandbox.run(job(), part=REBUILD)
    assert sandbox.rows("silver.orders") == right.rows("silver.orders")
    assert report.output is not None
    assert (report.output.version_before, report.output.version_after) == (before, (before or 0) + 1)
    assert (report.batch, report.scope, report.interval) == (2, "live", None)
    assert sandbox.run(job()).status == "nothing_new"
    for lake in (sandbox, right):
        lake.arrive("bronze.orders", frame(spark, SECOND))
        lake.run(job())
    assert sandbox.rows("silver.orders") == right.rows("silver.orders")


def test_files_that_have_left_the_landing_zone_are_not_given_up(
    new_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    class Landed(SparkJob):
        """Orders as they land."""

        inputs = {"orders": Files("orders", "csv")}
        output = Output("bronze.landed", Append())

    base = contracts()[0]
    contract = Contract(TableName.parse("bronze.landed"), "1.0.0", base.columns[:2], base.rules[:1])
    sandbox = new_sandbox(FILES, contracts=(contract,))
    (tmp_path / "orders").mkdir()
    for name in ("a", "b"):
        (tmp_path / "orders" / f"{name}.csv").write_text(f"order_id,amount\n{name},1\n")
    sandbox.run(Landed(), landing=str(tmp_path))
    assert sandbox.run(Landed(), landing=str(tmp_path), part=REBUILD).counts.published == 2
    assert sandbox.rows("bronze.landed") == [(1, "a"), (1, "b")]
    (tmp_path / "orders" / "a.csv").unlink()
    with pytest.raises(TableError, match=r"1 files that bronze\.landed was made from have left"):
        plan_slice(Landed, replace(sandbox.context, landing=str(tmp_path)), REBUILD)
