"""Replays of quarantined rows: what is asked for, and which of those that were begun count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidegate.model.commits import Commit

REPLAY = "replay"

Settled: TypeAlias = Literal["confirmed", "undone"]
State: TypeAlias = Literal["open", "fixed", "replayed", "expired"]

STATES: tuple[State, ...] = ("open", "fixed", "replayed", "expired")


@dataclass(frozen=True)
class Selection:
    """Some rows of a quarantine.

    Attributes:
        where: SQL expression of the rows, in the language of rules; None for all.
        rule: Rule that they failed; None for any.
    """

    where: str | None = None
    rule: str | None = None


@dataclass(frozen=True)
class Replay:
    """A request to take quarantined rows through the gate again.

    Attributes:
        selection: Which rows.
        changes: Per column, the SQL expression of the value to try; rows whose values stay as they are are left out.
        is_dry_run: Whether to say only what would become of the rows.
    """

    selection: Selection = Selection()
    changes: tuple[tuple[str, str], ...] = ()
    is_dry_run: bool = False


@dataclass(frozen=True)
class Attempt:
    """A replay that noted which rows it takes, before it published them.

    Attributes:
        run_id: Its run.
        number: Number of its batch in the table's own log, in the scope `replay`.
        settled: What a later replay found out about it; None where none has.
    """

    run_id: str
    number: int
    settled: Settled | None = None

    def counts(self, last: Commit | None) -> bool:
        """Return whether its rows are in the table.

        Args:
            last: The newest commit of a replay in the table's log; None where there is none.
        """
        if last is None:
            return False
        return self.run_id == last.run_id or (self.settled == "confirmed" and self.number < last.token.batch)


def settlements(attempts: Iterable[Attempt], last: Commit | None) -> dict[str, Settled]:
    """Return, per run, what is to be noted of it before the next replay publishes, so that the log need not be kept.

    The newest commit alone says that its own attempt counts. Once there is a newer one, a note must say so; and a note
    must go that a restore of the table has made untrue.

    Args:
        attempts: All attempts.
        last: The newest commit of a replay in the table's log; None where there is none.
    """
    found: dict[str, Settled] = {}
    for attempt in attempts:
        if attempt.counts(last) and attempt.settled != "confirmed":
            found[attempt.run_id] = "confirmed"
        elif attempt.settled == "confirmed" and not attempt.counts(last):
            found[attempt.run_id] = "undone"
    return found
