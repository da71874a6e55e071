"""One session with all tools, told what to do line by line."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bench.late.measuring import measured
from bench.quality.checks import CHECKS
from bench.quality.copies import COPIES, copy, make
from bench.quality.daily import merge, prepared
from bench.quality.data import TABLES, Data
from bench.worker import tuned_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

DEEQU = "com.amazon.deequ:deequ:2.0.7-spark-3.5"


def run(spark: SparkSession, asked: Mapping[str, str]) -> dict[str, object]:
    """Return what a task costs and what it has found.

    Args:
        spark: The session.
        asked: The `task` (`rules`, `copy`, `daily`), who does it or how (`contender`), and the `data` it is done on.
    """
    data, kind, contender = Data(Path(asked["folder"]), float(asked["scale"])), asked["data"], asked["contender"]
    files = {name: data.table(kind, name) for name in TABLES}
    work = data.folder / "quality-work"
    found: object
    if asked["task"] == "rules":
        tables = {name: spark.read.parquet(str(file)) for name, file in files.items()}
        with measured(data.folder / "none", spark) as cost:
            found = CHECKS[contender](spark, tables)
    elif asked["task"] == "copy":
        tables_of = data.folder / f"quality-{data.scale:g}" / f"delta-{kind}"
        make(spark, files, tables_of)
        key_type = COPIES[contender][1] if contender in COPIES else "bigint"
        with measured(work, spark) as cost:
            found = copy(contender, spark, tables_of / key_type, work)
    else:
        context, place = prepared(spark, data.folder, contender)
        with measured(place, spark) as cost:
            found = merge(context)
        shutil.rmtree(place)
    shutil.rmtree(work, ignore_errors=True)
    return {**cost.as_dict(), "found": found}


def main(answers: TextIO) -> None:
    """Answer every line of standard input, a JSON document, with one line."""
    spark = tuned_session(packages=DEEQU)
    for line in sys.stdin:
        answers.write(json.dumps(run(spark, json.loads(line))) + "\n")
        answers.flush()
    spark.sparkContext._gateway.shutdown_callback_server()  # noqa: SLF001 - PyDeequ's, which would keep the process
    spark.stop()


if __name__ == "__main__":
    main(os.fdopen(int(sys.argv[2]), "w"))
