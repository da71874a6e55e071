"""Write modes: how a batch becomes part of its table. A closed set of frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.errors import JobDefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator

Beyond: TypeAlias = Literal["merge", "defer", "quarantine", "fail"]
TieBreak: TypeAlias = tuple[str, ...] | Literal["refuse"]


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

    A tie is broken by comparing the columns of `tie_break`, then all others in the contract's order, nulls lowest, so
    the outcome does not depend on the order of arrival. A null `sequence_by` is lower than any value.

    Attributes:
        keys: Columns that identify a row.
        sequence_by: Column that orders the versions of a row.
        late: The late window, where rows have an event time.
        tie_break: Columns that decide between two rows of one key and one `sequence_by`, the most important first; or
            `refuse`: two such rows that differ fail the run, and nothing is published. A row sent again is no tie.
        nullable_keys: Those of the keys that may be null; null is then a value like any other, equal to itself. The
            gate refuses a contract by which another key may be null.
        apply_as_deletes: SQL condition of the rows that delete their key, such as `status = 'deleted'`; it may use
            columns that begin with `_` and are not in the table. The mode then is `ApplyChanges`: an older row that
            comes after the delete does not bring the key back. `sequence_by` is never null.
        mark_deletes_in: Boolean column of the contract in which such rows are marked instead, for readers to see.
    """

    keys: tuple[str, ...]
    sequence_by: str
    late: LateWindow | None = None
    tie_break: TieBreak = ()
    nullable_keys: tuple[str, ...] = ()
    apply_as_deletes: str | None = None
    mark_deletes_in: str | None = None

    def __post_init__(self) -> None:
        """Refuse an upsert without keys, and deletions that contradict themselves."""
        _check_keys(self)
        if self.mark_deletes_in and not self.apply_as_deletes:
            raise JobDefinitionError(
                f"nothing says which rows to mark in {self.mark_deletes_in}", where="Upsert", hint="apply_as_deletes="
            )
        if self.mark_deletes_in in {*self.keys, self.sequence_by}:
            raise JobDefinitionError(f"{self.mark_deletes_in} cannot be a mark as well", where="Upsert")
        if self.removes and self.tie_break == "refuse":
            raise JobDefinitionError(
                "a table that deletes rows cannot refuse ties", where="Upsert", hint="name the columns that break them"
            )
        if self.removes or self.nullable_keys or self.tie_break == "refuse":
            why = "rows that wait are compared by plain keys, break ties, and delete nothing"
            _refuse_deferral(self.late, "Upsert with deletes, nullable keys or refused ties", why)

    @property
    def removes(self) -> bool:
        """Whether rows are deleted, so that readers do not see them any more."""
        return self.apply_as_deletes is not None and self.mark_deletes_in is None


