"""Which versions of which tables hold what a batch brought, and which runs it came through. No Spark, no client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tidegate.lineage.graph import Direction
    from tidegate.lineage.history import LineageEvent


@dataclass(frozen=True, order=True)
class Step:
    """A run that took rows from one table to another.

    Attributes:
        at: When it ended (ISO 8601, UTC).
        run_id: The run.
        job: Its job.
        table: The table that it wrote.
        before: The table's version before; None where it did not exist.
        version: The version that it made.
        batch: Number of its batch; None where it has none.
        scope: `live`, or what else it was about.
        published: Rows that it published in all its tables.
        reads: The tables that it read with the versions that are new to it, as text.
    """

    at: str
    run_id: str
    job: str
    table: str
    before: int | None
    version: int
    batch: int | None = None
    scope: str = "live"
    published: int = 0
    reads: tuple[str, ...] = ()


def steps_of(events: Iterable[LineageEvent]) -> dict[Step, LineageEvent]:
    """Return every version that a run has made, by its events."""
    return {step: event for event in events if event.state == "COMPLETE" for step in _steps(event)}


def trace(known: dict[Step, LineageEvent], start: Iterable[tuple[str, int]], direction: Direction) -> tuple[Step, ...]:
    """Return the versions that rows have gone on to, or come from, in the order of time, the start among them.

    A run that reads a table whole takes all of it, so whatever it writes may hold rows of every earlier version.

    Args:
        known: All versions that are known.
        start: Tables and versions to go from.
        direction: `downstream` for where rows went, `upstream` for where they came from.
    """
    made = {(step.table, step.version): step for step in known}
    found = {made[one] for one in start if one in made}
    waiting = list(start)
    while waiting:
        here = waiting.pop()
        beyond = _after(here, known) if direction == "downstream" else _before(made.get(here), known)
        fresh = beyond - found
        found |= fresh
        waiting += [(step.table, step.version) for step in fresh]
    return tuple(sorted(found))


def _after(here: tuple[str, int], known: dict[Step, LineageEvent]) -> set[Step]:
    table, version = here
    return {
        step
        for step, event in known.items()
        if event.facts and any(read.table == table and read.takes(version) for read in event.facts.reads)
    }


def _before(step: Step | None, known: dict[Step, LineageEvent]) -> set[Step]:
    facts = known[step].facts if step else None
    reads = facts.reads if facts else ()
    return {one for one in known for read in reads if read.table == one.table and read.takes(one.version)}


def _steps(event: LineageEvent) -> Iterator[Step]:
    facts = event.facts
    for write in facts.writes if facts else ():
        if facts is None or write.made is None:
            continue
        yield Step(
            at=event.at,
            run_id=event.run_id,
            job=event.job,
            table=write.table,
            before=write.before,
            version=write.made,
            batch=facts.batch,
            scope=facts.scope,
            published=facts.counts.get("published", 0),
            reads=tuple(
                f"{read.table} {read.kind if read.to is None else _span(read.after, read.to)}" for read in facts.reads
            ),
        )


def _span(after: int | None, to: int) -> str:
    return f"up to {to}" if after is None else f"{after} to {to}"
