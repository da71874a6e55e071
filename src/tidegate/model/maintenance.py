"""What upkeep after a run did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Maintenance:
    """The upkeep that followed a run, because its table's debt had grown too large.

    Attributes:
        why: The debt, in words.
        is_compacted: Whether files were rewritten.
        files_before: Files of the table before.
        files_after: Files after.
        bytes_before: Their size before.
        bytes_after: Their size after.
        expired_files: Files of old versions that were removed.
        error: What went wrong, in the error's three parts; None where nothing did. The run is not touched by it.
    """

    why: str = ""
    is_compacted: bool = False
    files_before: int = 0
    files_after: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    expired_files: int = 0
    error: str | None = None
