"""What an Iceberg table's metadata tells without Spark: versions, commits that count, and what each of them changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from tests.tables.batches import commit
from tests.tables.iceberg_metadata import metadata_of

from tidegate.errors import TableError
from tidegate.tables.iceberg_log import IcebergLog
from tidegate.tables.iceberg_snapshots import facts
from tidegate.tables.versions import erasure_facts

if TYPE_CHECKING:
    from tidegate.model.commits import Commit

APPLICATION = commit(1).token.application


@dataclass(frozen=True)
class Past:
    """The metadata of a table, built up as Iceberg builds it."""

    snapshots: tuple[dict[str, object], ...] = ()
    told: tuple[int, ...] = ()
    parents: dict[int, int | None] = field(default_factory=dict)

    def staged(self, number: int, made: Commit | str | None, *, rows: int = 1, operation: str = "overwrite") -> Past:
        """Return the table with a snapshot that waits on top of its head."""
        summary = {"operation": operation, "added-records": str(rows), "added-data-files": "1", "total-records": "9"}
        if made:
            summary["wap.id"] = made if isinstance(made, str) else facts(made, len(self.told) + 1)
        parent = self.told[-1] if self.told else None
        snapshot = {
            "snapshot-id": number,
            "sequence-number": len(self.snapshots) + 1,
            "timestamp-ms": 1_700_000_000_000 + len(self.snapshots),
            "manifest-list": f"/t/{number}.avro",
            "summary": summary,
            "schema-id": 0,
            **({"parent-snapshot-id": parent} if parent else {}),
        }
        return replace(self, snapshots=(*self.snapshots, snapshot))

    def moved(self, number: int) -> Past:
        """Return the table with a snapshot as its head."""
        return replace(self, told=(*self.told, number))

    def published(self, number: int, made: Commit | str | None, *, rows: int = 1, operation: str = "overwrite") -> Past:
        """Return the table with a new snapshot as its head."""
        return self.staged(number, made, rows=rows, operation=operation).moved(number)

    def expired(self, *numbers: int) -> Past:
        """Return the table without some snapshots; its history begins after the last of them, as Iceberg has it."""
        kept = tuple(snapshot for snapshot in self.snapshots if snapshot["snapshot-id"] not in numbers)
        last = max(place for place, number in enumerate(self.told) if number in numbers)
        return replace(self, snapshots=kept, told=self.told[last + 1 :])

    @property
    def log(self) -> IcebergLog:
        entries = [(number, 1_700_000_000_000 + at) for at, number in enumerate(self.told)]
        more = {"last-sequence-number": len(self.snapshots), "last-updated-ms": 1_700_000_000_000}
        return IcebergLog(metadata_of(self.snapshots, entries, **more), "/t")


def four() -> Past:
    """Return a table of three batches and, between them, a compaction by somebody else."""
    return (
        Past()
        .published(11, commit(1, files=("a",)), rows=5)
        .published(12, commit(2, files=("b",)), rows=3)
        .published(13, None, rows=8, operation="replace")
        .published(14, commit(3), rows=2)
    )


def test_a_table_without_a_published_snapshot_has_no_version() -> None:
    log = Past().staged(11, commit(1)).log
    assert (log.version, log.head, log.is_empty) == (None, None, True)
    assert log.last_commit(APPLICATION) is None
    with pytest.raises(TableError, match="has no version"):
        log.entry(None)


def test_versions_count_what_has_been_the_table_whoever_made_it() -> None:
    log = four().log
    assert [(entry.version, entry.snapshot_id) for entry in log.entries] == [(1, 11), (2, 12), (3, 13), (4, 14)]
    assert log.last_commit(APPLICATION) == commit(3)
    assert log.files_read(APPLICATION) == {"a", "b"}


def test_a_snapshot_that_waits_does_not_count() -> None:
    log = four().staged(99, commit(4, files=("c",))).log
    assert log.version == 4
    assert log.last_commit(APPLICATION) == commit(3)
    assert log.version_of(99) is None
    assert log.staged(facts(commit(4, files=("c",)), 5)) is log.snapshot(99)


def test_of_two_snapshots_with_the_same_facts_the_later_one_is_meant() -> None:
    log = four().staged(99, commit(4)).staged(98, commit(4)).log
    assert log.staged(facts(commit(4), 5)) is log.snapshot(98)


def test_compaction_changes_nothing_and_is_a_version() -> None:
    log = four().log
    assert [snapshot.snapshot_id for snapshot in log.made_by(3)] == []
    pending = log.pending(1)
    assert (pending.rows, pending.files, pending.until) == (5, 2, 4)
    assert log.pending(4).is_empty


def test_an_erasure_is_a_version_that_is_nothing_to_readers() -> None:
    log = four().published(15, erasure_facts("person"), rows=9).published(16, commit(4), rows=1).log
    assert [version.commit is None for version in log.history()] == [False, False, True, False, True, False]
    assert log.made_by(5) == ()
    assert [one.snapshot_id for one in log.made_by(6)] == [16]
    assert (log.pending(4, 5).rows, log.pending(4, 5).is_reduced, log.pending(4).rows) == (0, False, 1)
    assert log.quiet_since(5) == 4


def test_a_restore_is_a_version_and_withdraws_the_commits_after_the_one_it_brings_back() -> None:
    log = four().moved(12).published(15, commit(3), rows=7).log
    assert [entry.restored for entry in log.entries] == [None, None, None, None, 2, None]
    assert log.version == 6
    assert log.last_commit(APPLICATION) == commit(3)
    assert [snapshot.snapshot_id for first, last in log.changed(1, 6) for snapshot in log.made_by(last)] == [12, 15]
    assert log.pending(1).rows == 3 + 7
    assert log.pending(3).rows is None, "rows came back, and the summaries do not tell how many"
    assert four().moved(12).log.last_commit(APPLICATION) == commit(2, files=("b",))


def test_versions_keep_their_numbers_when_older_snapshots_expire() -> None:
    log = four().published(15, commit(4)).expired(11, 12).log
    assert [(entry.version, entry.snapshot_id) for entry in log.entries] == [(3, 13), (4, 14), (5, 15)]
    assert log.pending(4).rows == 1
    with pytest.raises(TableError, match="before version 3 have expired"):
        log.changed(2, 5)


def test_an_expired_history_does_not_say_that_a_job_never_wrote() -> None:
    log = four().expired(11, 12).log
    assert log.last_commit(APPLICATION) == commit(3)
    with pytest.raises(TableError, match="do not tell what tidegate/other/live has published"):
        log.last_commit("tidegate/other/live")


def test_the_summaries_of_another_tool_are_no_commit() -> None:
    odd = Past().published(11, None)
    assert odd.log.last_commit(APPLICATION) is None
    assert odd.log.version == 1
