"""One process with its session and its contenders, told what to do line by line."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bench.late import finding, histories
from bench.late.contenders import (
    BOUNDED_ICEBERG,
    PLAIN_ICEBERG,
    ByHand,
    Case,
    DeltaRs,
    DuckDb,
    PlainDelta,
    Tidegate,
)
from bench.late.data import Data
from bench.late.jobs import Lines, deferring
from bench.late.measuring import measured
from bench.late.spark_writers import merge_bounded, merge_plain
from bench.worker import default_session, tuned_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from bench.late.contenders import Contender

FORMATS = frozenset({"delta", "iceberg"})
# Which process has which contenders. One that is warm for one of its contenders is warm for all.
CONTENDERS = {
    "tuned": ("tidegate-delta", "expert-delta", "tidegate-iceberg", "expert-iceberg"),
    "default": ("plain-delta", "plain-iceberg"),
    "single": ("delta-rs", "duckdb"),
}


def session_of(process: str) -> SparkSession | None:
    """Return the session of a process, or None for the one without Spark."""
    if process == "single":
        return None
    return tuned_session(FORMATS) if process == "tuned" else default_session(FORMATS)


def contenders(spark: SparkSession | None) -> dict[str, Contender]:
    """Return the contenders by name."""
    if spark is None:
        return {"delta-rs": DeltaRs(), "duckdb": DuckDb()}
    without_feed = {"delta.enableChangeDataFeed": "false"}
    return {
        "tidegate-delta": Tidegate(spark, "delta", Lines()),
        "tidegate-iceberg": Tidegate(spark, "iceberg", Lines()),
        "expert-delta": ByHand(spark, "delta", merge_bounded, without_feed),
        "expert-iceberg": ByHand(spark, "iceberg", merge_bounded, BOUNDED_ICEBERG),
        "plain-delta": PlainDelta(spark),
        "deferring-delta": Tidegate(spark, "delta", deferring()),
        "deferring-iceberg": Tidegate(spark, "iceberg", deferring()),
        "plain-iceberg": ByHand(spark, "iceberg", merge_plain, PLAIN_ICEBERG),
    }


def upsert(contender: Contender, case: Case, spark: SparkSession | None) -> dict[str, object]:
    """Merge a batch into a fresh copy and return what it cost, the steps and what the table then holds."""
    place = contender.fresh(case)
    with measured(place, spark) as cost:
        steps = contender.merge(case)
    rows = contender.rows()
    shutil.rmtree(place)
    return {**cost.as_dict(), "steps": steps, "made": rows}


def fold(contender: Tidegate, case: Case, spark: SparkSession) -> dict[str, object]:
    """Let late rows wait beside a fresh copy, and return what merging them into it costs."""
    place = contender.fresh(case)
    contender.merge(case)
    with measured(place, spark) as cost:
        contender.fold()
    rows = contender.rows()
    shutil.rmtree(place)
    return {**cost.as_dict(), "made": rows}


def main(process: str, answers: TextIO) -> None:
    """Answer every line of standard input, a JSON document with a `task` and its arguments, with one line."""
    spark = session_of(process)
    known = contenders(spark)
    for line in sys.stdin:
        asked = json.loads(line)
        data = Data(Path(asked["folder"]), asked["scale"])
        answer: dict[str, object] = {}
        if "rows" in asked and asked["rows"] and asked["task"] != "find-new":
            case, contender = Case(data, asked["rows"], asked["scenario"]), known[asked["contender"]]
            if asked["task"] == "prepare":
                contender.prepare(case)
            elif asked["task"] == "fold" and isinstance(contender, Tidegate):
                answer = fold(contender, case, contender.spark)
            else:
                answer = upsert(contender, case, spark)
        elif spark is not None:
            answer = {"scd2": histories.run, "find-new": finding.run}[asked["task"]](spark, data, asked)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    if spark is not None:
        spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], os.fdopen(int(sys.argv[2]), "w"))
