"""A table depends on its events alone: not on how they were cut into batches, nor on the order in which these came."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.tables.batches import SCD2, UPSERT, commit, entity_batch, events_of, intervals_of
from tests.tables.reference import Event, deduplicated, history, latest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.model.modes import Scd2, Upsert
    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore

    NewTable = Callable[[], TableName]

pytestmark = pytest.mark.spark


def arrivals() -> list[list[Event]]:
    """Return three batches that hold, for different keys, every three events in every order of arrival."""
    keys = itertools.count()
    batches: list[list[Event]] = [[], [], []]
    times = [(1, 2, 3), (1, 1, 2), (None, 1, 1)]
    said = list(itertools.product((None, "A", "B"), repeat=3))
    for moments, stated, order in itertools.product(times, said, itertools.permutations(range(3))):
        key = (next(keys), "north")
        for place, event in enumerate(order):
            batches[place].append(Event(key, moments[event], stated[event], None))
    return batches


@pytest.mark.parametrize("mode", [UPSERT, SCD2], ids=["upsert", "scd2"])
def test_three_events_give_one_table_in_whatever_order_they_come(
    store: TableStore, spark: SparkSession, new_table: NewTable, mode: Upsert | Scd2
) -> None:
    name, batches = new_table(), arrivals()
    for number, events in enumerate(batches, start=1):
        published = store.publish(entity_batch(spark, name, mode, events), commit(number))
        assert published.inserted + published.updated + published.unchanged == len(events)
    check_against_model(store, name, mode, [event for batch in batches for event in batch])


EVENTS = st.lists(
    st.builds(
        Event,
        st.tuples(st.integers(0, 7), st.sampled_from(("north", "south"))),
        st.none() | st.integers(1, 6),
        st.sampled_from((None, "A", "B")),
        st.none() | st.integers(0, 1),
    ),
    min_size=30,
    max_size=80,
)
EXAMPLES = settings(max_examples=2, suppress_health_check=list(HealthCheck))


@EXAMPLES
@given(events=EVENTS, sizes=st.lists(st.integers(1, 60), min_size=1, max_size=2), data=st.data())
def test_a_table_depends_on_its_events_and_not_on_their_batches(
    events: list[Event],
    sizes: list[int],
    data: st.DataObject,
    store: TableStore,
    spark: SparkSession,
    new_table: NewTable,
) -> None:
    mode: Upsert | Scd2 = UPSERT if data.draw(st.booleans()) else SCD2
    name, rest = new_table(), list(events)
    for number, size in enumerate((*sizes, len(events)), start=1):
        part, rest = rest[:size], rest[size:]
        rows = deduplicated(part, per_moment=mode is SCD2)
        store.publish(entity_batch(spark, name, mode, rows), commit(number))
    check_against_model(store, name, mode, events)


def check_against_model(store: TableStore, name: TableName, mode: Upsert | Scd2, events: list[Event]) -> None:
    """Assert that the table holds each row of the model once."""
    rows = store.read(name)
    found: list[object] = list(intervals_of(rows) if mode is SCD2 else events_of(rows))
    expected: set[object] = set(history(events) if mode is SCD2 else latest(events))
    assert set(found) == expected
    assert len(found) == len(expected)


def test_a_late_change_splits_the_interval_that_a_later_event_had_confirmed(
    store: TableStore, spark: SparkSession, new_table: NewTable
) -> None:
    name, key = new_table(), (1, "north")
    a, again, late = Event(key, 1, "A", None), Event(key, 3, "A", None), Event(key, 2, "B", None)
    outcomes = []
    for number, events in enumerate(([a, again], [late], [again]), start=1):
        published = store.publish(entity_batch(spark, name, SCD2, events), commit(number))
        outcomes.append((published.inserted, published.updated, published.unchanged))
    assert sorted((i.valid_from, i.valid_to, i.a) for i in intervals_of(store.read(name))) == [
        (1, 2, "A"),
        (2, 3, "B"),
        (3, None, "A"),
    ]
    assert outcomes == [(1, 0, 1), (1, 0, 0), (0, 0, 1)]
