"""The log of a Delta table, read without Spark, whoever wrote its commits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.tables.batches import commit

from tidegate.errors import TableError
from tidegate.tables.delta_log import DeltaLog
from tidegate.tables.versions import erasure_facts, is_erasure

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.model.commits import Commit

APPLICATION = commit(1).token.application


class Log:
    """A log that is written by hand, as the Delta protocol describes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "_delta_log"
        self.folder.mkdir(parents=True)
        self.size = 0

    def write(self, operation: str, *actions: dict[str, object], facts: Commit | None = None, **info: object) -> int:
        known: dict[str, object] = {"operation": operation, "timestamp": self.size * 1_000, **info}
        if facts:
            known["userMetadata"] = facts.to_json()
        lines = [json.dumps(action) for action in ({"commitInfo": known}, *actions)]
        (self.folder / f"{self.size:020d}.json").write_text("\n".join(lines))
        self.size += 1
        return self.size - 1

    def publish(self, number: int, *actions: dict[str, object]) -> int:
        facts = commit(number, files=(f"in/{number}.csv",))
        token: dict[str, object] = {"txn": {"appId": APPLICATION, "version": number}}
        return self.write("WRITE", token, *actions, facts=facts, operationMetrics={"numOutputRows": "5"})

    def optimize(self) -> int:
        return self.write("OPTIMIZE", remove("a", change=False), add("b", rows=5, change=False))


def add(path: str, rows: int | None = 5, struck: int = 0, *, change: bool = True) -> dict[str, object]:
    """Return the action that adds a file."""
    action: dict[str, object] = {"path": path, "size": 100, "dataChange": change}
    if rows is not None:
        action["stats"] = json.dumps({"numRecords": rows})
    if struck:
        action["deletionVector"] = {"cardinality": struck}
    return {"add": action}


def remove(path: str, struck: int = 0, *, change: bool = True) -> dict[str, object]:
    """Return the action that removes a file."""
    action: dict[str, object] = {"path": path, "dataChange": change}
    if struck:
        action["deletionVector"] = {"cardinality": struck}
    return {"remove": action}


@pytest.fixture
def written(tmp_path: Path) -> Log:
    return Log(tmp_path / "table")


@pytest.fixture
def log(tmp_path: Path, written: Log) -> DeltaLog:
    return DeltaLog(str(tmp_path / "table"))


def test_versions_are_told_by_names_alone(log: DeltaLog, written: Log) -> None:
    assert log.version() is None
    for name in (f"{3:020d}.json", f"{3:020d}.crc", f"{20:020d}.checkpoint.parquet", "_last_checkpoint"):
        (written.folder / name).write_text("not opened")
    assert log.version() == 3


def test_the_last_commit_is_found_behind_those_of_other_writers(log: DeltaLog, written: Log) -> None:
    for number in range(1, 31):
        written.publish(number)
    for _ in range(30):
        written.optimize()
    position = log.position(APPLICATION)
    assert position is not None
    assert (position.version, position.transaction) == (59, APPLICATION)
    assert position.commit == commit(30, files=("in/30.csv",))
    assert log.files_read(APPLICATION) == {f"in/{number}.csv" for number in range(1, 31)}


def test_a_restore_withdraws_commits_and_renames_the_transaction(log: DeltaLog, written: Log) -> None:
    for number in range(1, 5):
        written.publish(number)
    restore = written.write("RESTORE", operationParameters={"version": 1, "timestamp": None}, userMetadata="left over")
    written.optimize()
    position = log.position(APPLICATION)
    assert position is not None
    assert position.commit == commit(2, files=("in/2.csv",))
    assert position.transaction == f"{APPLICATION}@{restore}"
    assert log.files_read(APPLICATION) == {"in/1.csv", "in/2.csv"}


def test_the_renamed_transaction_stays(log: DeltaLog, written: Log) -> None:
    written.publish(1)
    token: dict[str, object] = {"txn": {"appId": f"{APPLICATION}@7", "version": 2}}
    written.write("MERGE", token, facts=commit(2))
    position = log.position(APPLICATION)
    assert position is not None
    assert position.transaction == f"{APPLICATION}@7"