@dataclass(frozen=True)
class Scd2:
    """The history of every key as half-open intervals `[valid_from, valid_to)` from the event's own time.

    Columns `valid_from`, `valid_to` (null while current) and `is_current` are added. Intervals of a key neither overlap
    nor have gaps. A late change splits the interval it falls in. Two events of a key at the same time: the one whose
    columns of `tie_break`, then whose others, compare greatest stands. Deletes: `ApplyChanges(stored_as_scd_type=2)`.

    Attributes:
        keys: Columns that identify an entity.
        sequence_by: Event-time column (timestamp): the moment from which the row's values hold.
        surrogate_key: Name of a column to add that identifies an interval: a hash of its key and `valid_from`, so it is
            the same after every replay and rebuild. None adds none. Declare it before the table's first batch.
        track: Columns whose changes begin a new interval; None takes all. Declare it before the table's first batch.
        untracked: What an interval shows of the other columns. `update`: what its last event said, so a change updates
            the interval that it falls in, in place. `ignore`: what its first event said.
        tie_break: Columns that decide between two events of a key at one time, the most important first.
        nullable_keys: Those of the keys that may be null; null is then a value like any other, equal to itself.
    """

    keys: tuple[str, ...]
    sequence_by: str
    surrogate_key: str | None = None
    track: tuple[str, ...] | None = None
    untracked: Literal["update", "ignore"] = "update"
    tie_break: tuple[str, ...] = ()
    nullable_keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a history without keys, one that tracks nothing, and a surrogate key that is another column."""
        _check_keys(self)
        if self.surrogate_key in {*self.keys, self.sequence_by, "valid_from", "valid_to", "is_current"}:
            raise JobDefinitionError(f"the surrogate key {self.surrogate_key} is a column of the history already")
        if (self.track is not None and not _is_names(self.track)) or self.untracked not in ("update", "ignore"):
            raise JobDefinitionError(
                "a history tracks columns", where="Scd2", hint='track=("address",), untracked="update" or "ignore"'
            )


@dataclass(frozen=True)
class ApplyChanges:
    """Change data: rows that say what to insert, change or delete, in whatever order they come.

    Which change stands is decided by `sequence_by` alone, never by the order of arrival: a delete that comes before its
    insert deletes it, and an older change after a newer one changes nothing. Of changes with one sequence a delete
    stands before any other, then the one whose columns of `tie_break`, then whose others, compare greatest, nulls
    lowest. What a delete leaves behind is a row that readers of the table do not see.

    Attributes:
        keys: Columns that identify a row.
        sequence_by: Column that orders the changes of a key; never null.
        apply_as_deletes: SQL condition of the changes that delete their key, such as `_operation = 'd'`. It may use
            columns that begin with `_` and are not in the table.
        apply_as_truncates: SQL condition of the changes that delete every row with a lower sequence, whatever its key.
        ignore_null_updates: Whether a null says nothing, so that the column keeps its value; otherwise it is a value
            like any other. Every column then is ordered by itself.
        stored_as_scd_type: 1 for the latest state, 2 for the history, as `Scd2` keeps it; a delete ends an interval.
        late: The late window of the changes themselves; its column grows with `sequence_by`. Where it keeps late
            changes out (`quarantine`, `fail`), what deletes leave behind is removed once it is older than the window.
        event_is_fixed: Whether the late window's column never changes for a key instead, as in `Upsert`; a key is then
            looked for only among the days that the batch touches. A delete without a day is looked for everywhere.
        tie_break: Columns that decide between two changes of one sequence, the most important first.
        nullable_keys: Those of the keys that may be null; null is then a value like any other, equal to itself.
        track: Of a history: the columns whose changes begin a new interval, as in `Scd2`.
        untracked: Of a history: what an interval shows of the others, as in `Scd2`.
        surrogate_key: Of a history: the name of a column that identifies an interval, as in `Scd2`.
    """

    keys: tuple[str, ...]
    sequence_by: str
    apply_as_deletes: str | None = None
    apply_as_truncates: str | None = None
    ignore_null_updates: bool = False
    stored_as_scd_type: Literal[1, 2] = 1
    late: LateWindow | None = None
    event_is_fixed: bool = False
    tie_break: tuple[str, ...] = ()
    nullable_keys: tuple[str, ...] = ()
    track: tuple[str, ...] | None = None
    untracked: Literal["update", "ignore"] = "update"
    surrogate_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be kept independent of the order of arrival."""
        _check_keys(self)
        if self.sequence_by in self.keys:
            raise JobDefinitionError(f"{self.sequence_by} orders the changes of a key and cannot be part of it")
        if self.stored_as_scd_type not in (1, 2):
            raise JobDefinitionError(f"there is no SCD type {self.stored_as_scd_type}", hint="it is 1 or 2")
        for fault, hint in self._faults():
            raise JobDefinitionError(
                fault, where=f"ApplyChanges(stored_as_scd_type={self.stored_as_scd_type})", hint=hint
            )
        _refuse_deferral(self.late, "ApplyChanges", "what a delete or a truncate leaves behind must be in the table")

    @property
    def history(self) -> Scd2 | None:
        """The history that is kept; None where only the latest state is."""
        if self.stored_as_scd_type == 1:
            return None
        return Scd2(
            self.keys,
            self.sequence_by,
            self.surrogate_key,
            self.track,
            self.untracked,
            self.tie_break,
            self.nullable_keys,
        )

    def _faults(self) -> Iterator[tuple[str, str]]:
        is_history = self.stored_as_scd_type != 1
        if is_history and (self.apply_as_truncates or self.ignore_null_updates):
            yield (
                "a history takes whole rows, and no truncates",
                "complete the rows before, or keep the latest state with stored_as_scd_type=1",
            )
        if not is_history and (self.track or self.surrogate_key):
            yield "only a history tracks columns or has a surrogate key", "keep one with stored_as_scd_type=2"
        if self.event_is_fixed and (self.late is None or is_history or self.apply_as_truncates):
            yield "a truncate and a history concern all days", "event_is_fixed needs late=, type 1 and no truncates"
        if self.tie_break and self.ignore_null_updates:
            yield "with ignore_null_updates every column is ordered by itself", "leave out tie_break"
        if self.apply_as_truncates and set(self.keys) == set(self.nullable_keys):
            yield "a truncate has no key, and so may a row", "leave one key out of nullable_keys"


@dataclass(frozen=True)
class ReplaceWindow:
    """The batch replaces what the table holds of its days, those of one `Affected` input that are empty now among them.

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


def _refuse_deferral(late: LateWindow | None, mode: str, why: str) -> None:
    if late is not None and late.beyond == "defer":
        raise JobDefinitionError(
            f"{mode} cannot defer late rows: {why}",
            where=f"LateWindow({late.column!r})",
            hint="beyond is 'merge', 'quarantine' or 'fail' here; 'defer' is for a plain Upsert",
        )


def _check_keys(mode: Upsert | Scd2 | ApplyChanges) -> None:
    name, keys = type(mode).__name__, mode.keys
    if not _is_names(keys) or len(set(keys)) != len(keys):
        raise JobDefinitionError(
            f"{name} needs its keys as a tuple of distinct column names", hint=f'write {name}(keys=("order_id",), …)'
        )
    if mode.nullable_keys and not (_is_names(mode.nullable_keys) and set(mode.nullable_keys) <= set(keys)):
        raise JobDefinitionError("nullable_keys names keys", where=name, hint=f"the keys are {', '.join(keys)}")
    is_refusal = mode.tie_break == "refuse" and isinstance(mode, Upsert)
    if mode.tie_break and not _is_names(mode.tie_break) and not is_refusal:
        raise JobDefinitionError("tie_break is a tuple of column names", where=name, hint='tie_break=("offset",)')


def _is_names(value: object) -> bool:
    return isinstance(value, tuple) and bool(value)
