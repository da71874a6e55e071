"""The port between the suite and a writer, and the semantics that a writer can be held against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tests.conformance import reference
from tests.conformance.hazards import DELETES, HAZARDS, every_order, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.conformance.reference import Event, Interval


class Writer(Protocol):
    """One table, new and empty. To hold a writer of your own against the suite, give it these two methods."""

    def write(self, batch: Sequence[Event]) -> None:
        """Make a batch part of the table."""

    def read(self) -> Sequence[Event] | Sequence[Interval]:
        """Return the rows that readers see: events for a latest state, intervals for a history."""


@dataclass(frozen=True)
class Semantics:
    """What a table is to hold.

    Attributes:
        name: What it is called.
        expected: The model.
        has_deletes: Whether events may be deletes.
        has_nulls: Whether events may have no moment.
    """

    name: str
    expected: reference.Model
    has_deletes: bool
    has_nulls: bool

    def histories(self) -> list[list[list[Event]]]:
        """Return the named hazards, and every three events in every order."""
        named = [*HAZARDS.values(), *(DELETES.values() if self.has_deletes else ())]
        orders = [batches for _, batches in every_order(with_deletes=self.has_deletes, with_nulls=self.has_nulls)]
        return [[list(batch) for batch in batches] for batches in (*named, *orders)]


UPSERT = Semantics("upsert", reference.latest, has_deletes=False, has_nulls=True)
SCD2 = Semantics("scd2", reference.history, has_deletes=False, has_nulls=True)
CHANGES = Semantics("changes", reference.latest, has_deletes=True, has_nulls=False)
PARTIAL_CHANGES = Semantics("partial changes", reference.merged, has_deletes=True, has_nulls=False)
CHANGE_HISTORY = Semantics("history of changes", reference.history, has_deletes=True, has_nulls=False)
TIE_BREAK = Semantics("changes with ties broken by b", reference.latest_by_b, has_deletes=True, has_nulls=False)
TRACKED = Semantics(
    "history of a, b updated in place",
    partial(reference.history_of_a, shows="update"),
    has_deletes=False,
    has_nulls=True,
)
TRACKED_CHANGES = Semantics(
    "history of a with deletes, b ignored",
    partial(reference.history_of_a, shows="ignore"),
    has_deletes=True,
    has_nulls=False,
)
ALL = (UPSERT, SCD2, CHANGES, PARTIAL_CHANGES, CHANGE_HISTORY, TIE_BREAK, TRACKED, TRACKED_CHANGES)


def faults(writer: Writer, semantics: Semantics, batches: Iterable[Sequence[Event]]) -> list[str]:
    """Write batches, and return in what the table differs from the model: one line per key, none where all is well."""
    written: list[Event] = []
    for batch in batches:
        writer.write(batch)
        written += batch
    found: list[Event | Interval] = list(writer.read())
    expected: set[Event | Interval] = set(semantics.expected(written))
    keys = {event.key for event in written}
    lines = []
    for key in sorted(keys, key=repr):
        mine = sorted((row for row in found if row.key == key), key=repr)
        right = sorted((row for row in expected if row.key == key), key=repr)
        if mine != right:
            events = [event for event in written if event.key == key]
            lines.append(f"{semantics.name}, in order of arrival {events}:\n  found    {mine}\n  expected {right}")
    return lines


def all_faults(new_writer: Callable[[], Writer], semantics: Semantics) -> list[str]:
    """Return the faults of a writer in all hazards at once; they share one table, each with keys of its own."""
    return faults(new_writer(), semantics, side_by_side(semantics.histories()))
