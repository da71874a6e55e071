"""Compaction changes how many files there are, and never which events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.lineage.test_history import emit, report

from tidegate.errors import StorageError
from tidegate.lineage import compaction, history
from tidegate.lineage.compaction import Compacted, compact_events
from tidegate.lineage.history import read_events
from tidegate.storage import list_files

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.lineage.history import LineageEvent
    from tidegate.storage import FileInfo


def events(root: Path) -> set[tuple[str, str, str]]:
    found = [event.identity for event in read_events(str(root))]
    assert len(found) == len(set(found))
    return set(found)


def files(root: Path, day: str) -> list[str]:
    return sorted(file.name for file in (root / "_tidegate" / "events" / f"date={day}").iterdir())


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Three runs on one day, one on the next."""
    for number in range(3):
        emit(tmp_path, report(1, f"job{number}", "a", "b"))
        day = tmp_path / "_tidegate" / "events" / "date=2026-11-01"
        (written,) = [file for file in day.iterdir() if not file.name.startswith("run")]
        text = written.read_text().replace("-8000-000000000001", f"-8000-00000000010{number}")
        (day / f"run{number}.jsonl").write_text(text)
        written.unlink()
    emit(tmp_path, report(2, "job", "a", "b"))
    return tmp_path


def test_the_runs_of_a_past_day_become_one_file_with_the_same_events(lake: Path) -> None:
    before = events(lake)
    assert compact_events(str(lake), before="2026-11-02") == Compacted(days=1, files=3)
    assert len(files(lake, "2026-11-01")) == 1
    assert len(files(lake, "2026-11-02")) == 1
    assert events(lake) == before
    assert compact_events(str(lake), before="2026-11-02") == Compacted(days=0, files=0)


def test_a_run_that_has_not_ended_keeps_its_file(lake: Path) -> None:
    day = lake / "_tidegate" / "events" / "date=2026-11-01"
    whole = (day / "run0.jsonl").read_text()
    (day / "run0.jsonl").write_text(whole.splitlines(keepends=True)[0])
    (day / "cut.jsonl").write_text("{")
    (day / "odd.jsonl").write_text("no event\n")
    assert compact_events(str(lake), before="2026-11-02").files == 2
    assert {"run0.jsonl", "cut.jsonl", "odd.jsonl"} < set(files(lake, "2026-11-01"))
    (day / "run0.jsonl").write_text(whole)
    assert len(events(lake)) == 8


def test_a_compaction_that_is_killed_loses_nothing(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = events(lake)

    def refuse(uri: str) -> None:
        raise StorageError("killed", where=uri)

    monkeypatch.setattr(compaction, "delete", refuse)
    with pytest.raises(StorageError):
        compact_events(str(lake), before="2026-11-02")
    assert events(lake) == before
    monkeypatch.undo()
    compact_events(str(lake), before="2026-11-02")
    assert events(lake) == before


def test_who_reads_or_compacts_meanwhile_misses_nothing(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = events(lake)
    meanwhile = iter([True])

    def list_and_lose(uri: str, *, suffix: str = "") -> tuple[FileInfo, ...]:
        found = list_files(uri, suffix=suffix)
        if next(meanwhile, False):
            compact_events(str(lake), before="2026-11-02")
        return found

    monkeypatch.setattr(history, "list_files", list_and_lose)
    assert events(lake) == before
    meanwhile = iter([True])
    emit(lake, report(1, "late", "a", "b"))
    emit(lake, report(1, "later", "a", "b"))
    monkeypatch.setattr(compaction, "list_files", list_and_lose)
    compact_events(str(lake), before="2026-11-02")
    assert {event.job for event in _of(lake)} == {"job", "job0", "job1", "job2", "later"}


def _of(root: Path) -> list[LineageEvent]:
    return list(read_events(str(root)))
