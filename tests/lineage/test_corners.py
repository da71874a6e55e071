"""What is missing, slow or broken changes what lineage says of itself, and never the run."""

from __future__ import annotations

import importlib
import logging
import sys
import threading
from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING

import pytest
from tests.lineage.schemas import check_event
from tests.lineage.test_history import report

from tidegate.errors import ConfigError, MissingFileError
from tidegate.job.derivation import KnownLineage, PendingLineage, unknown
from tidegate.lineage import observer
from tidegate.lineage.columns.spark_plan import spark_column_lineage
from tidegate.lineage.compaction import compact_events
from tidegate.lineage.documents import text
from tidegate.lineage.receiver import HttpReceiver
from tidegate.lineage.recorder import Recorder
from tidegate.lineage.settings import LineageSettings, ParentRun, TransportSettings

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.lineage.message import Message

pytest.importorskip("openlineage.client")


class Broken:
    """A destination that takes nothing."""

    def post(self, message: Message) -> None:
        raise OSError("full")

    def flush(self) -> int:
        return 1


def test_a_destination_that_fails_is_told_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    writer = Recorder(LineageSettings("/lake"), [Broken()])
    writer.put(report(1, "job", "a", "b"))
    with caplog.at_level(logging.WARNING):
        writer.close(20)
    assert [record.getMessage() for record in caplog.records] == [
        "lineage failed (OSError); the run goes on without it",
        "OpenLineage events of 1 runs could not be written",
        "2 lineage steps failed; the first is logged above",
    ]


class Slow(Broken):
    """A destination that hangs until it is let go."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def post(self, message: Message) -> None:
        self.go_on.wait(20)


def test_a_run_does_not_wait_for_a_store_that_hangs(caplog: pytest.LogCaptureFixture) -> None:
    slow = Slow()
    writer = Recorder(LineageSettings("/lake"), [slow])
    writer.put(report(1, "job", "a", "b"))
    with caplog.at_level(logging.WARNING):
        writer.close(0.05)
    assert "were not ready within 0.1 s and may be missing" in caplog.text
    slow.go_on.set()
    writer.close(20)


def test_a_run_without_spark_names_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pyspark", raising=False)
    events = importlib.import_module("tidegate.lineage.events")
    start, _ = events.EventBuilder(LineageSettings("/lake")).messages(report(1, "job", "a", "b"))
    assert "processing_engine" not in start.text


def test_a_client_that_cannot_be_loaded_loses_events_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "tidegate.lineage.events", None)
    with caplog.at_level(logging.WARNING):
        writer = Recorder(LineageSettings("/lake"), [])
        writer.put(report(1, "job", "a", "b"))
        writer.close(20)
    assert "lineage failed (ModuleNotFoundError)" in caplog.text


def test_a_client_whose_namespace_is_not_there_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("importlib.util.find_spec", missing)
    assert observer.is_client_installed() is False


def test_sources_that_are_not_installed_have_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    facets = importlib.import_module("tidegate.lineage.facets")

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(facets, "version", missing)
    assert facets._own_version() == "0"


def test_a_receiver_that_was_never_used_has_nothing_to_close() -> None:
    HttpReceiver(TransportSettings(kind="http", url="http://127.0.0.1:1")).close()


def test_a_file_that_goes_while_it_is_compacted_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = tmp_path / "_tidegate" / "events" / "date=2026-11-01"
    day.mkdir(parents=True)
    (day / "gone.jsonl").write_text("{}\n")

    def missing(uri: str) -> bytes:
        raise MissingFileError("gone", where=uri)

    monkeypatch.setattr("tidegate.lineage.compaction.read_bytes", missing)
    assert compact_events(str(tmp_path), before="2026-11-02").files == 0


def test_a_plan_that_cannot_be_read_is_said_to_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = PendingLineage(lambda: "[]").lineage()
    assert broken.rows.unknown == ("the plan could not be read (ValueError)",)
    monkeypatch.setattr("tidegate.job.derivation.MOST_SECONDS", 0.01)
    hangs = threading.Event()
    slow = PendingLineage(lambda: str(hangs.wait(20)))
    assert slow.lineage().rows.unknown == ("the plan was not read in time",)
    hangs.set()
    assert KnownLineage(unknown("no plan")).lineage().rows.unknown == ("no plan",)


@pytest.mark.parametrize("plan", ["", "3", "[]", "[3]", '[{"class": "Project", "num-children": 1}]'])
def test_what_is_no_plan_is_refused(plan: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        spark_column_lineage(plan)


def test_a_scheduler_names_the_runs_above_this_one() -> None:
    run, root = "0199c000-0000-7000-8000-00000000000a", "0199c000-0000-7000-8000-00000000000b"
    settings = LineageSettings(
        "/lake",
        parent=ParentRun.parse(f"airflow/shop.load/day/{run}"),
        root_parent=ParentRun.parse(f"airflow/shop/{root}"),
    )
    assert settings.parent == ParentRun("airflow", "shop.load/day", run)
    events = importlib.import_module("tidegate.lineage.events")
    (start, _) = events.EventBuilder(settings).messages(report(1, "job", "a", "b"))
    facets = ("run", "facets", "parent")
    event = check_event(start.text)
    assert text(event, *facets, "run", "runId") == run
    assert text(event, *facets, "root", "run", "runId") == root
    for wrong in ("airflow", f"airflow/{run}", f"/job/{run}", "airflow/job/17"):
        with pytest.raises(ConfigError, match="cannot be told from its id"):
            ParentRun.parse(wrong)
