"""How runs go on and when they are refused."""

from __future__ import annotations

import os
from typing import Literal

from pydantic import Field

from tidegate.config.frozen import Section


class GateSettings(Section):
    """When a batch is refused as a whole, beyond what each contract says."""

    max_quarantined_share: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Share (0 to 1) of a batch's rows that may go to quarantine; beyond it the run is refused.",
    )
    show_personal_data: bool = Field(
        default=False,
        description="Whether `tidegate quarantine show --unmasked` shows columns that are classified as personal data.",
    )
    min_score: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="The least score (0 to 1) of a batch that is published, where its contract names none.",
    )


class RunSettings(Section):
    """How runs go on."""

    keep_going: bool = Field(
        default=True, description="Whether a pipeline runs the jobs that do not depend on one that failed."
    )
    parallel_jobs: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="How many jobs of a pipeline, or intervals of a backfill, may run at a time; null: as many as the "
        "driver has cores, 2 to 4.",
    )
    when_running: Literal["refuse", "wait"] = Field(
        default="refuse", description="What a run of a pipeline does while another one is under way."
    )
    wait_seconds: float = Field(
        default=3600.0, ge=0, description="How long a run that waits for another one waits, at most."
    )
    lease_seconds: float = Field(
        default=60.0,
        ge=10,
        le=3600,
        description="How long after its last sign of life a run of a pipeline counts as under way.",
    )
    conflict_retries: int = Field(
        default=5,
        ge=0,
        le=100,
        description="How many more times a staged batch is offered to a table that another writer was faster at.",
    )
    conflict_wait_seconds: float = Field(
        default=0.5,
        ge=0,
        le=60,
        description="The longest wait before the first of these times; it doubles with each, up to 30 seconds.",
    )
    stream_max_files: int = Field(
        default=1000,
        ge=1,
        description="How many new files, or new versions of a table, of each input one micro-batch takes (--trigger).",
    )
    staging: Literal["files", "memory"] = Field(
        default="files",
        description="Where a batch waits for the gate: in Parquet files (any platform), or in the memory of a Spark of "
        "one process.",
    )

    @property
    def jobs_at_once(self) -> int:
        """How many jobs of a pipeline may run at the same time: planning them is the work of the driver's cores."""
        return self.parallel_jobs or min(max(os.cpu_count() or 0, 2), 4)
