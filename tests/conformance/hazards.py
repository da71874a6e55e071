"""Histories that writers get wrong, by name: each is a list of batches, each batch a list of events."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeAlias

from tests.conformance.reference import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tests.conformance.reference import Key

Batches: TypeAlias = "Sequence[Sequence[Event]]"

_K: Key = (0, "k")
_OTHER: Key = (0, "other")
_HALF: Key = (0, None)


def _says(at: int | None, a: str | None, b: int | None = 1, key: Key = _K) -> Event:
    return Event(key, at, a, b)


def _deletes(at: int) -> Event:
    return Event(_K, at, "image before", 9, "delete")


HAZARDS: Mapping[str, Batches] = {
    "an older change after a newer one": [[_says(5, "new")], [_says(3, "old")]],
    "equal sequences, the greater first": [[_says(5, "b")], [_says(5, "a")]],
    "equal sequences, the lesser first": [[_says(5, "a")], [_says(5, "b")]],
    "equal sequences, one with a null": [[_says(5, "a", None)], [_says(5, None, 1)]],
    "several changes of a key in a batch": [[_says(2, "b"), _says(1, "a"), _says(3, "c")]],
    "a value becomes null and the same again": [[_says(1, "A")], [_says(2, None)], [_says(3, "A")]],
    "the value between two equal ones comes last": [[_says(1, "A")], [_says(3, "A")], [_says(2, "B")]],
    "a null value that comes late": [[_says(1, "A"), _says(3, "C")], [_says(2, None, None)]],
    "keys that differ in their second column only": [[_says(1, "A")], [_says(2, "B", key=_OTHER)]],
    "a key with a null, beside one without": [[_says(1, "A", key=_HALF), _says(1, "B")], [_says(2, "C", key=_HALF)]],
    "a late change of a key with a null": [[_says(3, "C", key=_HALF)], [_says(1, "A", key=_HALF)]],
    "a key with a null sent again": [[_says(1, "A", key=_HALF)], [_says(1, "A", key=_HALF)]],
    "the other value changes, and comes late": [
        [_says(1, "A", 1), _says(4, "A", 4)],
        [_says(3, "A", 3)],
        [_says(2, "B", 2)],
    ],
    "the other value changes before a split": [
        [_says(1, "A", 1), _says(2, "A", 2), _says(4, "A", 4)],
        [_says(3, "B", 3)],
    ],
    "a change sent again": [[_says(1, "A")], [_says(1, "A")], [_says(1, "A")]],
    "a change that says what held already": [[_says(1, "A")], [_says(2, "A")], [_says(3, "B")]],
    "the whole history sent again, backwards": [[_says(1, "A"), _says(2, "B")], [_says(2, "B")], [_says(1, "A")]],
}

DELETES: Mapping[str, Batches] = {
    "a delete": [[_says(1, "A")], [_deletes(2)]],
    "a delete before its insert": [[_deletes(2)], [_says(1, "A")]],
    "an older change after a delete": [[_says(1, "A")], [_deletes(3)], [_says(2, "B")]],
    "a delete and its insert in one batch": [[_deletes(2), _says(1, "A")]],
    "a delete and a change of one sequence": [[_deletes(2)], [_says(2, "A")]],
    "a change and a delete of one sequence": [[_says(2, "A")], [_deletes(2)]],
    "a key that comes again": [[_says(1, "A")], [_deletes(2)], [_says(3, "A")]],
    "a key that comes again before its delete": [[_says(1, "A"), _says(4, "B")], [_deletes(2)]],
    "a delete sent again after the key came again": [[_deletes(2)], [_says(3, "C")], [_deletes(2)]],
    "two deletes, and a change between them": [[_deletes(2), _deletes(5)], [_says(3, "C")]],
    "a delete that arrives after the key came again": [[_says(1, "A", 7)], [_says(4, None, 8)], [_deletes(3)]],
    "a delete of a key with a null": [
        [_says(1, "A", key=_HALF), _says(1, "A")],
        [Event(_HALF, 2, None, None, "delete")],
    ],
    "a delete of what never was": [[_deletes(1)]],
    "a change older than a delete, after the key came again": [[_deletes(3)], [_says(4, None, 8)], [_says(2, "A", 1)]],
}


def every_order(*, with_deletes: bool, with_nulls: bool) -> Iterator[tuple[str, Batches]]:
    """Yield every three events of a key in every order of arrival, one a batch.

    Args:
        with_deletes: Whether events may be deletes.
        with_nulls: Whether an event may have no moment.
    """
    times: list[tuple[int | None, ...]] = [(1, 2, 3), (1, 1, 2)] + ([(None, 1, 1)] if with_nulls else [])
    said = [Event(_K, 0, value, None) for value in (None, "A", "B")]
    said += [Event(_K, 0, "A", 1, "delete")] if with_deletes else []
    for moments, states, order in itertools.product(
        times, itertools.product(said, repeat=3), itertools.permutations(range(3))
    ):
        events = [Event(_K, moments[n], states[n].a, states[n].b, states[n].does) for n in order]
        yield f"{events}", [[event] for event in events]


def side_by_side(histories: Iterable[Batches]) -> list[list[Event]]:
    """Return histories as one: each gets keys of its own, and the first batches of all are one batch, and so on."""
    together: list[list[Event]] = []
    for number, batches in enumerate(histories):
        for place, batch in enumerate(batches):
            if place == len(together):
                together.append([])
            together[place] += [Event((number, e.key[1]), e.at, e.a, e.b, e.does) for e in batch]
    return together
