"""Late rows that wait beside their table: readers see them in their places, before and after the folding."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.reference import Event, deduplicated, latest
from tests.tables.batches import CHANGES, COMPARED, NAME, UPSERT, commit, day_of, entities, entity_batch, events_of

from tidegate.model.commits import Deferral
from tidegate.model.modes import Append, LateWindow, Replace
from tidegate.tables.deferring import DeferringStore
from tidegate.tables.late_rows import side_of
from tidegate.tables.port import LateBatch, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyspark.sql import SparkSession

    from tidegate.model.commits import Commit
    from tidegate.model.names import TableName
    from tidegate.tables.port import Batch

    NewTable = Callable[[], TableName]

pytestmark = pytest.mark.spark

DEFERRING = replace(UPSERT, late=LateWindow("day", 3, beyond="defer"), nullable_keys=())
ONCE = [pytest.param(kind, marks=pytest.mark.default_line) for kind in ("delta", "iceberg")]
KNOWN = Deferral(UPSERT.keys, UPSERT.sequence_by, COMPARED, "day")
EVENTS = st.lists(
    st.builds(
        Event,
        st.tuples(st.integers(0, 3), st.just("north")),
        st.none() | st.integers(1, 4),
        st.sampled_from((None, "A", "B")),
        st.none() | st.integers(0, 1),
    ),
    max_size=8,
).map(deduplicated)


@dataclass(frozen=True)
class Step:
    """A batch, of which some rows come late; whether the table is folded after it, and then read downstream."""

    on_time: list[Event]
    late: list[Event]
    folds: bool = False
    is_read: bool = True


STEPS = st.builds(Step, EVENTS, EVENTS, st.booleans(), st.booleans())


@dataclass
class Deferred:
    """A table whose late rows wait beside it, and a reader downstream that reads what is new."""

    spark: SparkSession
    store: DeferringStore
    name: TableName
    batches: int = 0
    written: list[Event] = field(default_factory=list)
    seen: int | None = None
    received: dict[object, Event] = field(default_factory=dict)
    last: set[Event] = field(default_factory=set)
    read_upto: int = 0

    def batch(self, on_time: list[Event], late: list[Event]) -> Batch:
        rest = [event for event in late if event.key not in {known.key for known in on_time}]
        batch = entity_batch(self.spark, self.name, DEFERRING, on_time)
        waiting = LateBatch(entities(self.spark, rest), len(rest)) if rest else None
        return replace(batch, days=tuple(sorted({day_of(event.key) for event in on_time})), late=waiting)

    def write(self, on_time: list[Event], late: list[Event]) -> None:
        batch = self.batch(on_time, late)
        self.batches += 1
        published = self.store.publish(batch, commit(self.batches))
        assert published.inserted + published.updated + published.unchanged == len(on_time)
        self.written += on_time + [event for event in late if event.key not in {known.key for known in on_time}]

    def read_news(self) -> None:
        """Read what is new, and hold that no version of a row comes twice or after a newer one."""
        until = self.store.version(self.name)
        assert until is not None
        rows = events_of(self.store.changes(self.name, self.seen, until))
        assert self.store.pending(self.name, self.seen).rows in (None, len(rows))
        by_key: dict[object, list[Event]] = {}
        for event in rows:
            by_key.setdefault(event.key, []).append(event)
        for key, events in by_key.items():
            had = self.received.get(key)
            assert len({event.rank for event in events}) == len(events)
            assert had is None or had.rank < min(event.rank for event in events)
            self.received[key] = max(events, key=lambda event: event.rank)
        self.last, self.seen = self.check_groups(until), until

    def check_groups(self, until: int) -> set[Event]:
        """Hold that a reader of groups is told all that differ, and none that nobody wrote to; return the rows."""
        rows, touched = latest(self.written), self.store.touched(self.name, ("a", "b", "number"), self.seen, until)
        groups = {tuple(row) for row in touched.collect()}
        assert groups >= {(event.a, event.b, event.key[0]) for event in rows ^ self.last}
        assert {number for *_, number in groups} <= {event.key[0] for event in self.written[self.read_upto :]}
        self.read_upto = len(self.written)
        return rows

    def take(self, step: Step) -> None:
        self.write(step.on_time, step.late)
        assert self.rows() == latest(self.written)
        if step.folds:
            had_waiting = self.store.rows_waiting(self.name)
            assert (self.store.fold(self.name, "folding") is not None) == bool(had_waiting)
            assert self.store.rows_waiting(self.name) == 0
            assert self.rows() == latest(self.written)
        if step.is_read:
            self.read_news()

    def rows(self) -> set[Event]:
        found = events_of(self.store.read(self.name))
        assert len(found) == len(set(found))
        return set(found)


@pytest.fixture
def new_deferred(store: DeferringStore, spark: SparkSession, new_table: NewTable) -> Callable[[], Deferred]:
    return lambda: Deferred(spark, store, new_table())


def hold(table: Deferred, steps: Sequence[Step]) -> None:
    for step in steps:
        table.take(step)
    table.read_news()
    assert set(table.received.values()) == table.rows() == latest(table.written)


def event(number: int, at: int | None, a: str | None = "A", b: int | None = None) -> Event:
    return Event((number, "north"), at, a, b)


HAZARDS = [
    Step([event(1, 1), event(2, 5), event(3, 1)], []),
    # late rows: one wins, one is stale, two are new; then the same again, an older one, a tie, and one overtaken
    Step([], [event(1, 2, "L"), event(2, 4), event(4, 1), event(5, 1, "W")]),
    Step(
        [event(3, 2), event(5, 2, "C")],
        [event(1, 2, "L"), event(4, None), event(2, 5, "B")],
        folds=True,
        is_read=False,
    ),
    Step([event(1, 1, "B")], [event(4, 1), event(0, 1)]),  # stale on time, folded in already, a new one
]


@pytest.mark.parametrize("kind", ["delta", "iceberg"], indirect=True)
def test_a_table_is_the_same_whether_a_row_waits_or_not(new_deferred: Callable[[], Deferred]) -> None:
    hold(new_deferred(), HAZARDS)


@pytest.mark.parametrize("kind", ["memory"], indirect=True)
@settings(max_examples=2, suppress_health_check=list(HealthCheck), deadline=None)
@given(steps=st.lists(STEPS, min_size=2, max_size=3))
def test_any_history_of_waiting_and_folding_makes_the_same_table(
    new_deferred: Callable[[], Deferred], steps: list[Step]
) -> None:
    table = new_deferred()
    table.write([event(3, 1)], [])
    hold(table, steps)


@pytest.mark.parametrize("kind", ["memory", *ONCE], indirect=True)
def test_what_a_dead_run_set_aside_does_not_count(
    new_deferred: Callable[[], Deferred], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run died between its two commits, before anything waited and again when something did."""
    table = new_deferred()
    table.write([event(1, 1)], [])
    real = table.store.tables.publish

    def dies(batch: Batch, facts: object) -> object:
        if batch.table == table.name:
            raise KeyboardInterrupt
        return real(batch, facts)  # type: ignore[arg-type]

    for on_time, late in (([event(2, 2)], [event(1, 2), event(3, 1)]), ([event(2, 3)], [event(4, 4), event(3, 2)])):
        before = table.rows()
        monkeypatch.setattr(table.store.tables, "publish", dies)
        with pytest.raises(KeyboardInterrupt):
            table.store.publish(
                table.batch([event(5, 5)], [event(1, 9), event(6, 6), *late]), commit(table.batches + 1)
            )
        monkeypatch.setattr(table.store.tables, "publish", real)
        assert table.rows() == before
        table.take(Step(on_time, late))
    hold(table, [Step([], [], folds=True)])


