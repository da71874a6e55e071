"""The record of a backfill: its slices, and the runs that brought them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.model.reports import Counts, Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.model.reports import RunReport, RunStatus


@dataclass(frozen=True)
class SliceRows:
    """What a slice would bring.

    Attributes:
        number: Number of the slice, from 1.
        interval: Its days: one (`2024-01-01`), or the first and the last (`2024-01-01..2024-01-07`).
        is_done: Whether it has been published.
        rows: Rows of the inputs whose news make the job run.
        files: Files of them, where the job reads files; None otherwise.
    """

    number: int
    interval: str
    is_done: bool
    rows: int
    files: int | None = None


@dataclass(frozen=True)
class BackfillReport(Report):
    """The whole record of one call of a backfill.

    Attributes:
        job: The job.
        scope: The scope of its batches, which names the request.
        status: How it ended: `succeeded`; `nothing_new` where every slice had been published before; otherwise how the
            run ended that stopped it.
        started_at: ISO 8601, UTC.
        ended_at: ISO 8601, UTC.
        slices: Number of slices of the request.
        done_before: How many of them earlier calls had published.
        runs: Reports of the runs of this call, one per slice, in order. After one that failed come those that were
            prepared beside it and published nothing: `skipped`, or failed too.
        seconds: Wall seconds: `total`.
        in_order: Why each slice began only when the one before it had ended; None where slices need not wait.
    """

    job: str
    scope: str
    status: RunStatus
    started_at: str
    ended_at: str
    slices: int
    done_before: int
    runs: tuple[RunReport, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    in_order: str | None = None

    @property
    def published(self) -> int:
        """Number of slices that are published by now."""
        return self.done_before + sum(not run.exit_code for run in self.runs)

    @property
    def failed(self) -> RunReport | None:
        """The first run that did not succeed, with which the same command goes on; None where all did."""
        return next((run for run in self.runs if run.exit_code), None)

    @property
    def counts(self) -> Counts:
        """What became of the rows of all runs together."""
        return sum((run.counts for run in self.runs), Counts())


@dataclass(frozen=True)
class PipelineBackfillReport(Report):
    """The whole record of one call of the backfill of a pipeline.

    Attributes:
        pipeline: The pipeline.
        status: As of a run of a pipeline: `succeeded`, `nothing_new`, `partial`, `failed` or `refused`.
        started_at: ISO 8601, UTC.
        ended_at: ISO 8601, UTC.
        jobs: The backfills of its jobs, in the order of the pipeline.
        left_out: Per job that cannot be run on these slices, why; its table was left as it is.
        skipped: Jobs that were not filled because one that they depend on did not succeed.
        seconds: Wall seconds: `total`.
    """

    pipeline: str
    status: RunStatus
    started_at: str
    ended_at: str
    jobs: tuple[BackfillReport, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
