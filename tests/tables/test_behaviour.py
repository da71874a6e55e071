"""What every kind of table does, whichever way it stores its rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.conformance.reference import Event
from tests.tables.batches import (
    SCD2,
    UPSERT,
    commit,
    entity_batch,
    events_of,
    retried,
    rows_batch,
)

from tidegate.errors import PublishError, TableError
from tidegate.model.modes import Append, Replace, ReplaceWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.commits import Commit
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
    assert appended.store.files_read(appended.name, "tidegate/job/") == {"one.csv", "two.csv", "three.csv", "four.csv"}
    assert appended.store.files_read(appended.name, "tidegate/nobody/") == frozenset()


def test_the_history_tells_every_version_and_who_made_it(appended: Table) -> None:
    history = appended.store.history(appended.name)
    assert [version.commit for version in history] == list(appended.commits)
    assert [version.number for version in history] == [done.version_after for done in appended.published]
    assert [version.made_at for version in history] == sorted(version.made_at for version in history)
    assert not any(version.is_restore for version in history)


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
        ("id bigint, name string", "id becomes bigint from int"),
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
