"""A standard job does to its rows what its steps say, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.errors import JobDefinitionError
from tidegate.job.standard import standard_job
from tidegate.model.declarations import New
from tidegate.model.modes import Append
from tidegate.model.standard import Cleaning, Standard

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.default_line]


def test_steps_are_taken_in_their_order_and_own_columns_stay_behind(spark: SparkSession) -> None:
    steps = (
        Cleaning("trim_strings"),
        Cleaning("standardize_case", {"columns": ("state",), "case": "lower"}),
        Cleaning("rename_columns", {"names": {"state": "status"}}),
        Cleaning("select_columns", {"columns": ("status",)}),
    )
    job = standard_job(Standard("silver.orders", New("bronze.orders"), Append(), steps))
    frame = spark.createDataFrame([(" OPEN ", 1, 7)], "state string, amount int, _batch_id int")
    assert job().transform({"rows": frame}).collect() == [("open",)]
    unknown = standard_job(Standard("silver.orders", New("bronze.orders"), Append(), (Cleaning("shout"),)))
    with pytest.raises(JobDefinitionError, match="catalogue has"):
        unknown().transform({"rows": frame})
