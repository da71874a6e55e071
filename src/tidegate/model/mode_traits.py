"""What the write modes have in common: how rows are told apart, and which of two stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError
from tidegate.model.modes import ApplyChanges, ReplaceWindow, Scd2, Upsert, late_window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tidegate.model.modes import WriteMode


def ordered(mode: WriteMode, columns: Iterable[str]) -> tuple[str, ...]:
    """Return columns in the order in which they decide which of two rows stands: those of `tie_break` first.

    Raises:
        JobDefinitionError: A column of `tie_break` is not among them.
    """
    breaks = tie_break(mode)
    known = tuple(columns)
    missing = [name for name in breaks if name not in known]
    if missing:
        raise JobDefinitionError(f"there is no column {', '.join(missing)} to break a tie by", where=f"{mode}")
    return tuple(dict.fromkeys((*breaks, *known)))


def tie_break(mode: WriteMode) -> tuple[str, ...]:
    """Return the declared columns by which a tie is broken; none where it is refused, or is for the contract to say."""
    declared = mode.tie_break if isinstance(mode, Upsert | Scd2 | ApplyChanges) else ()
    return () if isinstance(declared, str) else declared


def nullable_keys(mode: WriteMode) -> tuple[str, ...]:
    """Return the keys of a mode that may be null."""
    return mode.nullable_keys if isinstance(mode, Upsert | Scd2 | ApplyChanges) else ()


def named_columns(mode: WriteMode) -> Iterator[tuple[str, str]]:
    """Yield the columns that a mode names and that the rows have to have, each after what it is for."""
    if isinstance(mode, ReplaceWindow):
        yield "the window's column", mode.column
    if isinstance(mode, Upsert | Scd2 | ApplyChanges):
        yield from (("the key", name) for name in mode.keys)
        yield "sequence_by", mode.sequence_by
        yield from (("tie_break", name) for name in tie_break(mode))
    if isinstance(mode, Scd2 | ApplyChanges):
        yield from (("track", name) for name in mode.track or ())
    if isinstance(mode, Upsert) and mode.mark_deletes_in:
        yield "mark_deletes_in", mode.mark_deletes_in
    window = late_window(mode)
    if window is not None:
        yield "the late window's column", window.column


def defers(mode: WriteMode) -> bool:
    """Return whether rows beyond the late window wait beside the table."""
    window = late_window(mode)
    return window is not None and window.beyond == "defer"


def underlying(mode: WriteMode) -> WriteMode:
    """Return the mode by which a table is written: an upsert that deletes rows is change data."""
    if not isinstance(mode, Upsert) or not mode.removes:
        return mode
    return ApplyChanges(
        mode.keys,
        mode.sequence_by,
        apply_as_deletes=mode.apply_as_deletes,
        late=mode.late,
        event_is_fixed=mode.late is not None,
        tie_break=tie_break(mode),
        nullable_keys=mode.nullable_keys,
    )
