"""A whole job in an S3 that checks who asks: with the right secret it is done, with a wrong one it is told why not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, as_rows, contracts, frame, latest, record
from tests.s3a import s3a
from tests.seaweedfs import KEY, SECRET

from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.default_line, pytest.mark.integration, pytest.mark.slow]

FIRST = [record(1, 10), record(2, 20), record(3, -1)]
WRONG = "zqX7wrong"


@pytest.mark.parametrize("silver", ["delta", "iceberg"])
def test_a_wrong_secret_is_one_message_and_the_right_one_does_the_job(
    spark: SparkSession, checking_bucket: str, silver: str
) -> None:
    formats = {"bronze": "parquet", "silver": silver}
    sandbox = Sandbox(spark, f"s3a://{checking_bucket}/lake", contracts(), formats)  # type: ignore[arg-type]
    address = os.environ["AWS_ENDPOINT_URL"]
    with s3a(spark, address, KEY, SECRET):
        sandbox.arrive("bronze.orders", frame(spark, FIRST))
        assert sandbox.run(Orders()).status == "succeeded"
        assert sandbox.rows("silver.orders") == as_rows(latest(FIRST))
        assert len(sandbox.rows("quarantine.silver_orders")) == 1
        sandbox.arrive("bronze.orders", frame(spark, [record(4, 40)]))
    with s3a(spark, address, KEY, WRONG, is_apart=True):
        report = Orders().execute(sandbox.context)
    assert report.status == "failed"
    assert "S3 refuses Spark: " in str(report.error)
    assert f"s3a://{checking_bucket}, step " in str(report.error)
    assert WRONG not in report.to_json()
    with s3a(spark, address, KEY, SECRET):
        assert sandbox.rows("silver.orders") == as_rows(latest(FIRST))
        assert sandbox.run(Orders()).status == "succeeded"
        assert sandbox.rows("silver.orders") == as_rows(latest([*FIRST, record(4, 40)]))