@pytest.mark.parametrize("kind", ["memory", *ONCE], indirect=True)
def test_a_restore_brings_back_the_rows_that_waited_then(new_deferred: Callable[[], Deferred]) -> None:
    table = new_deferred()
    table.write([event(1, 1)], [])
    table.write([event(2, 1)], [event(1, 2)])
    then, target = table.rows(), table.store.version(table.name)
    table.write([], [event(3, 3), event(1, 3)])
    table.store.fold(table.name, "folding")
    assert set(events_of(table.store.read(table.name, target))) == then
    table.store.restore(table.name, target)
    assert table.rows() == then
    table.batches, table.written = 2, [event(1, 1), event(2, 1), event(1, 2)]
    hold(table, [Step([], [event(4, 1), event(2, 2)]), Step([event(5, 1)], [], folds=True)])


@pytest.mark.parametrize("kind", ["memory", "delta"], indirect=True)
def test_a_batch_that_compares_otherwise_folds_first_and_one_that_replaces_all_drops_what_waits(
    new_deferred: Callable[[], Deferred],
) -> None:
    table = new_deferred()
    table.write([event(1, 1)], [])
    table.write([], [event(1, 2, "B"), event(2, 2)])
    anew = entity_batch(table.spark, table.name, UPSERT, [event(1, 2, "A")])
    table.store.publish(replace(anew, prevails=True), commit(1, scope="backfill"))
    assert table.rows() == {event(1, 2, "A"), event(2, 2)}
    assert table.store.rows_waiting(table.name) == 0
    table.write([], [event(3, 3)])
    whole = entity_batch(table.spark, table.name, Replace(), [event(9, 1)])
    table.store.publish(whole, commit(2, scope="backfill"))
    assert (table.rows(), table.store.rows_waiting(table.name)) == ({event(9, 1)}, 0)
    if table.store.format == "memory":
        table.store.restore(table.name, None)
        assert table.store.sides(table.name) == ()


