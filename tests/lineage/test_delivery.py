"""Events reach their receiver at least once and in order, and a receiver that is not well costs a run nothing."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import pytest
from tests.lineage.schemas import check_event

from tidegate.lineage.observer import OpenLineageObserver
from tidegate.lineage.settings import LineageSettings, TransportSettings
from tidegate.model.events import RunStarted
from tidegate.model.reports import RunReport

if TYPE_CHECKING:
    from pathlib import Path

    from tests.http_receiver import Mood
    from tests.lineage.conftest import Open

pytest.importorskip("openlineage.client")
pytestmark = pytest.mark.integration

CLOSED_PORT = "http://127.0.0.1:9"
CLOSE_SECONDS = 1.0
SLACK_SECONDS = 10.0  # for a machine that is busy with other things; a receiver that hangs would hang for ever


def run(root: Path, url: str, *numbers: int, **options: object) -> None:
    """Let runs of these numbers pass by an observer."""
    ways = (TransportSettings(), TransportSettings("http", url=url, timeout_seconds=0.3, **options))  # type: ignore[arg-type]
    observer = OpenLineageObserver(LineageSettings(str(root), transports=ways, close_seconds=CLOSE_SECONDS))
    for number in numbers:
        run_id = f"0199c000-0000-7000-8000-{number:012d}"
        observer.started(RunStarted(run_id, "orders", "2026-11-21T08:00:00+00:00"))
        observer.ended(
            RunReport(run_id, "orders", "succeeded", "2026-11-21T08:00:00+00:00", "2026-11-21T08:00:01+00:00")
        )
    observer.close()


def written(root: Path) -> list[str]:
    """Return the events in the lake, in the order of their runs."""
    files = sorted((root / "_tidegate" / "events").rglob("*.jsonl"))
    return [line for file in files for line in file.read_text().splitlines()]


def spooled(root: Path, *, below: str = "") -> list[str]:
    folder = root / "_tidegate" / "spool" / "http" / below
    return [file.read_text() for file in sorted(folder.glob("*.json"))]


def test_a_receiver_that_is_well_gets_every_event_in_order_and_nothing_is_spooled(
    tmp_path: Path, receiver: Open
) -> None:
    with receiver() as double:
        run(tmp_path, double.url, 1, 2)
        assert [check_event(text)["eventType"] for text in double.taken] == ["START", "COMPLETE"] * 2
        assert double.taken == written(tmp_path)
    assert spooled(tmp_path) == []


@pytest.mark.parametrize("mood", ["hanging", "dripping", 500, 503, 401, 404, 429])
def test_a_receiver_that_is_not_well_costs_bounded_time_and_its_events_are_spooled(
    tmp_path: Path, receiver: Open, mood: Mood, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver(mood) as double, caplog.at_level(logging.WARNING, "tidegate.lineage"):
        start = time.monotonic()
        run(tmp_path, double.url, 1, 2)
        assert time.monotonic() - start < CLOSE_SECONDS + SLACK_SECONDS
        assert double.requests == 1
    assert spooled(tmp_path) == written(tmp_path)
    assert [record.getMessage()[:20] for record in caplog.records] == ["4 OpenLineage events"]


def test_a_closed_port_costs_bounded_time_and_its_events_are_spooled(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with caplog.at_level(logging.WARNING, "tidegate.lineage"):
        start = time.monotonic()
        run(tmp_path, CLOSED_PORT, 1)
        assert time.monotonic() - start < CLOSE_SECONDS + SLACK_SECONDS
    assert spooled(tmp_path) == written(tmp_path)
    assert "2 OpenLineage events wait in" in caplog.text


@pytest.mark.parametrize("mood", ["hanging", "dripping", 500])
def test_a_receiver_that_comes_back_gets_the_old_events_first_and_then_the_new_ones(
    tmp_path: Path, receiver: Open, mood: Mood
) -> None:
    with receiver(mood) as ill:
        run(tmp_path, ill.url, 1)
        run(tmp_path, ill.url, 2)
        port = ill.port
    with receiver("well", port) as well:
        run(tmp_path, well.url, 3)
        assert well.taken == written(tmp_path)
    assert spooled(tmp_path) == []


def test_an_event_that_is_refused_for_good_is_set_aside_and_holds_up_no_other(
    tmp_path: Path, receiver: Open, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver(422) as double, caplog.at_level(logging.WARNING, "tidegate.lineage"):
        run(tmp_path, double.url, 1)
        assert "2 OpenLineage events were refused (the receiver answered 422)" in caplog.text
        double.mood = "well"
        run(tmp_path, double.url, 2)
        assert len(double.taken) == 2
    assert spooled(tmp_path, below="refused") == written(tmp_path)[:2]
    assert spooled(tmp_path) == []


def test_a_spooled_file_that_is_no_event_is_set_aside(tmp_path: Path, receiver: Open) -> None:
    folder = tmp_path / "_tidegate" / "spool" / "http"
    folder.mkdir(parents=True)
    (folder / "00000000000000000001.json").write_bytes(b"\xff not an event")
    with receiver() as double:
        run(tmp_path, double.url, 1)
        assert len(double.taken) == 2
    assert (folder / "refused" / "00000000000000000001.json").read_bytes() == b"\xff not an event"


def test_credentials_go_into_the_request_and_nowhere_else(
    tmp_path: Path, receiver: Open, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver() as double, caplog.at_level(logging.DEBUG):
        run(tmp_path, double.url, 1, api_key="S3CR3T", headers=(("X-Tenant", "S3CR3T-TOO"),))
        assert {headers["Authorization"] for headers in double.headers} == {"Bearer S3CR3T"}
        assert {headers["X-Tenant"] for headers in double.headers} == {"S3CR3T-TOO"}
    assert "S3CR3T" not in caplog.text
    assert "S3CR3T" not in repr(TransportSettings("http", url="http://x", api_key="S3CR3T", headers=(("a", "S3CR3T"),)))


def test_the_address_may_have_a_path_of_its_own(tmp_path: Path, receiver: Open) -> None:
    with receiver() as double:
        run(tmp_path, f"{double.url}/marquez", 1)
        assert double.paths == ["/marquez/api/v1/lineage"] * 2
