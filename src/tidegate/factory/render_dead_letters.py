"""What failed for good, as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.factory.render import status_text, table
from tidegate.factory.render_quarantine import render_shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.factory.dead_letters import Details
    from tidegate.model.dead_letters import DeadLetter

_SHOWN_LENGTH = 60


def render_dead_letters(found: Sequence[DeadLetter]) -> str:
    """Return a table of dead letters, each with the first line of its error."""
    if not found:
        return "nothing has failed for good"
    rows = [
        [one.id, one.origin, _short(one.error), _or_dash(one.attempts), f"{one.count:,}", (one.last_at or "-")[:19]]
        for one in found
    ]
    return "\n".join(table(["id", "origin", "error", "attempts", "count", "last"], rows, left=3))


def render_details(letter: DeadLetter, details: Details) -> str:
    """Return all that is known of a dead letter."""
    lines = [
        f"{letter.id}: {letter.count:,} from {letter.origin or 'nobody knows where'}",
        f"attempts: {_or_dash(letter.attempts)}, since {letter.since or '-'}, last {letter.last_at or '-'}",
        f"kept in:  {letter.place}",
    ]
    if letter.error:
        lines += ["", letter.error]
    if isinstance(details, str):
        return "\n".join([*lines, "", details])
    if isinstance(details, tuple):
        runs = [[run.run_id, run.started_at[:19], status_text(run.status), run.error_type or ""] for run in details]
        return "\n".join([*lines, "", *table(["run", "started", "status", "error"], runs, left=4)])
    return "\n".join([*lines, "", render_shown(details)])


def _short(error: str | None) -> str:
    line = (error or "-").partition("\n")[0]
    return line if len(line) <= _SHOWN_LENGTH else line[: _SHOWN_LENGTH - 1] + "…"


def _or_dash(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"
