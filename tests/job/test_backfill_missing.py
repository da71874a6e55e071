"""A backfill of what is missing brings the days that the inputs have and the table has not, and no others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import MEMORY, Orders, contracts, frame, record
from tests.job.test_backfill import FIRST, asked, watermarks

from tidegate.errors import JobDefinitionError
from tidegate.pipeline.filling import run_backfill
from tidegate.pipeline.gaps import plan_missing
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.default_line]


def test_only_days_that_were_never_processed_are_filled_and_the_live_run_stays(
    spark: SparkSession, tmp_path: Path
) -> None:
    sandbox = Sandbox(spark, tmp_path, contracts(), MEMORY)
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 10), record(2, 20, day=2)]))
    sandbox.run(Orders())
    hole = [record(3, 30, day=1), record(4, 40, day=3), record(5, 50, day=4)]
    sandbox.arrive("bronze.orders", frame(spark, hole))
    before, context = watermarks(sandbox), sandbox.context
    for expected in ([FIRST + timedelta(days=1), FIRST + timedelta(days=3)], []):
        plan = plan_missing(Orders, asked(4), context)
        assert [part.span.start for part in plan.waiting if part.span] == expected
        assert not run_backfill(Orders(), plan, context).exit_code
    assert watermarks(sandbox) == before
    assert sorted(str(row[1]) for row in sandbox.rows("silver.orders")) == ["o1", "o2", "o3", "o4"]
    with pytest.raises(JobDefinitionError, match="event days"):
        plan_missing(Orders, asked(4, by="arrival"), context)
