"""Two writers of a table to which each key is added once: what the other one adds during a run is not added again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, as_rows, contracts, frame, record

from tidegate.job.retries import Retries
from tidegate.model.declarations import Output
from tidegate.model.modes import Append
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession
    from tests.job.shop import Record

pytestmark = [pytest.mark.spark, pytest.mark.default_line]


class Log(Orders):
    """Every order once; another writer commits while a run transforms."""

    output = Output("silver.orders", Append())

    def __init__(self, sandbox: Sandbox, meanwhile: list[Record]) -> None:
        self.sandbox, self.meanwhile = sandbox, meanwhile

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        if self.meanwhile:
            self.sandbox.arrive("silver.orders", frame(self.sandbox.spark, self.meanwhile))
            self.meanwhile = []
        return inputs["orders"]


@pytest.mark.parametrize("silver", ["delta", "iceberg", "parquet"])
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "later"])
def test_what_another_writer_adds_during_a_run_is_not_added_again(
    spark: SparkSession, tmp_path: Path, silver: str, is_first: bool
) -> None:
    sandbox = Sandbox(spark, tmp_path, contracts(), {"bronze": "memory", "quarantine": "memory", "silver": silver})
    mine, theirs = [record(1, 1), record(2, 2)], [record(2, 2), record(3, 3)]
    known = [] if is_first else [record(0, 0)]
    if known:
        sandbox.arrive("bronze.orders", frame(spark, known))
        sandbox.run(Log(sandbox, []))
    sandbox.arrive("bronze.orders", frame(spark, mine))
    calm = {"retries": Retries(0)}
    if silver == "parquet":  # its files are in place, the known rows among them
        report = Log(sandbox, theirs).execute(sandbox.context)
        assert (report.status, report.error_type) == ("failed", "ConcurrentWriteError")
        report = sandbox.run(Log(sandbox, []), **calm)
    else:
        report = sandbox.run(Log(sandbox, theirs), **calm)
    assert (report.counts.published, report.counts.unchanged) == (1, 1)
    expected = as_rows([*known, mine[0], *theirs])
    assert sandbox.rows("silver.orders") == expected
    sandbox.arrive("bronze.orders", frame(spark, [record(4, 4)]))
    harmless = [record(5, 5)]
    assert sandbox.run(Log(sandbox, harmless), **calm).counts.published == 1, "other keys are in nobody's way"
    assert len(sandbox.rows("silver.orders")) == len(expected) + 2
