"""Rows that came later than a table's window allows."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - decode() reads the annotations of this class
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LateRows:
    """Rows older than the late window, whatever became of them.

    Attributes:
        policy: The table's policy.
        rows: How many.
        by_age_days: Rows per age in whole days behind the newest event.
    """

    policy: str
    rows: int = 0
    by_age_days: Mapping[int, int] = field(default_factory=dict)
