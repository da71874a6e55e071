"""Write modes: how a batch becomes part of its table. A closed set of frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tidegate.errors import JobDefinitionError

Beyond: TypeAlias = Literal["merge", "defer", "quarantine", "fail"]


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
            of its day. `defer`: it waits in a table beside the main one, where readers see it at once, and is merged
            with many others later; for `Upsert`, in the formats `delta` and `iceberg`. `quarantine`: it goes to the
            quarantine table with the reason `late`. `fail`: the run stops before publishing. Whatever the policy, such
            rows are counted by age in the report.
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

    def __post_init__(self) -> None:
        """Refuse a late window whose policy makes no sense for rows that are only added."""
        _refuse_deferral(self.late, "Append", "adding a late row touches no old file, so there is nothing to put off")


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
        surrogate_key: Name of a column to add that identifies an interval: a hash of its key and `valid_from`, so it is
            the same after every replay and rebuild. None adds none. Declare it before the table's first batch.
    """

    keys: tuple[str, ...]
    sequence_by: str
    surrogate_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse a history without keys, and a surrogate key that is one of its other columns."""
        _need_keys(self.keys, "Scd2")
        if self.surrogate_key in {*self.keys, self.sequence_by, "valid_from", "valid_to", "is_current"}:
            raise JobDefinitionError(f"the surrogate key {self.surrogate_key} is a column of the history already")


@dataclass(frozen=True)
class ApplyChanges:
    """Change data: rows that say what to insert, change or delete, in whatever order they come.

    Which change stands is decided by `sequence_by` alone, never by the order of arrival: a delete that comes before its
    insert deletes it, and an older change after a newer one changes nothing. Of changes with one sequence a delete
    stands before any other, then the one whose columns compare greatest, nulls lowest. What a delete leaves behind is a
    row that readers of the table do not see.

    Attributes:
        keys: Columns that identify a row; never null.
        sequence_by: Column that orders the changes of a key; never null.
        apply_as_deletes: SQL condition of the changes that delete their key, such as `_operation = 'd'`. It may use
            columns that begin with `_` and are not in the table.
        apply_as_truncates: SQL condition of the changes that delete every row with a lower sequence, whatever its key.
        ignore_null_updates: Whether a null says nothing, so that the column keeps its value; otherwise it is a value
            like any other. Every column then is ordered by itself.
        stored_as_scd_type: 1 for the latest state, 2 for the history, as `Scd2` keeps it; a delete ends an interval.
        late: The late window of the changes themselves; its column grows with `sequence_by`. Where it keeps late
            changes out (`quarantine`, `fail`), what deletes leave behind is removed once it is older than the window.
    """

    keys: tuple[str, ...]
    sequence_by: str
    apply_as_deletes: str | None = None
    apply_as_truncates: str | None = None
    ignore_null_updates: bool = False
    stored_as_scd_type: Literal[1, 2] = 1
    late: LateWindow | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be kept independent of the order of arrival."""
        _need_keys(self.keys, "ApplyChanges")
        if self.sequence_by in self.keys:
            raise JobDefinitionError(f"{self.sequence_by} orders the changes of a key and cannot be part of it")
        if self.stored_as_scd_type not in (1, 2):
            raise JobDefinitionError(f"there is no SCD type {self.stored_as_scd_type}", hint="it is 1 or 2")
        if self.stored_as_scd_type == 2 and (self.apply_as_truncates or self.ignore_null_updates):  # noqa: PLR2004
            raise JobDefinitionError(
                "a history takes whole rows, and no truncates",
                where="ApplyChanges(stored_as_scd_type=2)",
                hint="complete the rows before, or keep the latest state with stored_as_scd_type=1",
            )
        _refuse_deferral(self.late, "ApplyChanges", "what a delete or a truncate leaves behind must be in the table")

    @property
    def history(self) -> Scd2 | None:
        """The history that is kept; None where only the latest state is."""
        return Scd2(self.keys, self.sequence_by) if self.stored_as_scd_type == 2 else None  # noqa: PLR2004


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


WriteMode: TypeAlias = Append | Upsert | Scd2 | ApplyChanges | ReplaceWindow | Replace


def late_window(mode: WriteMode) -> LateWindow | None:
    """Return the late window of a mode, or None where the mode has none."""
    return mode.late if isinstance(mode, Append | Upsert | ApplyChanges) else None


def row_keys(mode: WriteMode) -> tuple[str, ...] | None:
    """Return the columns by which one row of a batch stands for others; none where each stands for itself.

    None where the mode leaves that to the contract.
    """
    if isinstance(mode, Upsert):
        return mode.keys
    if isinstance(mode, Scd2):
        return (*mode.keys, mode.sequence_by)
    if isinstance(mode, ApplyChanges):
        if mode.history:
            return (*mode.keys, mode.sequence_by)
        return () if mode.ignore_null_updates else mode.keys
    return None


def defers(mode: WriteMode) -> bool:
    """Return whether rows beyond the late window wait beside the table."""
    window = late_window(mode)
    return window is not None and window.beyond == "defer"


def _refuse_deferral(late: LateWindow | None, mode: str, why: str) -> None:
    if late is not None and late.beyond == "defer":
        raise JobDefinitionError(
            f"{mode} cannot defer late rows: {why}",
            where=f"LateWindow({late.column!r})",
            hint="beyond is 'merge', 'quarantine' or 'fail' here; 'defer' is for Upsert",
        )


def _need_keys(keys: tuple[str, ...] | str, mode: str) -> None:
    if isinstance(keys, str) or not keys or len(set(keys)) != len(keys):
        raise JobDefinitionError(
            f"{mode} needs its keys as a tuple of distinct column names", hint=f'write {mode}(keys=("order_id",), …)'
        )
