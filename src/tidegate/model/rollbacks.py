"""What became of the tables of a run that was rolled back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RolledBack:
    """A table that a failed run had written.

    Attributes:
        table: The table.
        job: The job that had written it.
        version: Its version before it was taken back.
        target: The version that it was to become like, the one before the run; None where the run had made the table.
        version_after: Its version since; None where it is gone, or where it could not be taken back.
        error: Why it could not be taken back, in the error's three parts; None where it was.
    """

    table: str
    job: str
    version: int
    target: int | None
    version_after: int | None = None
    error: str | None = None
