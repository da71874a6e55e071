"""What this process and its Spark have used so far. Nothing is started to find out."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from tidegate.model.resources import Resources

_KIB = 1024
_ENDED = frozenset({"COMPLETE", "FAILED", "SKIPPED"})
_MAY_RUN_AGAIN = 4  # stages may be told of late, and those that lost a shuffle run once more


class Usage:
    """Counts; it remembers the stages of Spark whose numbers do not change any more."""

    def __init__(self) -> None:
        """Begin with nothing known of Spark's stages."""
        self._settled, self._memory, self._disk = -1, 0, 0
        self._done: dict[tuple[int, int], tuple[int, int]] = {}
        self._lock = threading.Lock()

    def __call__(self) -> Resources:
        """Return what has been used up to now: of processes by Linux's own count, of tasks by Spark's status store."""
        from tidegate.platforms.gateway import java_process, task_totals  # noqa: PLC0415 - only what a run has loaded

        spark = sys.modules.get("pyspark")
        java = java_process() if spark else None
        processes = [_process(number) for number in (os.getpid(), java) if number is not None]
        known = [one for one in processes if one is not None]
        totals = task_totals() if spark else None
        spilled = self._spilled() if totals else None
        return Resources(
            cpu_seconds=sum(seconds for seconds, _ in known) if known else None,
            peak_memory_bytes=sum(peak for _, peak in known) if known else None,
            task_seconds=totals.milliseconds / 1000 if totals else None,
            shuffle_read_bytes=totals.shuffle_read if totals else None,
            shuffle_write_bytes=totals.shuffle_write if totals else None,
            spill_memory_bytes=spilled[0] if spilled else None,
            spill_disk_bytes=spilled[1] if spilled else None,
            executor_peak_memory_bytes=totals.peak_memory if totals else None,
        )

    def _spilled(self) -> tuple[int, int] | None:
        """Return the bytes that all stages so far have spilled from memory, and those that they wrote to disk."""
        from tidegate.platforms.gateway import newest_stages  # noqa: PLC0415 - as above

        with self._lock:
            text = newest_stages(self._settled)
            return None if text is None else self._added(json.loads(text))

    def _added(self, stages: list[dict[str, object]]) -> tuple[int, int]:
        """Add stages to those that are known; of one that goes on, what it has spilled so far is counted."""
        under_way: list[tuple[int, int]] = []
        first_open: int | None = None
        for stage in stages:
            number, attempt = int(str(stage["stageId"])), int(str(stage["attemptId"]))
            if number <= self._settled:
                continue
            spilled = int(str(stage["memoryBytesSpilled"])), int(str(stage["diskBytesSpilled"]))
            if stage["status"] in _ENDED:
                self._done[number, attempt] = spilled
            else:
                under_way.append(spilled)
                first_open = number if first_open is None else min(first_open, number)
        self._settle(first_open)
        every = [(self._memory, self._disk), *self._done.values(), *under_way]
        return sum(memory for memory, _ in every), sum(disk for _, disk in every)

    def _settle(self, first_open: int | None) -> None:
        """Keep but the sum of stages that ended so long ago that they will not be asked about again."""
        newest = max((number for number, _ in self._done), default=self._settled)
        limit = min(newest - _MAY_RUN_AGAIN, newest if first_open is None else first_open - 1)
        for key in [key for key in self._done if key[0] <= limit]:
            memory, disk = self._done.pop(key)
            self._memory, self._disk = self._memory + memory, self._disk + disk
        self._settled = max(self._settled, limit)


def _process(number: int) -> tuple[float, int] | None:
    """Return CPU seconds and peak memory (bytes) of a process; None where the system does not tell."""
    try:
        times = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        status = Path(f"/proc/{number}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), "0")
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK"), int(peak) * _KIB
