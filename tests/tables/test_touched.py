"""Readers of groups are told every group that differs, also the one that a row left, on tables of every kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from tests.tables.batches import commit, rows_batch

from tidegate.model.modes import ApplyChanges, Replace, ReplaceWindow, Upsert
from tidegate.tables.change_data import CHANGE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import SparkSession

    from tidegate.model.modes import WriteMode
    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore

    NewTable = Callable[[], TableName]
    Group = tuple[date | None, str | None]
    Groups = set[Group]
    State = Counter[tuple[object, ...]]

pytestmark = pytest.mark.spark

COLUMNS = "id int, day date, label string, at int"
GROUP = ("day", "label")
MODES: dict[str, WriteMode] = {
    "change": ApplyChanges(("id",), "at"),
    "upsert": Upsert(("id",), "at"),
    "window": ReplaceWindow("day"),
    "replace": Replace(),
}


@dataclass(frozen=True)
class Row:
    """A row of the table; one that goes is a delete where the mode knows deletes."""

    id: int
    day: int
    label: str | None
    at: int
    goes: bool = False


@dataclass(frozen=True)
class Step:
    """What happens to the table: a batch in some mode, or a restore to the version that an earlier step made."""

    kind: str
    rows: tuple[Row, ...] = ()
    to: int = 0


ROWS = st.lists(
    st.builds(
        Row, st.integers(0, 2), st.integers(1, 2), st.sampled_from((None, "x", "y")), st.integers(1, 3), st.booleans()
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda row: row.id,
).map(tuple)
STEPS = st.builds(Step, st.sampled_from(("change", "upsert", "window", "replace")), ROWS) | st.builds(
    Step, st.just("restore"), to=st.integers(0, 1)
)

FIRST = Step("change", tuple(Row(n, 1 + n % 3, "x", 1) for n in range(5)))
HAZARDS = (
    FIRST,
    Step("upsert", (Row(0, 2, "x", 2), Row(1, 2, None, 2), Row(2, 3, "x", 0))),  # moved twice, and one that is stale
    Step("change", (Row(3, 1, "x", 2, goes=True), Row(0, 1, "y", 3))),
    Step("window", (Row(7, 3, "z", 1),)),  # two rows are gone from the third day
    Step("restore", to=1),
    Step("upsert", (Row(9, 9, "new", 1),)),
)


def taken(step: Step) -> tuple[Row, ...]:
    """Return the rows of a step; those of a window have ids of their own, so that keys stay unique."""
    return tuple(replace(row, id=100 * row.day + row.id) for row in step.rows) if step.kind == "window" else step.rows


def frame(spark: SparkSession, step: Step) -> DataFrame:
    rows = [(r.id, date(2024, 1, r.day), r.label, r.at, "delete" if r.goes else None) for r in taken(step)]
    made = spark.createDataFrame(rows, f"{COLUMNS}, {CHANGE} string")
    return made if step.kind == "change" else made.drop(CHANGE)


def groups(rows: Sequence[tuple[object, ...]] | State) -> Groups:
    return {(row[1], row[2]) for row in rows}  # type: ignore[misc]


@dataclass
class History:
    """A table with all it has been."""

    spark: SparkSession
    store: TableStore
    name: TableName
    versions: list[int]
    states: list[State]

    def take(self, step: Step) -> None:
        if step.kind == "restore":
            self.store.restore(self.name, self.versions[step.to])
        else:
            batch = rows_batch(frame(self.spark, step), self.name, MODES[step.kind])
            batch = replace(batch, compared=("at", "id", "day", "label"))
            self.store.publish(batch, commit(len(self.versions) + 1))
        version = self.store.version(self.name)
        assert version is not None
        self.versions.append(version)
        self.states.append(Counter(map(tuple, self.store.read(self.name).select("id", *GROUP, "at").collect())))

    def told(self) -> dict[tuple[int, int], Groups]:
        """Return the groups that each of all possible readers is told, by the places of its versions."""
        pairs = list(combinations(range(len(self.versions)), 2))
        frames = []
        for pair in pairs:
            touched = self.store.touched(self.name, GROUP, *(self.versions[place] for place in pair))
            assert touched.columns == list(GROUP)
            frames.append(touched.withColumns({"since": F.lit(pair[0]), "until": F.lit(pair[1])}))
        found: dict[tuple[int, int], Groups] = {pair: set() for pair in pairs}
        for row in reduce(DataFrame.unionByName, frames).distinct().collect():
            found[row.since, row.until].add((row.day, row.label))
        return found

    def differing(self, since: int, until: int) -> Groups:
        """Return the groups that a reader has to make anew."""
        old, new = self.states[since], self.states[until]
        return groups((old - new) + (new - old))

    def hold(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.take(step)
        for (since, until), told in self.told().items():
            span = steps[since + 1 : until + 1]
            assert told >= self.differing(since, until)
            way = set().union(*(self.differing(place, place + 1) for place in range(since, until)))
            is_exact = not any(step.kind in ("window", "replace") for step in steps[1 : until + 1])
            if is_exact:  # rows that a batch puts in place of equal ones count as changed
                assert told <= way, span
        for since in range(len(steps) - 1):  # what only went is no news, and yet a change
            pending = self.store.pending(self.name, self.versions[since])
            assert pending.rows != 0 or pending.is_reduced or not self.differing(since, len(steps) - 1)


@pytest.fixture
def new_history(store: TableStore, spark: SparkSession, new_table: NewTable) -> Callable[[], History]:
    return lambda: History(spark, store, new_table(), [], [])


def test_every_group_that_differs_is_told(new_history: Callable[[], History]) -> None:
    new_history().hold(HAZARDS)


@pytest.mark.parametrize("kind", ["delta", "iceberg"], indirect=True)
@settings(max_examples=2, suppress_health_check=list(HealthCheck), deadline=None)
@given(steps=st.lists(STEPS, min_size=2, max_size=3))
def test_any_history_tells_every_group_that_differs(new_history: Callable[[], History], steps: list[Step]) -> None:
    new_history().hold([FIRST, replace(FIRST, kind="upsert", rows=FIRST.rows[:1]), *steps])
