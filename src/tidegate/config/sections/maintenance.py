"""How tables are kept in order."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tidegate.config.frozen import Section


class AfterRunSettings(Section):
    """How large the debt of a table has to be for a run that has published to pay it back."""

    small_files: int = Field(
        default=32, ge=2, le=100_000, description="Files that could go if small ones were put together."
    )
    struck_share: float = Field(default=0.2, gt=0, le=1, description="Share of the rows in files that are struck out.")


class MaintenanceSettings(Section):
    """How tables are kept in order; what is left out is decided from each table's own statistics."""

    retention_days: int = Field(
        default=30,
        ge=7,
        description="How long the files of old versions stay: for time travel, restores and jobs that have not run.",
    )
    target_file_mib: int | None = Field(
        default=None, ge=1, le=4096, description="Size of data files in MiB; by default it grows with the table."
    )
    compression_level: int | None = Field(
        default=None,
        ge=1,
        le=19,
        description="Level of zstd for rewritten files; by default 9, because they are written once and read often.",
    )
    encodings: Literal[1, 2] | None = Field(
        default=None,
        description="Version of Parquet's encodings in rewritten Delta files; by default 2. 1 is for old readers.",
    )
    after_run: AfterRunSettings | None = Field(
        default=None,
        description="When a run is followed by the upkeep of the table that it wrote; left out, never.",
    )
    fold_rows: int = Field(
        default=100_000,
        ge=1,
        description="How many deferred late rows may wait beside a table before a run merges them into it.",
    )
