"""Two writers at once: whoever comes second offers the staged batch again; nothing is lost, nothing is there twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.conformance.reference import Event, history, latest
from tests.tables.batches import CHANGES, SCD2, UPSERT, commit, entity_batch, events_of, intervals_of

from tidegate.job.retries import Retries
from tidegate.model.names import TableName
from tidegate.platforms.sessions import session_beside
from tidegate.tables import merging
from tidegate.tables.catalog import Catalog, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tidegate.model.modes import WriteMode
    from tidegate.tables.port import Published

pytestmark = pytest.mark.spark

TABLE = TableName("silver", "entities")
ROUNDS = 2


class Writer:
    """One writer with a session of its own, whose batches touch the same rows as those of the other."""

    def __init__(self, spark: SparkSession, root: Path, kind: str, name: str, start: threading.Barrier) -> None:
        session = session_beside(spark)
        self.session, self.name, self.start = session, name, start
        self.store = Catalog({"silver": Place(kind, str(root))}, lambda: session).store(TABLE)
        self.waits: list[float] = []
        number = ord(name)
        self.batches = [
            [Event((key, "r"), at + number, f"{name}{at}{key}", at) for key in (1, 2, number)]
            for at in range(10, 10 * ROUNDS + 1, 10)
        ]

    def write(self) -> list[Published]:
        """Publish all batches, each when the other writer is ready for its own."""
        retries = Retries(20, 0.2, self._wait)
        done = []
        for number, events in enumerate(self.batches, start=1):
            batch = entity_batch(self.session, TABLE, UPSERT, events)
            facts = commit(number, job="job", scope=self.name)
            self.start.wait(timeout=120)
            done.append(retries.publish(lambda batch=batch, facts=facts: self.store.publish(batch, facts)))  # type: ignore[misc]
        return done

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        threading.Event().wait(seconds)


@pytest.mark.parametrize("kind", ["delta", "iceberg", "parquet"])
def test_two_writers_lose_nothing_and_double_nothing(spark: SparkSession, tmp_path: Path, kind: str) -> None:
    start = threading.Barrier(2)
    writers = [Writer(spark, tmp_path, kind, name, start) for name in ("a", "b")]
    store = writers[0].store
    first = entity_batch(writers[0].session, TABLE, UPSERT, [Event((1, "r"), 0, "x", 0)])
    store.publish(first, commit(1))
    with ThreadPoolExecutor(2) as threads:
        published = [done for writer in threads.map(Writer.write, writers) for done in writer]
    assert len({done.version_after for done in published}) == 2 * ROUNDS
    assert sum(len(writer.waits) for writer in writers) > 0, "the writers never met"
    for writer in writers:
        last = store.last_commit(TABLE, commit(1, scope=writer.name).token.application)
        assert last is not None
        assert last.token.batch == ROUNDS
    events = [Event((1, "r"), 0, "x", 0), *(e for writer in writers for batch in writer.batches for e in batch)]
    found = {(row["number"], row["region"], row["a"], row["b"]) for row in store.read(TABLE).collect()}
    assert found == {(*event.key, event.a, event.b) for event in latest(events)}
    assert store.read(TABLE).count() == len(found)


@pytest.mark.parametrize("kind", ["delta", "iceberg"])
@pytest.mark.parametrize(
    ("mode", "expected", "mine_at", "theirs_at"),
    [(SCD2, history, 5, 10), (CHANGES, latest, 40, 30)],
    ids=["scd2", "changes"],
)
def test_what_comes_between_counting_a_batch_and_merging_it_is_not_lost(
    spark: SparkSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    mode: WriteMode,
    expected: Callable[[list[Event]], Iterable[object]],
    mine_at: int,
    theirs_at: int,
) -> None:
    """Another writer commits an event of the same key after the batch was counted."""
    key = (1, "r")
    first, mine, theirs = Event(key, 20, "x", 0), Event(key, mine_at, "y", 1), Event(key, theirs_at, "z", 2)
    places = {"silver": Place(kind, str(tmp_path))}
    other = session_beside(spark)
    store, beside = Catalog(places, lambda: spark).store(TABLE), Catalog(places, lambda: other).store(TABLE)
    store.publish(entity_batch(spark, TABLE, mode, [first]), commit(1))
    statement = merging.merge_differences
    come: list[Event] = []

    def preceded(target: str, source: str, *rest: object) -> str:
        if not come:
            come.append(theirs)
            beside.publish(entity_batch(other, TABLE, mode, [theirs]), commit(1, scope="backfill"))
        return statement(target, source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(merging, "merge_differences", preceded)
    batch = entity_batch(spark, TABLE, mode, [mine])
    Retries(1, 0.1, lambda _: None).publish(lambda: store.publish(batch, commit(2)))
    rows = store.read(TABLE)
    assert set(intervals_of(rows) if mode == SCD2 else events_of(rows)) == set(expected([first, theirs, mine]))
