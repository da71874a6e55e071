"""A run never waits for its lineage and never sees it fail."""

from __future__ import annotations

import logging
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.lineage.schemas import check_event

from tidegate.errors import ConfigError, MissingExtraError
from tidegate.lineage import observer as observers
from tidegate.lineage.observer import OpenLineageObserver
from tidegate.lineage.settings import LineageSettings, TransportSettings
from tidegate.model.events import RunStarted, StepStarted
from tidegate.model.reports import PipelineReport, RunReport

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("openlineage.client")

PIPELINE = "0199c000-0000-7000-8000-000000000001"
RUN = "0199c000-0000-7000-8000-000000000002"
LATER = "0199c000-0000-7000-8000-000000000003"
DAY, START, END = "2026-11-21", "2026-11-21T23:59:59+00:00", "2026-11-22T00:00:01+00:00"
REPORT = RunReport(RUN, "orders", "succeeded", START, END, parent_run_id=PIPELINE, pipeline="retail")


def pass_by(observer: OpenLineageObserver) -> None:
    observer.started(RunStarted(PIPELINE, "retail", START, is_pipeline=True))
    observer.started(RunStarted(RUN, "orders", START, parent_run_id=PIPELINE, pipeline="retail"))
    observer.step(StepStarted(RUN, "orders", "plan"))
    observer.ended(REPORT)
    observer.pipeline_ended(PipelineReport(PIPELINE, "retail", "succeeded", START, END, (REPORT,)))
    observer.close()


def lines(root: Path, run_id: str) -> list[str]:
    return (root / "_tidegate" / "events" / f"date={DAY}" / f"{run_id}.jsonl").read_text().splitlines()


def test_each_run_has_a_file_of_its_events_under_the_day_it_started(tmp_path: Path) -> None:
    pass_by(OpenLineageObserver(LineageSettings(str(tmp_path))))
    for run_id in (PIPELINE, RUN):
        assert [check_event(line)["eventType"] for line in lines(tmp_path, run_id)] == ["START", "COMPLETE"]


def test_without_a_file_transport_nothing_is_written(tmp_path: Path) -> None:
    pass_by(OpenLineageObserver(LineageSettings(str(tmp_path), transports=())))
    assert list(tmp_path.iterdir()) == []


def test_an_observer_that_was_closed_can_be_used_again(tmp_path: Path) -> None:
    observer = OpenLineageObserver(LineageSettings(str(tmp_path)))
    observer.close()
    pass_by(observer)
    observer.ended(replace(REPORT, run_id=LATER))
    observer.close()
    assert len(lines(tmp_path, RUN)) == len(lines(tmp_path, LATER)) == 2


def test_a_lake_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "_tidegate").write_text("a file where a folder should be")
    with caplog.at_level(logging.WARNING, "tidegate.lineage"):
        pass_by(OpenLineageObserver(LineageSettings(str(tmp_path))))
    messages = [record.getMessage() for record in caplog.records]
    assert messages[0] == "lineage failed (StorageError); the run goes on without it"
    assert "OpenLineage events of 2 runs could not be written" in messages


def test_a_write_that_failed_is_made_up_for_when_the_next_event_comes(tmp_path: Path) -> None:
    blocker = tmp_path / "_tidegate"
    blocker.write_text("in the way")
    observer = OpenLineageObserver(LineageSettings(str(tmp_path)))
    observer.started(RunStarted(RUN, "orders", START))
    observer.ended(REPORT)
    blocker.unlink()
    observer.close()
    assert [check_event(line)["eventType"] for line in lines(tmp_path, RUN)] == ["START", "COMPLETE"]


def test_a_report_that_makes_no_event_is_a_warning_and_stops_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    observer = OpenLineageObserver(LineageSettings(str(tmp_path)))
    with caplog.at_level(logging.WARNING, "tidegate.lineage"):
        observer.started(RunStarted("no uuid", "S3CR3T", START))
        pass_by(observer)
    assert len(lines(tmp_path, RUN)) == 2
    assert "S3CR3T" not in caplog.text
    assert "lineage failed (ValueError)" in caplog.text


def test_a_missing_client_is_an_error_before_the_run_that_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observers, "is_client_installed", lambda: False)
    with pytest.raises(MissingExtraError, match=r"pip install 'tidegate\[openlineage\]'"):
        OpenLineageObserver(LineageSettings(str(tmp_path)))


@pytest.mark.integration
def test_the_client_is_loaded_by_the_first_event_and_not_before() -> None:
    code = (
        "import sys, tidegate.lineage.records, tidegate.lineage.history, tidegate.alerts.observer\n"
        "from tidegate.lineage.observer import OpenLineageObserver as Observer\n"
        "from tidegate.lineage.settings import LineageSettings\n"
        "Observer(LineageSettings('/nowhere')).close()\n"
        "print([name for name in ('openlineage.client', 'requests', 'pyspark', 's3fs') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "transport",
    [
        {"kind": "http"},
        {"kind": "http", "url": "ftp://host"},
        {"kind": "http", "url": "http://me:S3CR3T@host"},
        {"timeout_seconds": 0},
    ],
)
def test_a_transport_that_cannot_work_is_refused_without_showing_secrets(transport: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        TransportSettings(**transport)  # type: ignore[arg-type]
    assert "S3CR3T" not in str(caught.value)
