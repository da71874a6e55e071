"""What makes the new files of a folder whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tidegate.errors import JobDefinitionError

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True)
class Delivery:
    """What makes the new files of a folder whole, so that no run reads half of what belongs together.

    The files of one folder (sub-folders are folders of their own) are held back until everything that is declared here
    is there.

    Attributes:
        patience: How long they may wait, counted from when the oldest of them was written.
        marker: Name of a file that is written last, such as `_SUCCESS`.
        manifest: Name of a JSON file that lists them: `{"files": [{"name": "a.csv", "bytes": 12, "rows": 3}]}`; `bytes`
            and `rows` are optional.
        expected: Patterns of names, each of which at least one file of the folder must match, such as `orders_*.csv`.
        overdue: What happens when they have waited too long. `fail`: the run fails until they are whole. `take`: they
            are read as they are. Both are reported.
    """

    patience: timedelta
    marker: str | None = None
    manifest: str | None = None
    expected: tuple[str, ...] = ()
    overdue: Literal["fail", "take"] = "fail"

    def __post_init__(self) -> None:
        """Refuse a delivery that nothing completes."""
        if not (self.marker or self.manifest or self.expected):
            raise JobDefinitionError(
                "nothing says when a delivery is whole",
                where="Delivery",
                hint='marker="_SUCCESS", manifest= or expected=',
            )
