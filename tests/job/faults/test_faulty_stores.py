"""Whole runs over an S3 that fails, breaks off, stalls or is gone: nothing half done is seen, and a rerun makes good.

A store that is gone from a request on is what a killed process leaves: whatever came before has been done, nothing that
comes after.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, as_rows, contracts, frame, latest, record
from tests.s3a import s3a
from tests.storage.faulty_proxy import KINDS

from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession
    from tests.job.shop import Record
    from tests.storage.faulty_proxy import Faults, Kind

pytestmark = [
    pytest.mark.spark,
    pytest.mark.default_line,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.timeout(3600),
]

FORMATS = ("delta", "iceberg", "parquet")
FOREVER = 100_000
# So many of each format; `make test-faults` asks for more.
FAULTS = int(os.environ.get("TIDEGATE_STORE_FAULTS", "1"))
FIRST = [record(1, 10), record(2, 20), record(3, -1)]


@pytest.fixture
def lake(spark: SparkSession, faults: Faults, s3_bucket: str) -> Iterator[str]:
    with s3a(spark, os.environ["AWS_ENDPOINT_URL"]):
        yield f"s3a://{s3_bucket}/lake"


def batch(number: int) -> list[Record]:
    """Return new orders, one that was corrected, one that is refused, and one that comes twice."""
    return [
        record(1, 100 + number, version=number),
        record(10 + number, number, day=number),
        record(10 + number, number, day=number),
        record(2, -5, version=number),
    ]


def moment(chance: random.Random, requests: int) -> tuple[Kind, int, int]:
    """Return what goes wrong, from which request on, and how often: every other time for good."""
    if chance.random() < 0.5:
        return chance.choice(("reset", "lost")), chance.randint(1, requests), FOREVER
    return chance.choice(KINDS), chance.randint(1, requests), chance.choice((1, 3))


@pytest.mark.parametrize("silver", FORMATS)
def test_a_run_over_a_store_that_fails_is_made_good_by_the_next(
    spark: SparkSession, faults: Faults, lake: str, silver: str
) -> None:
    chance = random.Random(os.environ.get("TIDEGATE_SEED"))  # noqa: S311 - spreads the moments
    formats = {"bronze": "parquet", "silver": silver}
    sandbox = Sandbox(spark, lake, contracts(), formats)  # type: ignore[arg-type]
    sandbox.arrive("bronze.orders", frame(spark, FIRST))
    sandbox.run(Orders())
    come, ends = [*FIRST, *batch(0)], Counter[str]()
    sandbox.arrive("bronze.orders", frame(spark, batch(0)))
    faults.reset()
    sandbox.run(Orders())
    requests = faults.asked
    for number in range(1, FAULTS + 1):
        kind, at, times = moment(chance, requests)
        before = sandbox.rows("silver.orders")
        sandbox.arrive("bronze.orders", frame(spark, batch(number)))
        come += batch(number)
        faults.reset(kind, at, times)
        report = Orders().execute(sandbox.context)
        faults.reset()
        told = (silver, kind, at, times, report.status, report.error)
        ends[f"{kind} {report.status} in {list(report.seconds)[-2]}"] += 1
        after = as_rows(latest(come))
        assert report.status in {"succeeded", "failed"}, told
        assert "s3cret" not in report.to_json(), told
        seen = sandbox.rows("silver.orders")
        assert seen == after if report.status == "succeeded" else seen in (before, after), told
        sandbox.run(Orders())
        assert sandbox.rows("silver.orders") == after, told
        refused = sum((one.amount or 0) < 0 for one in come)
        assert len(sandbox.rows("quarantine.silver_orders")) == refused, told
        assert sandbox.run(Orders()).status == "nothing_new", told
    print(silver, requests, dict(sorted(ends.items())))  # noqa: T201 - where they were hit