def test_a_restore_by_time_is_understood(log: DeltaLog, written: Log) -> None:
    for number in range(1, 5):
        written.publish(number)
    written.write("RESTORE", operationParameters={"version": None, "timestamp": "1970-01-01 00:00:02.0"})
    position = log.position(APPLICATION)
    assert position is not None
    assert position.commit == commit(3, files=("in/3.csv",))


@pytest.mark.parametrize(
    ("operation", "metrics", "actions", "rows"),
    [
        ("WRITE", {}, [add("n", 7)], 7),
        ("WRITE", {}, [add("n", None)], None),
        ("WRITE", {"numOutputRows": "4"}, [add("n", 4), {"cdc": {}}], 4),
        ("WRITE", {"numOutputRows": "4", "numCopiedRows": "1"}, [add("n", 4), {"cdc": {}}], 3),
        ("MERGE", {"numTargetRowsInserted": "2", "numTargetRowsUpdated": "3"}, [add("n", 5), {"cdc": {}}], 5),
        ("MERGE", {}, [add("n", 5), {"cdc": {}}], None),
        ("OPTIMIZE", {}, [remove("a", change=False), add("b", 5, change=False)], 0),
        ("DELETE", {}, [remove("a"), add("a", 5, struck=2)], 0),
        ("DELETE", {}, [remove("a")], 0),
        ("RESTORE", {}, [remove("a", struck=2), add("a", 5)], 2),
        ("RESTORE", {}, [remove("a", struck=2), add("a", 5, struck=1)], None),
        ("SET TBLPROPERTIES", {}, [{"metaData": {}}], 0),
    ],
)
def test_rows_changed_are_those_of_the_change_feed(
    log: DeltaLog,
    written: Log,
    operation: str,
    metrics: dict[str, str],
    actions: list[dict[str, object]],
    rows: int | None,
) -> None:
    version = written.write(operation, *actions, operationMetrics=metrics)
    assert log.entry(version).rows_changed == rows


def test_an_erasure_is_nothing_on_a_readers_way_unless_it_is_restored(log: DeltaLog, written: Log) -> None:
    for number in (1, 2):
        written.publish(number, add(str(number)))
    erased = erasure_facts("person")
    erasing = written.write("MERGE", remove("1"), add("3", rows=4), {"cdc": {"path": "c"}}, userMetadata=erased)
    last = written.publish(3, add("4"))
    assert log.changed(1, last).ranges == ((last, last),)
    assert log.changed(0, last).ranges == ((1, 1), (last, last))
    assert log.changed(1, erasing).ranges == ()
    assert not log.entry(written.write("RESTORE", userMetadata=erased)).is_erasing


@pytest.mark.parametrize("told", [None, 7, "", "no json", "[1]", '"tidegate_erasure"', "{}"])
def test_what_other_writers_say_is_no_erasure(told: object) -> None:
    assert is_erasure(erasure_facts("person"))
    assert not is_erasure(told)


def test_live_files_follow_deletion_vectors_and_restores(log: DeltaLog, written: Log) -> None:
    written.publish(1, add("a", 5), add("b", 5))
    written.publish(2, remove("a"), add("a", 5, struck=2), add("c", 1))
    written.write("RESTORE", remove("a", struck=2), remove("c"), add("a", 5))
    assert [(file.path, file.rows) for file in (log.live_files(1) or {}).values()] == [("b", 5), ("a", 3), ("c", 1)]
    assert sum(file.rows or 0 for file in (log.live_files(2) or {}).values()) == 10


def test_a_log_that_is_cut_off_says_what_it_does_not_know(log: DeltaLog, written: Log) -> None:
    for number in range(1, 4):
        written.publish(number, add(f"f{number}"))
    (written.folder / f"{0:020d}.json").unlink()
    assert log.live_files(2) is None
    assert log.changed(0, 2).ranges == ((1, 2),)
    with pytest.raises(TableError, match="no version 0 any more"):
        log.changed(-1, 2)
