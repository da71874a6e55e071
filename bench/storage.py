"""`python -m bench storage`: the demo's order lines as they arrived and after `maintain`, in bytes and in seconds."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from jobs._landing import LandingSettings, land
from pyspark.sql import Window
from pyspark.sql import functions as F

from bench.processes import cpu_seconds
from bench.worker import open_lakehouse, tuned_session
from tidegate.model.names import TableName
from tidegate.tables.delta_log import DeltaLog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import DataFrame, SparkSession

REPOSITORY = Path(__file__).parents[1]
RESULTS = REPOSITORY / "bench" / "results" / "storage.json"
BRONZE, SILVER = TableName("bronze", "order_lines"), TableName("silver", "order_lines")
FEEDS = ("fx_rates", "customers", "products", "order_lines")
WANTED = {"small": 0.5, "one": 0.3}


def main(argv: Sequence[str]) -> None:
    """Measure and write `bench/results/storage.json`."""
    parser = argparse.ArgumentParser(prog="bench storage", allow_abbrev=False)
    parser.add_argument("--households", type=int, default=None, help="only so many households; all by default")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--lake", type=Path, default=None, help="a lake of the demo; it is copied; made by default")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="tidegate-storage-") as name:
        folder = Path(name)
        if options.lake:
            for table in (BRONZE, SILVER):
                shutil.copytree(
                    options.lake / table.layer / table.dataset, folder / "lake" / table.layer / table.dataset
                )
        else:
            load(folder, LandingSettings(households=options.households))
        told = json.loads(maintain(folder))
        results = measure(folder, options.repeats)
    results["decisions"] = {known["what"]: known["choice"] for known in told["decisions"]}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    sys.stdout.write(table_of(results) + "\n")


def load(folder: Path, settings: LandingSettings) -> None:
    """Bring the demo's order lines, and what they refer to, into silver: the history at once, then day by day."""
    landing = folder / "landing"
    jobs = [f"{layer}.{feed}" for feed in FEEDS for layer in ("bronze", "silver")]
    with open_lakehouse(landing, folder / "lake") as lakehouse:
        for day in (settings.history_until, *settings.arrival_days):
            land(landing, through=day, settings=settings)
            reports = [lakehouse.run(job) for job in jobs]
            if any(report.exit_code for report in reports):
                raise RuntimeError(next(report.to_json() for report in reports if report.exit_code))


def maintain(folder: Path) -> str:
    """Keep silver's order lines in order, in a process of its own as a user does, and return what it tells.

    Delta's VACUUM writes a line of its own before it.
    """
    command = [str(Path(sys.executable).with_name("tidegate")), "maintain", str(SILVER), "--json"]
    command += ["--config", str(REPOSITORY / "config"), "--env", "local", "--set", f"storage.root={folder / 'lake'}"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    return done.stdout.splitlines()[-1]


def measure(folder: Path, repeats: int) -> dict[str, object]:
    """Return sizes, and the seconds of reading every column of every row, interleaved in shuffled order."""
    session = tuned_session()
    lakehouse = open_lakehouse(folder / "landing", folder / "lake")
    lines = lakehouse.tables.store(SILVER).read(SILVER)
    write_references(session, lines, lakehouse.tables.store(BRONZE).read(BRONZE), folder)
    place = lakehouse.tables.store(SILVER).location(SILVER)
    log = DeltaLog(place)
    live = log.live_files(log.version() or 0) or {}
    paths = [f"{place}/{path}" for path in live]  # read as Parquet, like the others: no row of theirs is struck out
    contenders: dict[str, Callable[[], DataFrame]] = {
        "small": lambda: session.read.parquet(str(folder / "small")).drop("_file"),
        "one": lambda: session.read.parquet(str(folder / "one")),
        "maintained": lambda: session.read.parquet(*paths),
    }
    sizes = {name: [file.stat().st_size for file in (folder / name).rglob("*.parquet")] for name in ("small", "one")}
    sizes["maintained"] = [file.bytes for file in live.values()]
    rows = {name: read().count() for name, read in contenders.items()}
    if len(set(rows.values())) != 1:
        raise RuntimeError(f"these are not the same rows: {rows}")
    seconds: dict[str, list[dict[str, float]]] = {name: [] for name in contenders}
    order = random.Random(7)  # noqa: S311 - an order, not a secret
    for repeat in range(repeats + 2):
        for name in order.sample(sorted(contenders), len(contenders)):
            found = timed(contenders[name])
            if repeat > 1:  # the first rounds warm up
                seconds[name].append(found)
    session.stop()
    return {
        "rows": rows["one"],
        "files": {name: len(found) for name, found in sizes.items()},
        "bytes": {name: sum(found) for name, found in sizes.items()},
        "read": seconds,
    }


def write_references(session: SparkSession, lines: DataFrame, bronze: DataFrame, folder: Path) -> None:
    """Write silver's rows as they arrived, in snappy Parquet: a file per file that landed, and one file in all.

    Settings are Spark's own; the order is that of the lines in the files that landed.
    """
    version = ("order_line_id", "updated_at")
    arrival = F.struct("_source_file", "_source_line")
    came = bronze.groupBy(*version).agg(F.min(arrival).alias("_came"))
    rows = lines.join(came, list(version), "left")
    session.conf.set("spark.sql.parquet.compression.codec", "snappy")
    numbered = rows.withColumn("_file", F.dense_rank().over(Window.orderBy("_came._source_file")))
    small = numbered.repartition(8, "_file").sortWithinPartitions("_file", "_came")
    small.drop("_came").write.partitionBy("_file").parquet(str(folder / "small"))
    rows.repartition(1).sortWithinPartitions("_came").drop("_came").write.parquet(str(folder / "one"))


def timed(read: Callable[[], DataFrame]) -> dict[str, float]:
    """Return wall and CPU seconds of reading every column of every row."""
    cpu, start = cpu_seconds(os.getpid()), time.perf_counter()
    read().write.format("noop").mode("overwrite").save()
    return {"wall": time.perf_counter() - start, "cpu": cpu_seconds(os.getpid()) - cpu}


def table_of(results: dict[str, object]) -> str:
    """Return sizes and medians as a Markdown table."""
    sizes: dict[str, int] = results["bytes"]  # type: ignore[assignment]
    files: dict[str, int] = results["files"]  # type: ignore[assignment]
    read: dict[str, list[dict[str, float]]] = results["read"]  # type: ignore[assignment]
    lines = [
        "| order lines | files | MB | maintained is smaller by | read, CPU s | read, wall s |",
        "|---|---|---|---|---|---|",
    ]
    for name, size in sizes.items():
        smaller = f"{1 - sizes['maintained'] / size:.1%} (wanted {WANTED[name]:.0%})" if name in WANTED else ""
        cpu, wall = (median(run[kind] for run in read[name]) for kind in ("cpu", "wall"))
        lines.append(f"| {name} | {files[name]:,} | {size / 1e6:.2f} | {smaller} | {cpu:.2f} | {wall:.2f} |")
    return "\n".join(lines)
