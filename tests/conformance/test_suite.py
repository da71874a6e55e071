"""The suite itself: a writer that follows the model passes, and each well-known mistake is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conformance import writers
from tests.conformance.reference import Event, Interval, told
from tests.conformance.writers import Semantics, all_faults, faults

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Remembering:
    """A writer that keeps all events and asks the model."""

    def __init__(self, semantics: Semantics) -> None:
        self._semantics = semantics
        self._events: list[Event] = []

    def write(self, batch: Sequence[Event]) -> None:
        self._events += batch

    def read(self) -> Sequence[Event] | Sequence[Interval]:
        return list(self._semantics.expected(self._events))  # type: ignore[return-value]


class LastWins:
    """A writer that takes whatever comes last."""

    def __init__(self) -> None:
        self.rows: dict[object, Event] = {}

    def write(self, batch: Sequence[Event]) -> None:
        for event in batch:
            self.take(event)

    def take(self, event: Event) -> None:
        self.rows.pop(event.key, None)
        if not event.is_delete:
            self.rows[event.key] = event

    def read(self) -> Sequence[Event]:
        return list(self.rows.values())


class NoTombstones(LastWins):
    """A writer that compares sequences, and forgets what it has deleted."""

    def take(self, event: Event) -> None:
        if event.key not in self.rows or self.rows[event.key].rank < event.rank:
            super().take(event)


@pytest.mark.parametrize("semantics", writers.ALL, ids=lambda semantics: semantics.name)
def test_a_writer_that_follows_the_model_has_no_faults(semantics: Semantics) -> None:
    assert all_faults(lambda: Remembering(semantics), semantics) == []


@pytest.mark.parametrize(
    ("new_writer", "semantics"),
    [(LastWins, writers.UPSERT), (LastWins, writers.CHANGES), (NoTombstones, writers.CHANGES)],
)
def test_well_known_mistakes_are_found(new_writer: Callable[[], LastWins], semantics: Semantics) -> None:
    assert all_faults(new_writer, semantics)


def test_a_writer_that_compares_sequences_is_right_as_long_as_nothing_is_deleted() -> None:
    assert all_faults(NoTombstones, writers.UPSERT) == []


def test_a_fault_names_what_arrived_what_was_found_and_what_was_expected() -> None:
    old, new = Event((1, "k"), 1, "old", None), Event((1, "k"), 2, "new", None)
    (fault,) = faults(LastWins(), writers.UPSERT, [[new], [old]])
    assert fault.index("'new'") < fault.index("found") < fault.index("'old', b=None") or "expected" in fault


def test_the_model_of_a_history_leaves_a_gap_after_a_delete_only() -> None:
    a, b = Event((1, "k"), 1, "A", None), Event((1, "k"), 5, "A", None)
    gone = told(Event((1, "k"), 3, None, None), "delete")
    expected = writers.CHANGE_HISTORY.expected([b, gone, a])
    assert expected == {Interval(a.key, 1, 3, "A", None), Interval(a.key, 5, None, "A", None)}
