"""How a run compares with those of its job before it, from the records in the lake. No Spark."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from tidegate.lineage.records import read_runs
from tidegate.model.reports import RunReport

if TYPE_CHECKING:
    from tidegate.lineage.records import Report

_GOOD = frozenset({"succeeded", "nothing_new"})


@dataclass(frozen=True)
class Trend:
    """The last runs of a job, the one in question among them.

    Attributes:
        runs: How many.
        good: How many ended well.
        seconds: Median of the wall seconds of those that had something new; None where none had.
        rows_per_second: Median of the rows read per second of the same; None where none read any.
        older_seconds: Median of the wall seconds of the older half of them; None where there are fewer than four.
        newer_seconds: The same of the newer half.
    """

    runs: int
    good: int
    seconds: float | None
    rows_per_second: float | None
    older_seconds: float | None
    newer_seconds: float | None


def trend_of(root: str, report: Report, *, last: int) -> Trend | None:
    """Return how the runs of a job have gone up to one of them; None for a pipeline.

    Args:
        root: Root of the lake.
        report: The run.
        last: How many runs at most, the run among them.
    """
    if not isinstance(report, RunReport):
        return None
    runs = [one for one in read_runs(root, limit=last * 5, job=report.job) if isinstance(one, RunReport)]
    known = [one for one in runs if one.started_at <= report.started_at][:last]
    worked = [one for one in known if one.status == "succeeded"]
    seconds = [_seconds(one) for one in worked]
    rates = [one.counts.read / _seconds(one) for one in worked if one.counts.read and _seconds(one)]
    half = len(seconds) // 2
    has_halves = half > 1
    return Trend(
        runs=len(known),
        good=sum(one.status in _GOOD for one in known),
        seconds=median(seconds) if seconds else None,
        rows_per_second=median(rates) if rates else None,
        older_seconds=median(seconds[-half:]) if has_halves else None,
        newer_seconds=median(seconds[:half]) if has_halves else None,
    )


def _seconds(report: RunReport) -> float:
    return report.seconds.get("total", 0.0)
