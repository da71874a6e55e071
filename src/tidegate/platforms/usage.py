"""What this process and its Spark have used so far. Nothing is started to find out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tidegate.model.resources import Resources

_KIB = 1024


def usage() -> Resources:
    """Return what has been used up to now: of the processes by Linux's own count, of tasks by Spark's status store."""
    from tidegate.platforms.gateway import java_process, task_totals  # noqa: PLC0415 - only what a run has loaded

    spark = sys.modules.get("pyspark")
    java = java_process() if spark else None
    processes = [_process(number) for number in (os.getpid(), java) if number is not None]
    known = [one for one in processes if one is not None]
    totals = task_totals() if spark else None
    return Resources(
        cpu_seconds=sum(seconds for seconds, _ in known) if known else None,
        peak_memory_bytes=sum(peak for _, peak in known) if known else None,
        task_seconds=totals[0] / 1000 if totals else None,
        shuffle_read_bytes=totals[1] if totals else None,
        shuffle_write_bytes=totals[2] if totals else None,
    )


def _process(number: int) -> tuple[float, int] | None:
    """Return CPU seconds and peak memory (bytes) of a process; None where the system does not tell."""
    try:
        times = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        status = Path(f"/proc/{number}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), "0")
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK"), int(peak) * _KIB
