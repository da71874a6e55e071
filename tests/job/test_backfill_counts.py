"""What a backfill says of the rows that it read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, frame, record
from tests.job.test_backfill import asked, backfill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.default_line]


def test_rows_that_the_transform_leaves_out_of_a_slice_are_counted(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    class Some(Orders):
        """Orders of an amount that is not seven."""

        def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
            return inputs["orders"].filter("amount <> 7")

    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, 7), record(3, -1), record(4, 7, day=1)]))
    report = backfill(sandbox, Some(), asked(2))
    told = [(run.counts.read, run.counts.published, run.counts.quarantined, run.counts.dropped) for run in report.runs]
    assert told == [(3, 1, 1, 1), (1, 0, 0, 1)]
