"""OpenLineage's agent in Spark tells of its queries as children of the run for which tidegate started Spark."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.http_receiver import ReceiverDouble
from tests.pipeline.project import land, order, write_project

from tidegate.lineage.settings import LineageSettings, ParentRun, TransportSettings
from tidegate.lineage.spark_agent import FirstRun, agent_conf, can_take, secret_keys
from tidegate.model.events import RunStarted
from tidegate.platforms.conf import SUBMIT
from tidegate.platforms.port import SessionRequest
from tidegate.platforms.spark_agent import LISTENER, agent_package, listening, tell_what_is_missing

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

HTTP = TransportSettings("http", "one", "https://host:5000/base/", timeout_seconds=2.5)
KEYED = TransportSettings("http", "two", "http://other", api_key="s3cr3t")
FILE = TransportSettings("file", path="/var/log/events.jsonl")
RUN_ID = "0199c000-0000-7000-8000-000000000001"


def conf(*transports: TransportSettings, run: RunStarted | None = None, **fields: object) -> dict[str, str]:
    found = agent_conf(LineageSettings("/lake", "shop", transports, **fields), run)  # type: ignore[arg-type]
    return {key.removeprefix("spark.openlineage."): value for key, value in found.items()}


def test_the_parent_is_the_first_run_and_the_root_is_what_started_it() -> None:
    first, pipeline = FirstRun(), RunStarted(RUN_ID, "retail", "2024-01-01", is_pipeline=True)
    assert conf(HTTP, run=first.run) == {
        "namespace": "shop",
        "transport.type": "http",
        "transport.url": "https://host:5000",
        "transport.endpoint": "base/api/v1/lineage",
        "transport.timeoutInMillis": "2500",
    }
    first.started(pipeline)
    first.started(RunStarted("other", "silver.orders", "2024-01-01", parent_run_id=RUN_ID))
    told = conf(HTTP, run=first.run)
    assert (told["parentJobNamespace"], told["parentJobName"], told["parentRunId"]) == ("shop", "retail", RUN_ID)
    assert (told["rootParentJobNamespace"], told["rootParentJobName"]) == ("shop", "retail")
    outer, top = ParentRun("airflow", "dag.load", RUN_ID[:-1] + "2"), ParentRun("airflow", "dag", RUN_ID[:-1] + "3")
    assert conf(HTTP, run=pipeline, parent=outer)["rootParentRunId"] == outer.run_id
    told = conf(HTTP, run=pipeline, parent=outer, root_parent=top)
    assert (told["parentRunId"], told["rootParentRunId"]) == (RUN_ID, top.run_id)


def test_events_go_where_the_agent_can_send_them_and_a_key_is_known_as_a_secret() -> None:
    kafka = TransportSettings("kafka", "topic", topic="lineage")
    remote = TransportSettings("file", path="s3://bucket/events")
    here, elsewhere = (HTTP, KEYED, FILE), (kafka, remote, TransportSettings())
    assert all(can_take(one.kind, one.path) for one in here)
    assert not any(can_take(one.kind, one.path) for one in elsewhere)
    assert conf(FILE, kafka, remote)["transport.location"] == "/var/log/events.jsonl"
    whole = agent_conf(LineageSettings("/lake", "shop", (KEYED, FILE)), None)
    told = {key.removeprefix("spark.openlineage.transport."): value for key, value in whole.items()}
    assert (told["type"], told["continueOnFailure"]) == ("composite", "true")
    assert conf(TransportSettings(), kafka) == {"namespace": "shop"}
    assert (told["transports.t1.type"], told["transports.t2.location"]) == ("http", "/var/log/events.jsonl")
    assert [whole[key] for key in secret_keys(whole)] == ["s3cr3t"]


def test_listeners_of_the_user_stay_and_keys_are_on_no_page_of_spark() -> None:
    assert listening({"spark.extraListeners": f"a.B,{LISTENER}"})["spark.extraListeners"] == f"a.B,{LISTENER}"
    assert listening({"spark.redaction.regex": "mine"})["spark.redaction.regex"] == "mine|(?i)api[.]?key"
    assert [agent_package(one).rpartition(":")[0] for one in ("3.5.7", "4.1.0")] == [
        "io.openlineage:openlineage-spark_2.12",
        "io.openlineage:openlineage-spark_2.13",
    ]


@pytest.mark.spark
@pytest.mark.default_line
def test_a_session_that_runs_without_the_agent_is_told_of_with_what_to_add(
    spark: SparkSession, caplog: pytest.LogCaptureFixture
) -> None:
    agent = agent_conf(LineageSettings("/lake", "shop", (KEYED,)), RunStarted(RUN_ID, "retail", "2024-01-01"))
    request = SessionRequest("t", agent, frozenset(), secret_keys(agent), has_agent=True)
    with caplog.at_level(logging.WARNING, "tidegate.platforms"):
        tell_what_is_missing(spark, request, SUBMIT)
    assert f"spark.extraListeners={LISTENER}" in caplog.text
    assert "spark.jars.packages=io.openlineage:openlineage-spark_" in caplog.text
    assert 'spark.openlineage.transport.url=http://other"' in caplog.text
    assert "s3cr3t" not in caplog.text
    assert RUN_ID not in caplog.text


def run_beside_agent(project: Path, url: str) -> str:
    """Run a pipeline in a process of its own, whose Spark has the agent, and return the run's id."""
    layers = ", ".join(f"{name}: {{format: parquet}}" for name in ("bronze", "silver", "gold", "quarantine"))
    transports = f"[{{type: http, url: '{url}'}}]"
    options = {
        "lineage": f"{{enabled: true, namespace: shop, spark_agent: true, transports: {transports}}}",
        "storage.layers": f"{{{layers}}}",
        "spark.conf": "{spark.driver.memory: 1g}",
    }
    words = [word for key, value in options.items() for word in ("--set", f"{key}={value}")]
    start = [sys.executable, "-c", "from tidegate.cli import main; main()", "run", "shop", "--only", "bronze.orders"]
    done = subprocess.run(
        [*start, "--json", *words],
        cwd=project,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    run_id: str = json.loads(done.stdout)["run_id"]
    return run_id


@pytest.mark.spark
@pytest.mark.default_line
def test_what_the_agent_tells_of_is_within_the_run_of_the_pipeline(tmp_path: Path) -> None:
    write_project(tmp_path)
    land(tmp_path, "one", order(1, "open", 1))
    receiver = ReceiverDouble(0, "well")
    try:
        run_id = run_beside_agent(tmp_path, receiver.url)
    finally:
        receiver.stop()
    events = [json.loads(text) for text in receiver.taken]
    told = [one for one in events if "integration/spark" in one["producer"]]
    parents = [one["run"]["facets"]["parent"] for one in told]
    assert {(one["root"]["run"]["runId"], one["root"]["job"]["name"]) for one in parents} == {(run_id, "shop")}
    assert (run_id, "shop", "shop") in {
        (one["run"]["runId"], one["job"]["namespace"], one["job"]["name"]) for one in parents
    }
    assert {one["eventType"] for one in told} >= {"START", "COMPLETE"}
    assert any(one["run"]["runId"] == run_id for one in events if one not in told)
