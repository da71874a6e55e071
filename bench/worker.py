"""One contender in a process and a session of its own, told what to do line by line."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bench.counting import counted
from bench.gate import write
from bench.handwritten.expert import Expert
from bench.handwritten.plain import Plain
from bench.processes import cpu_seconds
from tidegate import Lakehouse
from tidegate.factory.arguments import Arguments
from tidegate.platforms.jars import jars_for
from tidegate.platforms.local import LocalPlatform
from tidegate.platforms.port import SessionRequest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REPOSITORY = Path(__file__).parents[1]
PIPELINE = "bronze_to_silver"
LOADS = frozenset({"load", "silent", "counted"})
DELTA = frozenset({"delta"})
EXTENSIONS = {
    "delta": "io.delta.sql.DeltaSparkSessionExtension",
    "iceberg": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
}


def open_lakehouse(landing: Path, lake: Path, *more: str) -> Lakehouse:
    """Return the reference lakehouse over these folders, perhaps with more settings."""
    overrides = (f"storage.root={lake}", f"landing.root={landing}", *more)
    return Lakehouse.open(Arguments(config=str(REPOSITORY / "config"), env="local", overrides=overrides))


def tuned_session(formats: frozenset[str] = DELTA, packages: str = "") -> SparkSession:
    """Return the session that tidegate starts on a laptop, perhaps with more packages."""
    lakehouse = open_lakehouse(Path("/none"), Path("/none"))
    conf = lakehouse.settings.spark.resolved_conf(os.environ)
    conf = {**conf, "spark.jars.packages": packages} if packages else conf
    return LocalPlatform(os.environ).session(SessionRequest("bench", conf, formats))


def default_session(formats: frozenset[str] = DELTA) -> SparkSession:
    """Return a session as `pip install delta-spark` documents it, with every other setting at its default."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - after Java has been chosen

    builder = SparkSession.builder.master("local[*]").config("spark.driver.memory", "4g")
    builder = builder.config("spark.sql.extensions", ",".join(EXTENSIONS[name] for name in sorted(formats)))
    builder = builder.config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    for key, value in jars_for(formats, os.environ).conf().items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def run(contender: str, session: SparkSession, task: str, landing: Path, lake: Path) -> dict[str, object]:
    """Run a contender once and return wall and CPU seconds, and for tidegate the seconds per job and step.

    Args:
        contender: `tidegate`, `expert` or `plain`.
        session: Its session.
        task: `load` what has landed; `silent`, without lineage; `counted`, with what lineage takes; or a kind of write
            of `bench.gate`.
        landing: The landing zone.
        lake: The lake.
    """
    cpu, start = cpu_seconds(os.getpid()), time.perf_counter()
    steps: dict[str, object] = {}
    lineage: dict[str, float] = {}
    if task not in LOADS:
        write(task, open_lakehouse(landing, lake), session)
    elif contender == "tidegate":
        lakehouse = open_lakehouse(landing, lake, f"lineage.enabled={str(task != 'silent').lower()}")
        with counted(session) if task == "counted" else nullcontext({}) as lineage:
            report = lakehouse.run(PIPELINE)
            lakehouse.context.observers.close()
        if report.exit_code:
            raise RuntimeError(report.to_json())
        steps = {job.job: dict(job.seconds) for job in report.jobs}  # type: ignore[union-attr]
    else:
        (Expert if contender == "expert" else Plain)(session, landing, lake).run()
    wall = time.perf_counter() - start
    return {"wall": wall, "cpu": cpu_seconds(os.getpid()) - cpu, "steps": steps, "lineage": lineage}


def main(contender: str, answers: TextIO) -> None:
    """Answer every line of standard input, a JSON document with `landing` and `lake`, with one line."""
    session = default_session() if contender == "plain" else tuned_session()
    for line in sys.stdin:
        asked = json.loads(line)
        answers.write(
            json.dumps(run(contender, session, asked["task"], Path(asked["landing"]), Path(asked["lake"]))) + "\n"
        )
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1], os.fdopen(int(sys.argv[2]), "w"))
