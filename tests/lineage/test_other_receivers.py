"""Events reach a file outside of the lake and a topic of a real Kafka at least once and in order, whoever is away."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING

import pytest
from tests.java_servers import free_port
from tests.lineage.schemas import check_event
from tests.lineage.test_delivery import CLOSE_SECONDS, SLACK_SECONDS, written

from tidegate.config.sections.lineage import LineageSettings as LineageSection
from tidegate.lineage.kafka_receiver import KafkaReceiver, message_key
from tidegate.lineage.observer import OpenLineageObserver
from tidegate.lineage.settings import LineageSettings, TransportSettings
from tidegate.model.events import RunStarted
from tidegate.model.reports import RunReport

if TYPE_CHECKING:
    from pathlib import Path

    from openlineage.client.generated.base import RunFacet

pytest.importorskip("openlineage.client")
pytestmark = pytest.mark.integration

AT = "2026-11-21T08:00:00+00:00"


def run(root: Path, way: TransportSettings, *numbers: int) -> None:
    """Let runs of these numbers pass by an observer that also writes to the lake."""
    settings = LineageSettings(str(root), transports=(TransportSettings(), way), close_seconds=CLOSE_SECONDS)
    observer = OpenLineageObserver(settings)
    for number in numbers:
        run_id = f"0199c000-0000-7000-8000-{number:012d}"
        observer.started(RunStarted(run_id, "orders", AT))
        observer.ended(RunReport(run_id, "orders", "succeeded", AT, AT))
    observer.close()


def spooled(root: Path, name: str, below: str = "") -> list[str]:
    folder = root / "_tidegate" / "spool" / name / below
    return [file.read_text() for file in sorted(folder.glob("*.json"))]


def same(found: list[str], expected: list[str]) -> bool:
    """Return whether texts say the same events in the same order."""
    return list(map(json.loads, found)) == list(map(json.loads, expected))


def test_a_file_outside_of_the_lake_gets_every_event_in_order_also_those_from_when_it_was_away(tmp_path: Path) -> None:
    lake, outside = tmp_path / "lake", tmp_path / "mount" / "events.jsonl"
    way = TransportSettings(name="mount", path=str(outside))
    run(lake, way, 1)
    assert (spooled(lake, "mount"), outside.exists()) == (written(lake), False)
    outside.parent.mkdir()
    run(lake, way, 2)
    assert same(outside.read_text().splitlines(), written(lake))
    assert spooled(lake, "mount") == []
    for line in outside.read_text().splitlines():
        check_event(line)


def test_brokers_that_are_away_cost_bounded_time_and_their_events_are_spooled(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("confluent_kafka")
    servers = ("bootstrap.servers", f"127.0.0.1:{free_port()}")
    way = TransportSettings("kafka", "kafka", topic="runs", timeout_seconds=0.3, properties=(servers, ("a", "S3CR3T")))
    assert "S3CR3T" not in repr(way)
    way = TransportSettings("kafka", "kafka", topic="runs", timeout_seconds=0.3, properties=(servers,))
    start = time.monotonic()
    with caplog.at_level(logging.DEBUG):
        run(tmp_path, way, 1, 2)
    assert time.monotonic() - start < CLOSE_SECONDS + SLACK_SECONDS
    assert spooled(tmp_path, "kafka") == written(tmp_path)


@pytest.mark.spark  # a Java
@pytest.mark.slow
@pytest.mark.default_line
def test_a_real_broker_gets_every_event_in_order_also_those_from_when_it_was_away(tmp_path: Path) -> None:
    from tests.kafka import broker, events  # noqa: PLC0415 - of the extra

    folder, lake, port = tmp_path / "kafka", tmp_path / "lake", free_port()
    folder.mkdir()
    servers = ("bootstrap.servers", f"127.0.0.1:{port}")
    way = TransportSettings("kafka", "kafka", topic="runs", timeout_seconds=0.4, properties=(servers,))
    run(lake, way, 1)
    assert spooled(lake, "kafka") == written(lake)
    with broker(folder, port) as address:
        assert KafkaReceiver(TransportSettings("kafka", topic="made", properties=(servers,))).send("{}").kind == "taken"
        patient = TransportSettings("kafka", "kafka", topic="runs", timeout_seconds=10, properties=(servers,))
        observer = KafkaReceiver(patient)
        assert observer.send('{"job": {"namespace": "n", "name": "j"}}').kind == "taken"  # also makes the topic
        refused = observer.send(json.dumps({"text": "x" * 30_000}))
        assert (refused.kind, refused.reason) == ("refused", "the brokers answered MSG_SIZE_TOO_LARGE")
        run(lake, way, 2)
        assert spooled(lake, "kafka") == []
        found = events(address, "runs", 5)
    assert found[0][0] == "run:n/j"
    assert [text for _, text in found[1:]] == written(lake)
    assert {key for key, _ in found[1:]} == {"run:tidegate/orders"}


def test_what_no_broker_would_take_is_refused_and_brokers_that_are_away_are_waited_for_so_long() -> None:
    pytest.importorskip("confluent_kafka")
    servers = ("bootstrap.servers", f"127.0.0.1:{free_port()}")
    receiver = KafkaReceiver(TransportSettings("kafka", topic="t", timeout_seconds=0.2, properties=(servers,)))
    refused = receiver.send(json.dumps({"text": "x" * 2_000_000}))
    assert (refused.kind, refused.reason) == ("refused", "the brokers answered MSG_SIZE_TOO_LARGE")
    assert receiver.send("{}").kind == "failed"
    receiver.close()


def test_runs_of_a_parent_have_its_key() -> None:
    """As the official client's transport gives it."""
    from openlineage.client.event_v2 import Job, Run, RunEvent  # noqa: PLC0415 - an extra
    from openlineage.client.facet_v2 import parent_run  # noqa: PLC0415
    from openlineage.client.serde import Serde  # noqa: PLC0415
    from openlineage.client.transport.kafka import KafkaTransport  # noqa: PLC0415

    theirs, run_id = KafkaTransport.__new__(KafkaTransport), "0199c000-0000-7000-8000-000000000001"
    root = parent_run.Root(parent_run.RootRun(run_id), parent_run.RootJob("airflow", "dag"))
    for parent in (
        None,
        parent_run.ParentRunFacet(parent_run.Run(run_id), parent_run.Job("tidegate", "retail")),
        parent_run.ParentRunFacet(parent_run.Run(run_id), parent_run.Job("tidegate", "retail"), root),
    ):
        facets: dict[str, RunFacet] = {"parent": parent} if parent else {}
        mine, job = Run(run_id, facets), Job("tidegate", "silver.orders")
        event = RunEvent(eventTime=AT, producer="https://x.example", run=mine, job=job)
        assert message_key(json.loads(Serde.to_json(event))) == theirs._get_run_message_key(event)
    assert message_key({}) is None


def test_the_settings_know_all_three_and_refuse_two_of_one_name() -> None:
    kafka = {"type": "kafka", "bootstrap_servers": "b:9092", "topic": "runs"}
    known = LineageSection.model_validate({"transports": [{"type": "file"}, {"type": "file", "path": "/m/e"}, kafka]})
    assert [one.type for one in known.transports] == ["file", "file", "kafka"]
    for wrong in ([kafka, kafka], [{**kafka, "topic": "a b"}], [{"type": "kafka"}], [{"type": "file", "path": ""}]):
        with pytest.raises(ValueError, match="transports"):
            LineageSection.model_validate({"transports": wrong})
