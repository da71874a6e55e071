"""The manifests of a Parquet table, without Spark and without data files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tables.batches import commit

from tidegate import storage
from tidegate.errors import ConcurrentWriteError, StorageError, TableError
from tidegate.tables import manifests
from tidegate.tables.manifests import CHECKPOINT_EVERY, DataFile, Manifest, ManifestLog, State

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION = commit(1).token.application


def manifest(number: int, **facts: object) -> Manifest:
    """Return an ordinary version: one new file with ten rows."""
    made = Manifest(
        sequence=number,
        schema="{}",
        files=(DataFile(f"data/{number}.parquet", number),),
        rows=10,
        changed_rows=10,
        facts=commit(number, files=(f"in/{number}.csv",)).to_json(),
    )
    return Manifest(**{**vars(made), **facts})


@pytest.fixture
def log(tmp_path: Path) -> ManifestLog:
    return ManifestLog(str(tmp_path / "table"))


def test_versions_are_told_by_names_alone(log: ManifestLog, tmp_path: Path) -> None:
    assert log.version() is None
    folder = tmp_path / "table" / "_manifests"
    folder.mkdir(parents=True)
    for name in (f"{1:020d}.json", f"{12:020d}.json", f"{50:020d}.checkpoint.json", "notes.txt", "7.json"):
        (folder / name).write_text("not opened")
    assert log.version() == 12


def test_of_two_writers_of_a_version_one_wins(log: ManifestLog) -> None:
    log.append(manifest(1))
    with pytest.raises(ConcurrentWriteError, match="version 1"):
        log.append(manifest(1, rows=11))
    assert log.manifest(1) == manifest(1)


def test_a_write_that_the_store_repeats_is_not_taken_for_another_writer(log: ManifestLog) -> None:
    log.append(manifest(1))
    log.append(manifest(1))
    assert log.version() == 1


def test_the_newest_commit_is_found_without_reading_the_old_ones(
    log: ManifestLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 10):
        log.append(manifest(number))
    opened: list[str] = []
    read = storage.read_bytes

    def counted(uri: str) -> bytes:
        opened.append(uri)
        return read(uri)

    monkeypatch.setattr(storage, "read_bytes", counted)
    assert log.last_commit(APPLICATION) == commit(9, files=("in/9.csv",))
    assert len(opened) == 1


@settings(max_examples=30)
@given(st.data())
def test_checkpoints_change_nothing_but_the_cost(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    log = ManifestLog(str(tmp_path_factory.mktemp("log")))
    states = [State()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifests, "CHECKPOINT_EVERY", data.draw(st.integers(2, 4)))
        for number in range(1, data.draw(st.integers(1, 12)) + 1):
            restored = data.draw(st.none() | st.integers(1, number - 1)) if number > 1 else None
            made = manifest(number, replaces=data.draw(st.booleans()))
            if restored is not None:
                target = states[restored]
                made = manifest(number, restores=restored, replaces=True, files=target.files, facts=None)
            log.append(made)
            states.append(expected_after(states, made))
    for number, expected in enumerate(states[1:], start=1):
        assert log.state(number) == expected
    newest = states[-1].facts.get(APPLICATION)
    found = log.last_commit(APPLICATION)
    assert (found.to_json() if found else None) == newest


def expected_after(states: list[State], made: Manifest) -> State:
    """Return the state that a version makes, by the plainest means."""
    base = states[made.restores] if made.restores is not None else states[-1]
    if made.restores is not None:
        return State(made.sequence, base.schema, base.files, base.rows, base.facts, base.files_read)
    return State(
        made.sequence,
        made.schema,
        made.files if made.replaces else base.files + made.files,
        made.rows if made.replaces else base.rows + made.rows,
        {APPLICATION: made.facts or ""},
        {APPLICATION: tuple(sorted({*base.files_read.get(APPLICATION, ()), f"in/{made.sequence}.csv"}))},
    )


def test_a_state_is_read_from_its_checkpoint(log: ManifestLog, tmp_path: Path) -> None:
    for number in range(1, CHECKPOINT_EVERY + 2):
        log.append(manifest(number))
    folder = tmp_path / "table" / "_manifests"
    for number in range(1, CHECKPOINT_EVERY + 1):
        (folder / f"{number:020d}.json").unlink()
    assert len(log.state(CHECKPOINT_EVERY + 1).files) == CHECKPOINT_EVERY + 1
    assert log.last_commit("tidegate/nobody/live") is None


def test_every_version_says_what_made_it_and_one_that_brought_another_back_adds_nothing(log: ManifestLog) -> None:
    for version in (
        manifest(1),
        manifest(2, replaces=True),
        manifest(3, files=(), rows=0, restores=1, facts=None),
        manifest(4),
    ):
        log.append(version)
    assert [(past.number, past.operation, past.is_restore) for past in log.history()] == [
        (1, "APPEND", False),
        (2, "REPLACE", False),
        (3, "RESTORE 1", True),
        (4, "APPEND", False),
    ]
    assert [file.path for file in log.state(4).files] == ["data/1.parquet", "data/4.parquet"]
    assert log.state(4).rows == 20


def test_a_checkpoint_that_cannot_be_written_does_not_fail_the_version(
    log: ManifestLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(uri: str, data: bytes) -> None:
        raise StorageError("full", where=f"{uri} {len(data)}")

    monkeypatch.setattr(manifests, "CHECKPOINT_EVERY", 1)
    monkeypatch.setattr(storage, "replace", refuse)
    log.append(manifest(1))
    assert log.version() == 1


def test_a_manifest_of_a_later_release_is_refused(log: ManifestLog, tmp_path: Path) -> None:
    log.append(manifest(1))
    path = tmp_path / "table" / "_manifests" / f"{1:020d}.json"
    path.write_text(path.read_text().replace('"format":1', '"format":2'))
    with pytest.raises(TableError, match="later release"):
        log.manifest(1)
