"""How tables are kept in order."""

from __future__ import annotations

from pydantic import Field

from tidegate.config.frozen import Section


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
        description="Level of zstd for rewritten files; by default 3, and 6 for large tables.",
    )
    fold_rows: int = Field(
        default=100_000,
        ge=1,
        description="How many deferred late rows may wait beside a table before a run merges them into it.",
    )