@pytest.mark.parametrize("kind", ["delta", "iceberg"], indirect=True)
def test_sql_shows_what_readers_see(new_deferred: Callable[[], Deferred], new_table: NewTable) -> None:
    """Dbt reads tables by it: late rows that wait are there, and what deletes left behind is not."""
    table, gone = new_deferred(), new_table()
    table.write(HAZARDS[0].on_time, [])
    for step in HAZARDS[1:3]:
        table.write(step.on_time, step.late)
    feed = entity_batch(table.spark, gone, CHANGES, [event(1, 1), replace(event(2, 1), does="delete")])
    table.store.publish(feed, commit(1))
    for name, expected in ((table.name, latest(table.written)), (gone, {event(1, 1)})):
        version = table.store.version(name)
        assert version is not None
        shown = table.spark.sql(table.store.query(name, version))
        assert shown.columns == table.store.read(name, version).columns
        assert set(events_of(shown)) == expected


@pytest.mark.parametrize("kind", ["memory"], indirect=True)
def test_a_table_that_defers_nothing_has_no_table_beside_it(new_deferred: Callable[[], Deferred]) -> None:
    table = new_deferred()
    table.write([event(1, 1)], [])
    rows = entities(table.spark, [event(2, 2)])
    table.store.publish(replace(table.batch([], []), mode=Append(), rows=rows, count=1), commit(9))
    assert table.store.version(side_of(table.name)) is None
    assert table.rows() == {event(1, 1), event(2, 2)}


class Told(DeferringStore):
    """A store that has nothing but a log."""

    def __init__(self, *commits: Commit | None) -> None:
        self.tables = self
        self._versions = [
            Version(number, datetime.now(tz=timezone.utc), commit=one) for number, one in enumerate(commits)
        ]

    def standing(self, table: TableName, version: int | None = None) -> Iterator[Version]:
        return iter(self._versions[version::-1] if version is not None else self._versions[::-1])


def told(version: int | None, basis: int | None, folded: int | None = None, scope: str = "live") -> Commit:
    return replace(commit(1, scope=scope), deferred=replace(KNOWN, version=version, basis=basis, folded=folded))


CROSSING = [told(None, None), told(2, 0), told(3, 1), told(2, 1, 2, "fold"), told(2, 1, None, "backfill")]


@given(order=st.permutations(CROSSING[2:]), others=st.integers(0, 2))
def test_commits_that_cross_lose_nothing_of_one_another(order: list[Commit], others: int) -> None:
    """A live run, a fold and a backfill that began at one version; whichever was last knows least."""
    found = Told(*CROSSING[:2], *order, *[None] * others).deferral(NAME)
    assert found is not None
    assert (found.version, found.folded) == (3, 2)


def test_a_version_knows_what_waited_then_and_a_table_that_never_deferred_is_told_by_one_commit() -> None:
    store = Told(*CROSSING)
    assert [known.version for number in range(4) if (known := store.deferral(NAME, number))] == [None, 2, 3, 3]
    assert Told(told(2, 0), commit(2)).deferral(NAME) is None
    assert Told(None).deferral(NAME) is None
