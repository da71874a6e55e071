"""What a run has used of the machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Resources:
    """What has been used, as far as somebody counts it; None where nobody does.

    Jobs that run at the same time share the processes, and so the numbers: each has what all used meanwhile.

    Attributes:
        cpu_seconds: CPU seconds of the driver: Python, and the Java that it started. On one machine that is all.
        peak_memory_bytes: The most memory that they have held at once, since they started.
        task_seconds: Seconds of Spark's tasks, wherever they ran.
        shuffle_read_bytes: Bytes that tasks have read of others' rows.
        shuffle_write_bytes: Bytes that tasks have written for others.
        spill_memory_bytes: Bytes of rows in memory that tasks put on disk because they had no room.
        spill_disk_bytes: What these took there, where they are compressed.
        executor_peak_memory_bytes: The most memory that the Java of one executor has used at once, heap and beside it,
            since it started; where Spark has no executors but the driver, the driver's.
    """

    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    task_seconds: float | None = None
    shuffle_read_bytes: int | None = None
    shuffle_write_bytes: int | None = None
    spill_memory_bytes: int | None = None
    spill_disk_bytes: int | None = None
    executor_peak_memory_bytes: int | None = None

    def since(self, before: Resources) -> Resources:
        """Return what has been used since an earlier moment; what was not counted yet then was nothing."""
        return Resources(
            cpu_seconds=_more(self.cpu_seconds, before.cpu_seconds),
            peak_memory_bytes=self.peak_memory_bytes,
            task_seconds=_more(self.task_seconds, before.task_seconds),
            shuffle_read_bytes=_more_bytes(self.shuffle_read_bytes, before.shuffle_read_bytes),
            shuffle_write_bytes=_more_bytes(self.shuffle_write_bytes, before.shuffle_write_bytes),
            spill_memory_bytes=_more_bytes(self.spill_memory_bytes, before.spill_memory_bytes),
            spill_disk_bytes=_more_bytes(self.spill_disk_bytes, before.spill_disk_bytes),
            executor_peak_memory_bytes=self.executor_peak_memory_bytes,
        )


def _more(now: float | None, before: float | None) -> float | None:
    return None if now is None else round(max(0.0, now - (before or 0.0)), 3)


def _more_bytes(now: int | None, before: int | None) -> int | None:
    return None if now is None else max(0, now - (before or 0))
