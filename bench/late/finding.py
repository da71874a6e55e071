"""Finding what is new among ten thousand batches of bronze."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.late import lakes
from bench.late.jobs import Lines
from bench.late.measuring import measured
from tidegate.job.context import new_run_id
from tidegate.job.plan import plan_job
from tidegate.model.commits import Commit, Token
from tidegate.model.names import TableName
from tidegate.tables.manifests import ManifestLog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

    from bench.late.data import Data

BATCHES = 10_000


def run(spark: SparkSession, data: Data, asked: Mapping[str, int]) -> dict[str, object]:
    """Plan a run of a job that has read all but the last of the batches, and return what that cost."""
    lake = data.folder / f"batches-{BATCHES}-of-{asked['rows']}"
    if not lake.exists():
        _begin(spark, data, lake, asked["rows"])
    context = lakes.opened(lake, "delta")
    with measured(lake / "silver", spark) as cost:
        plan = plan_job(Lines, context)
    (read,) = plan.inputs
    if not plan.is_due or (read.since, read.until) != (BATCHES - 1, BATCHES):
        raise RuntimeError(f"{read.since} to {read.until} is not the last batch")
    return cost.as_dict()


def _begin(spark: SparkSession, data: Data, lake: Path, rows: int) -> None:
    """Make a bronze table of so many batches, all of the same rows, and a silver table that has read all but one."""
    half = lake.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    context, name = lakes.opened(half, "delta"), TableName.parse("bronze.lineitem")
    history = spark.read.parquet(str(data.history(rows)))
    lakes.arrive(context, str(name), history)
    log = ManifestLog(context.tables.store(name).location(name))
    first = log.manifest(1)
    for number in range(2, BATCHES + 1):
        facts = Commit(Token(f"bench/{name}", number), new_run_id()).to_json()
        log.append(replace(first, sequence=number, facts=facts))
    lakes.begin(context, Lines, history, upto=BATCHES - 1)
    half.rename(lake)
