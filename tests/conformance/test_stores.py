"""Every mode on every format of tidegate against the model: hazards by name, every order of three, random histories."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance import writers
from tests.conformance.reference import Event, deduplicated, latest, merged
from tests.conformance.writers import Semantics, all_faults, faults
from tests.tables.batches import CHANGES, SCD2, UPSERT, commit, entity_batch, events_of, intervals_of

from tidegate.errors import PublishError
from tidegate.model.modes import ApplyChanges, LateWindow, Scd2

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import SparkSession
    from tests.conformance.reference import Interval

    from tidegate.model.modes import WriteMode
    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore

    NewTable = Callable[[], TableName]

pytestmark = pytest.mark.spark

PARTIAL = replace(CHANGES, ignore_null_updates=True)
TRUNCATING = replace(CHANGES, apply_as_truncates="_operation = 'truncate'")
HISTORY = replace(CHANGES, stored_as_scd_type=2)
FIXED = replace(CHANGES, late=LateWindow("day", 3), event_is_fixed=True, tie_break=("b",))
TRACKED = replace(SCD2, track=("a",))
TRACKED_CHANGES = replace(HISTORY, track=("a",), untracked="ignore", surrogate_key="entity_sk")
MODES: dict[str, tuple[WriteMode, Semantics]] = {
    "upsert": (UPSERT, writers.UPSERT),
    "scd2": (SCD2, writers.SCD2),
    "changes": (CHANGES, writers.CHANGES),
    "partial": (PARTIAL, writers.PARTIAL_CHANGES),
    "history": (HISTORY, writers.CHANGE_HISTORY),
    "fixed": (FIXED, writers.TIE_BREAK),
    "tracked": (TRACKED, writers.TRACKED),
    "tracked changes": (TRACKED_CHANGES, writers.TRACKED_CHANGES),
}
EXAMPLES = settings(max_examples=1, suppress_health_check=list(HealthCheck))
EVENTS = st.lists(
    st.builds(
        Event,
        st.tuples(st.integers(0, 7), st.sampled_from(("north", "south"))),
        st.integers(1, 6),
        st.sampled_from((None, "A", "B")),
        st.none() | st.integers(0, 1),
        st.sampled_from(("upsert", "upsert", "delete")),
    ),
    min_size=40,
    max_size=80,
)


@dataclass
class Table:
    """A table of tidegate behind the suite's port; batches are reduced as the gate does before it publishes them."""

    spark: SparkSession
    store: TableStore
    name: TableName
    mode: WriteMode
    written: int = 0

    def write(self, batch: Sequence[Event]) -> None:
        self.written += 1
        rows = list(batch)
        if self.is_history:
            rows = deduplicated(rows, per_moment=True)
        elif self.mode == UPSERT:
            rows = deduplicated(rows)
        published = self.store.publish(entity_batch(self.spark, self.name, self.mode, rows), commit(self.written))
        assert published.inserted + published.updated + published.unchanged + published.deleted == len(rows)
        assert published.deleted == sum(event.does != "upsert" for event in rows)

    def read(self) -> Sequence[Event] | Sequence[Interval]:
        rows = self.store.read(self.name)
        assert not {"_is_deleted", "_changed_at", "_change"} & set(rows.columns)
        return intervals_of(rows) if self.is_history else events_of(rows)

    @property
    def is_history(self) -> bool:
        return isinstance(self.mode, Scd2) or (isinstance(self.mode, ApplyChanges) and self.mode.history is not None)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("memory", name) for name in MODES),
        *(("delta", name) for name in MODES),
        *(("iceberg", name) for name in MODES),
        ("parquet", "tracked changes"),
    ],
    indirect=["kind"],
)
def test_no_hazard_and_no_order_of_three_makes_another_table(
    store: TableStore, spark: SparkSession, new_table: NewTable, name: str
) -> None:
    mode, semantics = MODES[name]
    assert all_faults(lambda: Table(spark, store, new_table(), mode), semantics) == []


@pytest.mark.parametrize("kind", ["memory", "delta", "iceberg"], indirect=True)
@EXAMPLES
@given(events=EVENTS, size=st.integers(1, 60), name=st.sampled_from(sorted(MODES)))
def test_a_table_depends_on_its_events_and_not_on_their_batches(
    events: list[Event], size: int, name: str, store: TableStore, spark: SparkSession, new_table: NewTable
) -> None:
    mode, semantics = MODES[name]
    told = events if semantics.has_deletes else [replace(event, does="upsert") for event in events]
    table = Table(spark, store, new_table(), mode)
    assert faults(table, semantics, [told[:size], told[size:], told[: size // 2]]) == []


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("memory", replace(TRUNCATING, ignore_null_updates=True)),
        ("delta", TRUNCATING),
        ("iceberg", TRUNCATING),
        ("parquet", replace(TRUNCATING, ignore_null_updates=True)),
    ],
    indirect=["kind"],
    ids=["columns in memory", "rows in delta", "rows in iceberg", "columns in parquet"],
)
def test_a_truncate_takes_what_is_older_whenever_it_comes(
    store: TableStore, spark: SparkSession, new_table: NewTable, mode: WriteMode
) -> None:
    keys = [(n, "north") for n in range(5)]
    old, same, newer, late, twice = keys
    truncate = Event((0, ""), 5, None, None, "truncate")
    batches = [
        [Event(old, 4, "A", 1), Event(same, 5, "A", 1), Event(newer, 3, "A", 1), Event(twice, 1, "A", 1)],
        [truncate, Event(newer, 6, None, 2), Event(twice, 2, "delete me", 1, "delete")],
        [Event(late, 4, "late", 1), Event(twice, 7, "B", None), Event(twice, 4, "B", 9)],
    ]
    expected = merged if mode == replace(TRUNCATING, ignore_null_updates=True) else latest
    table = Table(spark, store, new_table(), mode)
    for batch in batches:
        table.write(batch)
    assert set(events_of(store.read(table.name))) == expected([event for batch in batches for event in batch])


@pytest.mark.parametrize("kind", ["memory", "delta", "iceberg"], indirect=True)
def test_an_interval_has_the_same_surrogate_key_however_its_table_was_made(
    store: TableStore, spark: SparkSession, new_table: NewTable
) -> None:
    mode = replace(SCD2, surrogate_key="entity_sk")
    first, late, last = (Event((1, "north"), at, value, None) for at, value in ((1, "A"), (2, "B"), (3, "C")))
    found = []
    for batches in ([[first, last], [late]], [[late, last, first]]):
        name = new_table()
        for number, batch in enumerate(batches, start=1):
            store.publish(entity_batch(spark, name, mode, batch), commit(number))
        found.append({row.a: row.entity_sk for row in store.read(name).collect()})
    assert found[0] == found[1]
    assert len(set(found[0].values())) == 3
    clash = replace(entity_batch(spark, name, mode, [first]), mode=replace(mode, surrogate_key="b"))
    with pytest.raises(PublishError, match="surrogate key b"):
        store.publish(clash, commit(9))


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
