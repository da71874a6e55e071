"""Write modes: how a batch becomes part of its table. A closed set of frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tidegate.errors import JobDefinitionError

Beyond: TypeAlias = Literal["merge", "quarantine", "fail"]


@dataclass(frozen=True)
class LateWindow:
    """How far behind the newest event a row may be and still count as on time.

    The newest event is the greatest event time of the batches published before, never the clock, so a replay decides
    alike; what comes first cannot be late.

    Attributes:
        column: The event-time column, a date or a timestamp in UTC. It never changes for a key: the merge looks for a
            key only among the days that the batch touches.
        days: Length of the window in days; the day of the newest event is day 0.
        beyond: What happens to a row older than the window. `merge`: it is merged all the same, touching only the files
            of its day. `quarantine`: it goes to the quarantine table with the reason `late`. `fail`: the run stops
            before publishing. Whatever the policy, such rows are counted by age in the report.
    """

    column: str
    days: int
    beyond: Beyond = "merge"

    def __post_init__(self) -> None:
        """Refuse a window that is not at least a day long."""
        if self.days < 1:
            raise JobDefinitionError("a late window is at least one day long", where=f"LateWindow({self.column!r})")


@dataclass(frozen=True)
class Append:
    """Every row of the batch is added; a batch is added once, however often it is run."""

    late: LateWindow | None = None


@dataclass(frozen=True)
class Upsert:
    """One row per key: the row with the greatest `sequence_by`.

    A tie is broken by comparing the other columns in the contract's order, nulls lowest, so the outcome does not depend
    on the order of arrival. A null `sequence_by` is lower than any value.

    Attributes:
        keys: Columns that identify a row; never null in the table.
        sequence_by: Column that orders the versions of a row.
        late: The late window, where rows have an event time.
    """

    keys: tuple[str, ...]
    sequence_by: str
    late: LateWindow | None = None

    def __post_init__(self) -> None:
        """Refuse an upsert without keys."""
        _need_keys(self.keys, "Upsert")


@dataclass(frozen=True)
class Scd2:
    """The history of every key as half-open intervals `[valid_from, valid_to)` from the event's own time.

    Columns `valid_from`, `valid_to` (null while current) and `is_current` are added. Intervals of a key neither overlap
    nor have gaps. A late change splits the interval it falls in. Two events of a key at the same time: the one whose
    other columns compare greatest stands.

    Attributes:
        keys: Columns that identify an entity; never null.
        sequence_by: Event-time column (timestamp): the moment from which the row's values hold.
    """

    keys: tuple[str, ...]
    sequence_by: str

    def __post_init__(self) -> None:
        """Refuse a history without keys."""
        _need_keys(self.keys, "Scd2")


@dataclass(frozen=True)
class ReplaceWindow:
    """The batch replaces whatever the table holds for the days that the batch has rows for.

    Attributes:
        column: Date or timestamp (UTC) column whose days are replaced; rows where it is null are refused.
    """

    column: str


@dataclass(frozen=True)
class Replace:
    """The batch becomes the whole table."""


WriteMode: TypeAlias = Append | Upsert | Scd2 | ReplaceWindow | Replace


def late_window(mode: WriteMode) -> LateWindow | None:
    """Return the late window of a mode, or None where the mode has none."""
    return mode.late if isinstance(mode, Append | Upsert) else None


def _need_keys(keys: tuple[str, ...] | str, mode: str) -> None:
    if isinstance(keys, str) or not keys or len(set(keys)) != len(keys):
        raise JobDefinitionError(
            f"{mode} needs its keys as a tuple of distinct column names", hint=f'write {mode}(keys=("order_id",), …)'
        )
