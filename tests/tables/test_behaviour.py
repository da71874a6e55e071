"""What every kind of table does, whichever way it stores its rows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.tables.batches import (
    SCD2,
    UPSERT,
    commit,
    entity_batch,
    events_of,
    intervals_of,
    retried,
    rows_batch,
)
from tests.tables.reference import Event, deduplicated, history, latest

from tidegate.errors import PublishError, TableError
from tidegate.model.modes import Append, Replace, ReplaceWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.commits import Commit
    from tidegate.model.modes import Scd2, Upsert
    from tidegate.model.names import TableName
    from tidegate.tables.port import Published, TableStore

    NewTable = Callable[[], TableName]

pytestmark = pytest.mark.spark

APPLICATION = commit(1).token.application
OTHER = commit(1, job="other").token.application


@dataclass(frozen=True)
class Table:
    """A table with everything that was published to it."""

    store: TableStore
    name: TableName
    published: tuple[Published, ...]
    commits: tuple[Commit, ...]

    def values(self, version: int | None = None) -> list[tuple[object, ...]]:
        return values(self.store.read(self.name, version))


def values(rows: DataFrame) -> list[tuple[object, ...]]:
    """Return rows as tuples, sorted."""
    return sorted((tuple(row) for row in rows.collect()), key=str)


@pytest.fixture(scope="module")
def appended(store: TableStore, spark: SparkSession, new_table: NewTable) -> Table:
    """Return a table of five appends: rows; none; a new column; another job; a column that is missing."""
    name = new_table()
    plain, wide = "id int, name string, _run string", "id int, name string, _run string, city string"
    frames = (
        spark.createDataFrame([(1, "a", "r"), (2, None, "r"), (2, None, "r")], plain),
        spark.createDataFrame([], plain),
        spark.createDataFrame([(3, "c", "r", "Rome"), (4, "d", "r", None)], wide),
        spark.createDataFrame([(5, "e", "r", "Oslo")], wide),
        spark.createDataFrame([(6, "f", "Bern")], "id int, name string, city string"),
    )
    commits = (
        commit(1, files=("one.csv",)),
        commit(2, files=("two.csv", "three.csv")),
        commit(3),
        commit(1, job="other", files=("theirs.csv",)),
        commit(4, files=("four.csv",)),
    )
    published = [store.publish(rows_batch(f, name), c) for f, c in zip(frames, commits, strict=True)]
    return Table(store, name, tuple(published), commits)


def test_a_table_that_does_not_exist_has_nothing_to_tell(store: TableStore, new_table: NewTable) -> None:
    name = new_table()
    assert store.version(name) is None
    assert store.last_commit(name, APPLICATION) is None
    assert store.files_read(name, APPLICATION) == frozenset()
    for ask in (store.pending, store.read):
        with pytest.raises(TableError, match="does not exist"):
            ask(name, None)


def test_every_publish_makes_one_version_also_without_rows(appended: Table) -> None:
    afters = [published.version_after for published in appended.published]
    assert afters == list(range(afters[0], afters[0] + 5))
    assert [published.version_before for published in appended.published] == [None, *afters[:-1]]
    assert [published.inserted for published in appended.published] == [3, 0, 2, 1, 1]
    assert appended.store.version(appended.name) == afters[-1]


def test_publishing_a_batch_again_changes_nothing(appended: Table, spark: SparkSession) -> None:
    rows = spark.createDataFrame([(9, "i", "r")], "id int, name string, _run string")
    version = appended.store.version(appended.name)
    for known in (appended.commits[0], appended.commits[4]):
        again = appended.store.publish(rows_batch(rows, appended.name), retried(known))
        assert (again.version_before, again.version_after) == (version, version)
        assert (again.inserted, again.updated, again.unchanged) == (0, 0, 1)
    assert appended.store.version(appended.name) == version


def test_a_commit_carries_the_facts_of_its_run(appended: Table) -> None:
    assert appended.store.last_commit(appended.name, APPLICATION) == appended.commits[4]
    assert appended.store.last_commit(appended.name, OTHER) == appended.commits[3]
    assert appended.store.last_commit(appended.name, "tidegate/nobody/live") is None


def test_the_files_read_are_those_of_all_commits_of_the_application(appended: Table) -> None:
    assert appended.store.files_read(appended.name, APPLICATION) == {"one.csv", "two.csv", "three.csv", "four.csv"}
    assert appended.store.files_read(appended.name, OTHER) == {"theirs.csv"}


def test_a_version_is_read_as_it_was(appended: Table) -> None:
    first, empty, wide, *_ = (published.version_after for published in appended.published)
    assert appended.values(first) == [(1, "a", "r"), (2, None, "r"), (2, None, "r")]
    assert appended.values(empty) == appended.values(first)
    assert appended.values(wide) == [
        (1, "a", "r", None),
        (2, None, "r", None),
        (2, None, "r", None),
        (3, "c", "r", "Rome"),
        (4, "d", "r", None),
    ]
    assert (6, "f", None, "Bern") in appended.values()


def test_changes_are_what_came_after_a_version(appended: Table) -> None:
    first, _, wide, other, last = (published.version_after for published in appended.published)
    store, name = appended.store, appended.name
    assert values(store.changes(name, None, first)) == appended.values(first)
    assert values(store.changes(name, first, wide)) == [(3, "c", "r", "Rome"), (4, "d", "r", None)]
    assert values(store.changes(name, wide, last)) == [(5, "e", "r", "Oslo"), (6, "f", None, "Bern")]
    assert values(store.changes(name, other, other)) == []


def test_pending_counts_the_rows_that_changes_gives(appended: Table) -> None:
    store, name = appended.store, appended.name
    last = appended.published[-1].version_after
    for since in (None, *(published.version_after for published in appended.published)):
        pending = store.pending(name, since)
        assert (pending.since, pending.until) == (since, last)
        assert pending.rows == store.changes(name, since, last).count()
        assert pending.is_empty == (since == last)
    with pytest.raises(TableError, match="has been read up to"):
        store.pending(name, last + 1)


@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        ("id bigint, name string", "id is bigint, the table has int"),
        ("id int", "name is missing"),
        ("id int, NAME string, city string", "NAME is spelled name"),
    ],
)
def test_rows_of_another_shape_are_refused(appended: Table, spark: SparkSession, schema: str, complaint: str) -> None:
    batch = rows_batch(spark.createDataFrame([], schema), appended.name)
    version = appended.store.version(appended.name)
    with pytest.raises(PublishError, match=complaint):
        appended.store.publish(batch, commit(9))
    assert appended.store.version(appended.name) == version


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


def test_an_upsert_counts_and_shows_what_it_changed(
    store: TableStore, spark: SparkSession, new_table: NewTable
) -> None:
    name = new_table()
    before = [Event((n, "north"), 5, "A", n) for n in range(4)]
    newer, same, older, new = (
        Event((0, "north"), 6, "B", 0),
        before[1],
        Event((2, "north"), 4, "Z", 2),
        Event((9, "north"), 1, "N", None),
    )
    first = store.publish(entity_batch(spark, name, UPSERT, before), commit(1))
    second = store.publish(entity_batch(spark, name, UPSERT, [newer, same, older, new]), commit(2))
    third = store.publish(entity_batch(spark, name, UPSERT, [same, older]), commit(3))
    assert (second.inserted, second.updated, second.unchanged) == (1, 1, 2)
    assert (third.inserted, third.updated, third.unchanged) == (0, 0, 2)
    changed = store.changes(name, first.version_after, third.version_after)
    assert set(events_of(changed)) == {newer, new}
    assert store.pending(name, first.version_after).rows == 2
    assert third.version_after == second.version_after + 1
    assert store.last_commit(name, APPLICATION) == commit(3)


def test_a_restore_takes_the_withdrawn_batches_out_of_the_record(
    store: TableStore, spark: SparkSession, new_table: NewTable
) -> None:
    name = new_table()
    good, bad, better = ([Event((n, "north"), n, text, None)] for n, text in ((1, "good"), (2, "bad"), (2, "better")))
    wide = replace(entity_batch(spark, name, UPSERT, bad), rows=entity_batch(spark, name, UPSERT, bad).rows)
    first = store.publish(entity_batch(spark, name, UPSERT, good), commit(1, files=("good",)))
    wide = replace(wide, rows=wide.rows.selectExpr("*", "'x' AS extra"))
    store.publish(wide, commit(2, files=("bad",)))
    store.publish(wide, commit(3, files=("worse",)))
    restored = store.restore(name, first.version_after)
    assert restored == store.version(name) == first.version_after + 3
    assert events_of(store.read(name)) == good
    assert "extra" not in store.read(name).columns
    assert store.last_commit(name, APPLICATION) == commit(1, files=("good",))
    assert store.files_read(name, APPLICATION) == {"good"}
    for number in (2, 3, 4):
        published = store.publish(entity_batch(spark, name, UPSERT, better), commit(number, files=(f"new{number}",)))
        assert published.version_after == restored + number - 1
    assert set(events_of(store.read(name))) == {*good, *better}
    assert store.last_commit(name, APPLICATION) == commit(4, files=("new4",))
    until = published.version_after
    assert events_of(store.changes(name, first.version_after, until)) == better
    assert store.pending(name, first.version_after).rows == 1


def test_a_restore_to_nothing_removes_the_table(store: TableStore, spark: SparkSession, new_table: NewTable) -> None:
    name = new_table()
    rows = spark.createDataFrame([(1,)], "id int")
    first = store.publish(rows_batch(rows, name), commit(1))
    assert store.restore(name, first.version_after) == first.version_after
    with pytest.raises(TableError, match="has no version"):
        store.restore(name, first.version_after + 1)
    assert store.restore(name, first.version_after - 1) is None
    assert store.version(name) is None
    again = store.publish(rows_batch(rows.selectExpr("cast(id AS string) AS other"), name), commit(1))
    assert (again.version_before, again.version_after) == (None, first.version_after)
    assert values(store.read(name)) == [("1",)]


def test_a_window_replaces_the_days_it_has_rows_for(
    store: TableStore, spark: SparkSession, new_table: NewTable
) -> None:
    name, mode = new_table(), ReplaceWindow("day")
    batches: tuple[list[tuple[date, int]], ...] = (
        [(date(2024, 1, 1), 1), (date(2024, 1, 1), 2), (date(2024, 1, 2), 3), (date(2024, 1, 4), 4)],
        [(date(2024, 1, 2), 5), (date(2024, 1, 4), 6), (date(2024, 1, 5), 7)],
        [],
    )
    published = []
    for number, rows in enumerate(batches, start=1):
        days = tuple(sorted({row[0] for row in rows})) if number > 1 else None
        frame = spark.createDataFrame(rows, "day date, amount int")
        batch = replace(rows_batch(frame, name, mode), days=days)
        published.append(store.publish(batch, commit(number)))
    first, second, third = (p.version_after for p in published)
    assert [row[1] for row in values(store.read(name))] == [1, 2, 5, 6, 7]
    assert [row[1] for row in values(store.read(name, first))] == [1, 2, 3, 4]
    assert [row[1] for row in values(store.changes(name, first, third))] == [5, 6, 7]
    assert third == second + 1


def test_a_replace_makes_the_batch_the_table(store: TableStore, spark: SparkSession, new_table: NewTable) -> None:
    name = new_table()
    published = [
        store.publish(rows_batch(spark.createDataFrame(rows, "id int"), name, Replace()), commit(number))
        for number, rows in enumerate(([(1,), (2,)], [(3,)], []), start=1)
    ]
    first, second, third = (p.version_after for p in published)
    assert [values(store.read(name, version)) for version in (first, second, third)] == [[(1,), (2,)], [(3,)], []]
    assert values(store.changes(name, first, second)) == [(3,)]


def test_a_first_batch_without_rows_makes_an_empty_table(
    store: TableStore, spark: SparkSession, new_table: NewTable
) -> None:
    for mode in (Append(), UPSERT, SCD2):
        name = new_table()
        empty = store.publish(entity_batch(spark, name, mode, []), commit(1))
        again = store.publish(entity_batch(spark, name, mode, []), commit(2))
        filled = store.publish(entity_batch(spark, name, mode, [Event((1, "north"), 1, "A", None)]), commit(3))
        assert empty.version_before is None
        assert (again.version_after, filled.inserted) == (empty.version_after + 1, 1)
        assert store.read(name, again.version_after).count() == 0
        assert store.read(name).count() == 1
