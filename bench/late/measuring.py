"""What one piece of work costs: seconds, bytes, files and Spark jobs."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bench.late.folders import files_below
from bench.processes import cpu_seconds, io_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession


@dataclass
class Cost:
    """What a piece of work cost.

    Attributes:
        wall: Seconds on the clock.
        cpu: CPU seconds of this process and all that it started.
        read_mb: Megabytes that they asked the system for, cached by it or not.
        written_mb: Megabytes that they handed to the system.
        new_files: Files that the work left in its folder, logs included.
        new_mb: Their size.
        jobs: Spark jobs; None without Spark.
    """

    wall: float = 0.0
    cpu: float = 0.0
    read_mb: float = 0.0
    written_mb: float = 0.0
    new_files: int = 0
    new_mb: float = 0.0
    jobs: int | None = None

    def as_dict(self) -> dict[str, float | None]:
        """Return the measures by name."""
        return asdict(self)


@contextmanager
def measured(folder: Path, spark: SparkSession | None) -> Iterator[Cost]:
    """Fill in what the work within costs. Before it, what earlier work wrote goes to the disk, and garbage goes.

    Args:
        folder: Where the work writes.
        spark: The session, whose jobs are counted.
    """
    before, cost = files_below(folder), Cost()
    if spark is not None:
        spark.sparkContext._jvm.System.gc()  # noqa: SLF001 - the benchmark runs on classic Spark
    os.sync()
    jobs = _jobs(spark)
    pid = os.getpid()
    (read, written), cpu, start = io_bytes(pid), cpu_seconds(pid), time.perf_counter()
    yield cost
    cost.wall, cost.cpu = time.perf_counter() - start, cpu_seconds(pid) - cpu
    now = io_bytes(pid)
    cost.read_mb, cost.written_mb = (now[0] - read) / 1e6, (now[1] - written) / 1e6
    made = {name: size for name, size in files_below(folder).items() if name not in before}
    cost.new_files, cost.new_mb = len(made), sum(made.values()) / 1e6
    if jobs is not None and spark is not None:
        cost.jobs = (_jobs(spark) or 0) - jobs


def _jobs(spark: SparkSession | None) -> int | None:
    """Return how many jobs the session has started, by the number that the next one gets."""
    if spark is None:
        return None
    return int(spark.sparkContext._jsc.sc().dagScheduler().numTotalJobs())  # noqa: SLF001 - as above
