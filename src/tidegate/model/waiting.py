"""Deliveries that a run has found not whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """A delivery of files that is not whole.

    Attributes:
        folder: Its folder below the feed; empty for the feed's own.
        missing: What is waited for, in words.
        since: When the oldest of its new files was written (ISO 8601, UTC).
        until: When it is overdue.
        files: Number of its new files.
        is_taken: Whether the files were read all the same, because it was overdue.
    """

    folder: str
    missing: str
    since: str
    until: str
    files: int
    is_taken: bool = False

    def __str__(self) -> str:
        """Return one line for people."""
        done = f"taken without {self.missing}" if self.is_taken else f"waits for {self.missing}"
        return f"{self.folder or 'the feed'} {done}, since {self.since}, until {self.until} ({self.files} files)"
