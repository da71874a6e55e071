"""Which snapshots of an Iceberg table go, against a plain model, and what the table still knows once they have gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tables.batches import commit
from tests.tables.iceberg_metadata import metadata_of

from tidegate.errors import TableError
from tidegate.model.commits import Commit, Token
from tidegate.tables.iceberg_log import IcebergLog
from tidegate.tables.iceberg_remembered import PROPERTY
from tidegate.tables.iceberg_snapshots import facts
from tidegate.tables.upkeep.iceberg_expiry import Expiry, plan_expiry
from tidegate.tables.versions import erasure_facts

if TYPE_CHECKING:
    from pyiceberg.table.metadata import TableMetadata

LIVE = commit(1).token.application


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, tz=timezone.utc)


def by(number: int, scope: str = "live") -> Commit:
    made = commit(number, files=(f"{scope}-{number}",))
    return Commit(Token(made.token.job, number, scope), made.run_id, made.watermarks, files=made.files)


class Table:
    """The metadata of a table whose snapshot `n` was made at second `n`, changed as Iceberg changes it."""

    def __init__(self) -> None:
        self.snapshots: dict[int, dict[str, object]] = {}
        self.told: list[tuple[int, int]] = []
        self.refs: dict[str, int] = {}
        self.properties: dict[str, str] = {}
        self.clock = 0

    def staged(self, made: Commit | str | None, operation: str = "append", parent: int | None = None) -> int:
        self.clock += 1
        number = self.clock
        head = self.told[-1][0] if self.told else None
        summary = {"operation": operation, "added-records": "1", "added-data-files": "1", "total-records": "9"}
        if made:
            summary["wap.id"] = made if isinstance(made, str) else facts(made, (self.log.version or 0) + 1)
        self.snapshots[number] = {
            "snapshot-id": number,
            "sequence-number": number,
            "timestamp-ms": number * 1_000,
            "manifest-list": f"/t/{number}.avro",
            "summary": summary,
            "schema-id": 0,
            **({"parent-snapshot-id": parent or head} if parent or head else {}),
        }
        return number

    def moved(self, number: int) -> None:
        self.told.append((number, max(self.clock, number) * 1_000))
        self.refs["main"] = number

    def published(self, made: Commit | str | None, operation: str = "append") -> None:
        self.moved(self.staged(made, operation))

    def restored(self, number: int) -> None:
        self.clock += 1
        self.moved(number)

    def expire(self, before: int) -> Expiry:
        """Do what the plan says, as Iceberg does it: the history before a gap is forgotten."""
        plan = plan_expiry(self.metadata, self.log, at(before))
        if plan.remembered:
            self.properties[PROPERTY] = plan.remembered.to_json()
        for branch in plan.branches:
            del self.refs[branch]
        assert not set(self.refs.values()) & set(plan.snapshots), "Iceberg refuses to let go what a name points to"
        for number in plan.snapshots:
            del self.snapshots[number]
        gaps = [place for place, (number, _) in enumerate(self.told) if number not in self.snapshots]
        self.told = self.told[gaps[-1] + 1 :] if gaps else self.told
        return plan

    @property
    def metadata(self) -> TableMetadata:
        more = {
            "last-sequence-number": self.clock,
            "last-updated-ms": self.clock * 1_000,
            "refs": {name: {"snapshot-id": number, "type": "branch"} for name, number in self.refs.items()},
            "properties": self.properties,
        }
        return metadata_of(self.snapshots.values(), self.told, **more)

    @property
    def log(self) -> IcebergLog:
        return IcebergLog(self.metadata, "/t")


def ten() -> Table:
    """Return a table of ten versions: a backfill, eight live batches, and a compaction at the end."""
    table = Table()
    table.published(by(1, "backfill-1"))
    for number in range(1, 9):
        table.published(by(number))
    table.published(None, "replace")
    return table


def test_what_was_the_table_at_the_moment_or_later_stays() -> None:
    assert ten().expire(before=7).snapshots == (1, 2, 3, 4, 5)


def test_a_table_at_rest_keeps_its_newest_version_however_old() -> None:
    table = ten()
    assert table.expire(before=1_000).snapshots == tuple(range(1, 10))
    assert table.log.version == 10


def test_nothing_that_tidegate_needs_is_forgotten() -> None:
    table = ten()
    table.expire(before=1_000)
    assert table.log.last_commit(LIVE) == replace(by(8), files=every(8))
    last = table.log.last_commit(by(1, "backfill-1").token.application)
    assert last is not None
    assert last.token == by(1, "backfill-1").token
    assert table.log.last_commit("tidegate/another/live") is None
    assert table.log.files_read(Token.family(by(1).token.job)) == {*every(8), "backfill-1-1"}


def every(count: int) -> tuple[str, ...]:
    return tuple(f"live-{number}" for number in range(count, 0, -1))


def test_the_next_batches_go_on_counting() -> None:
    table = ten()
    table.expire(before=1_000)
    table.published(by(9))
    table.published(None, "replace")
    assert table.log.version == 12
    assert table.log.pending(10).rows == 1
    table.expire(before=1_000)
    assert table.log.version == 12
    assert len(table.log.files_read(LIVE)) == 9


def test_a_reader_that_stopped_where_the_history_now_begins_goes_on() -> None:
    table = ten()
    table.expire(before=7)
    assert table.log.pending(6).rows == 3
    with pytest.raises(TableError, match="have expired"):
        table.log.pending(5)


def test_a_young_snapshot_that_waits_stays_and_an_old_one_goes() -> None:
    table = ten()
    old = table.staged(by(9))
    table.published(by(9))
    young = table.staged(by(10))
    assert old in table.expire(before=young).snapshots
    assert young in table.snapshots


def test_what_a_branch_or_a_tag_points_to_stays_and_branches_of_dead_publishes_go() -> None:
    table = ten()
    table.refs |= {"audit": 3, "tidegate": 4, "tidegate_dead": 5}
    plan = table.expire(before=1_000)
    assert plan.branches == ("tidegate_dead",)
    assert set(table.snapshots) == {3, 4, 10}


def test_a_restore_is_seen_by_those_who_passed_its_target_even_where_the_history_begins_later() -> None:
    table = ten()
    table.restored(4)
    table.expire(before=11)
    assert [(entry.version, entry.snapshot_id) for entry in table.log.entries] == [(10, 10), (11, 4)]
    assert read(table.log, 10) == [None]
    assert read(table.log, 11) == []


def test_what_was_withdrawn_by_a_restore_is_not_remembered() -> None:
    table = ten()
    table.restored(4)
    table.published(by(4))
    table.expire(before=1_000)
    assert table.log.version == 12
    assert table.log.files_read(LIVE) == {"live-1", "live-2", "live-3", "live-4"}


def test_a_head_that_does_not_descend_from_what_is_remembered_says_so() -> None:
    table = ten()
    table.refs["audit"] = 2
    table.expire(before=1_000)
    table.restored(2)
    with pytest.raises(TableError, match="do not tell"):
        table.log.last_commit("tidegate/another/live")


@given(
    steps=st.lists(st.sampled_from(["live", "backfill-1", "compact", "stage", "restore"]), min_size=1, max_size=14),
    cuts=st.lists(st.integers(0, 30), max_size=3),
)
def test_expiry_forgets_nothing_and_moves_no_number(steps: list[str], cuts: list[int]) -> None:
    """However a table came about, and however often snapshots expire, what it says of commits and versions stays."""
    table, made = Table(), {"live": 0, "backfill-1": 0}
    for step in steps:
        if step in made:
            made[step] += 1
            table.published(by(made[step], step))
        elif step == "compact":
            table.published(None, "replace")
        elif step == "stage":
            table.staged(by(99))
        elif table.told:
            table.restored(table.told[len(table.told) // 2][0])
    for cut in sorted(cuts):
        before = table.log
        applications = [by(1, scope).token for scope in made]
        told = [(token, before.last_commit(token.application)) for token in applications]
        files, version, head = before.files_read(Token.family(by(1).token.job)), before.version, before.head
        kept = [entry for entry, until in zip(before.entries, ends(table), strict=True) if until >= cut]
        table.expire(cut)
        assert (table.log.version, table.log.head) == (version, head)
        assert table.log.files_read(Token.family(by(1).token.job)) == files
        assert {entry.version for entry in kept} <= {entry.version for entry in table.log.entries}
        for token, last in told:
            found = table.log.last_commit(token.application)
            assert (found and found.token) == (last and last.token)


@given(
    steps=st.lists(st.sampled_from(["batch", "erase", "compact", "restore"]), min_size=1, max_size=12),
    cuts=st.lists(st.integers(0, 30), min_size=1, max_size=3),
)
def test_a_reader_that_has_missed_nothing_goes_on_however_much_expires(steps: list[str], cuts: list[int]) -> None:
    """After expiry a reader reads what it would have read before, or is refused: not without a batch or a restore.

    Of a restore only those know who have not passed it, so what they read may be more; it is never nothing.
    """
    table = Table()
    for number, step in enumerate(steps):
        if step == "restore" and table.told:
            table.restored(table.told[len(table.told) // 2][0])
        elif step == "erase":
            table.published(erasure_facts("person"), "overwrite")
        else:
            table.published(*((None, "replace") if step == "compact" else (by(number), "append")))
    newest = table.log.version or 0
    restored = max((entry.version for entry in table.log.entries if entry.restored is not None), default=0)
    whole = {since: read(table.log, since) for since in range(newest + 1)}
    for cut in sorted(cuts):
        table.expire(cut)
        log = table.log
        for since in range(1, newest + 1):
            try:
                found = read(log, since)
            except TableError:
                assert whole[since] != [] or since < restored, "it was refused, and had missed nothing"
            else:
                assert found == whole[since] or (found and since < restored)


def read(log: IcebergLog, since: int) -> list[int | None]:
    """Return the snapshots that a reader at a version would read, and None per version that was restored."""
    found: list[int | None] = []
    for first, last in log.changed(since, log.version or 0):
        for version in range(first, last + 1):
            found += [None] if log.entry(version).restored is not None else []
            found += [one.snapshot_id for one in log.made_by(version)]
    return found


def ends(table: Table) -> list[float]:
    """Return, per version, the second at which it ceased to be the table."""
    return [moment / 1_000 for _, moment in (*table.told, (0, float("inf")))][1:]
