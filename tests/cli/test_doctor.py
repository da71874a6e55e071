"""The doctor tries each layer, and says what a job needs on a platform before anything is there."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.storage.conftest import s3_bucket, s3_endpoint

from tidegate import storage
from tidegate.cli import doctor_platform
from tidegate.cli.doctor import command, examine
from tidegate.cli.init import command as init
from tidegate.factory.arguments import Arguments
from tidegate.platforms import connect_server
from tidegate.platforms.conf import DELTA_EXTENSION

if TYPE_CHECKING:
    from tidegate.cli.doctor import Check

__all__ = ["s3_bucket", "s3_endpoint"]

MANAGED = ("databricks", "emr", "emr-serverless", "glue")


@pytest.fixture
def project(tmp_path: Path) -> str:
    """Return the configuration of a project with a table format per layer."""
    for folder in ("config", "jobs", "contracts"):
        (tmp_path / folder).mkdir()
    (tmp_path / "config" / "local.yaml").write_text("{}\n")
    (tmp_path / "config" / "base.yaml").write_text(
        "project: {name: shop}\nstorage: {root: lake, layers: {gold: {format: iceberg}}}\n"
    )
    return str(tmp_path / "config")


def found(project: str, platform: str | None = None) -> dict[str, Check]:
    return {check.name: check for check in examine(Arguments(config=project, env="local", platform=platform))}


def test_each_layer_is_written_read_and_left_as_it_was(project: str, tmp_path: Path) -> None:
    checks = found(project)
    for layer in ("bronze", "silver", "gold", "quarantine"):
        assert checks[layer].is_fine
        assert str(tmp_path / "lake" / layer) in checks[layer].found
    assert checks["gold's catalog"].is_fine
    assert [path for path in (tmp_path / "lake").rglob("*") if path.is_file()] == []


@pytest.mark.integration
def test_in_s3_it_says_where_drivers_take_turns(project: str, s3_bucket: str) -> None:
    given = Arguments(config=project, overrides=(f"storage.root=s3://{s3_bucket}/lake",))
    checks = {check.name: check for check in examine(given)}
    layers = ("bronze", "silver", "gold", "quarantine")
    assert all(checks[layer].is_fine for layer in layers)
    assert [layer for layer in layers if "take turns" in checks[layer].found] == ["silver", "gold"]


def test_a_layer_whose_place_is_taken_is_a_problem(project: str, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "silver").write_text("a file")
    checks = found(project)
    assert not checks["silver"].is_fine
    assert checks["gold"].is_fine


def test_a_clock_that_is_off_is_a_problem(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(datetime):
        @classmethod
        def now(cls, tz: timezone | None = None) -> Slow:  # type: ignore[override]
            return cls.fromtimestamp((datetime.now(tz) - timedelta(minutes=5)).timestamp(), tz)

    monkeypatch.setattr(doctor_platform, "datetime", Slow)
    checks = found(project)
    assert not checks["silver"].is_fine
    assert "clock is 300 seconds off" in checks["silver"].found
    assert "chrony" in checks["silver"].found
    assert not list(storage.list_files(str(project).replace("config", "lake"), recursive=True))


def test_a_server_of_spark_connect_is_spoken_of_too(project: str) -> None:
    checks = found(project, "spark-connect")
    assert {"python", "java", "jars"}.isdisjoint(checks)
    assert "the server of Spark Connect" in checks["parameters"].found


def test_a_server_of_spark_connect_that_does_not_answer_is_a_problem(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect_server, "SECONDS", 0.1)
    monkeypatch.setenv("SPARK_REMOTE", "sc://127.0.0.1:9")
    server = found(project)["server"]
    assert not server.is_fine
    assert "no server of Spark Connect answers" in server.found


@pytest.mark.parametrize("platform", MANAGED)
def test_a_platform_can_be_asked_about_before_anything_is_there(project: str, platform: str) -> None:
    checks = found(project, platform)
    assert {"python", "java", "jars"}.isdisjoint(checks)
    assert "no sign" in checks["platform"].found
    assert "Spark 4" in checks["releases"].found or "Spark 3.5" in checks["releases"].found
    assert ("DeltaSparkSessionExtension" in checks["parameters"].found) == (platform != "databricks")
    assert "IcebergSparkSessionExtensions" in checks["parameters"].found


def test_glue_is_told_in_one_parameter(project: str) -> None:
    wanted = found(project, "glue")["parameters"].found
    assert "--datalake-formats" in wanted
    assert f"spark.sql.extensions={DELTA_EXTENSION}," in wanted
    assert " --conf spark.sql.catalog.spark_catalog=" in wanted


def test_a_platform_that_is_none_is_an_error_with_those_that_are(project: str) -> None:
    result = CliRunner().invoke(command, ["--config", project, "--platform", "mainframe", "--json"])
    assert result.exit_code == 2
    (told,) = (check for check in json.loads(result.output)["checks"] if check["name"] == "configuration")
    assert "one of: auto, emr," in told["found"]


def with_kafka(project: str) -> str:
    (Path(project) / "local.yaml").write_text("connections: {shop: {type: kafka, bootstrap_servers: 'b:9092'}}\n")
    return project


def test_a_project_that_reads_kafka_is_told_of_sparks_connector(project: str) -> None:
    assert "kafka" not in found(project)
    told = found(with_kafka(project), platform="local")["kafka"].found
    assert "org.apache.spark:spark-sql-kafka-0-10_" in told
    assert "delta" in told  # one folder of jars has all that a session is given


@pytest.mark.parametrize(
    ("platform", "said"),
    [
        ("emr", "--packages org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.6"),
        ("emr-serverless", "org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.6 and what it needs"),
        ("glue", "--extra-jars"),
    ],
)
def test_a_platform_is_asked_for_the_connector_of_its_own_spark(project: str, platform: str, said: str) -> None:
    parameters = found(with_kafka(project), platform=platform)["parameters"].found
    assert said in parameters
    assert "spark-sql-kafka-0-10_2.12:3.5.6" in parameters


def test_databricks_brings_the_connector_itself(project: str) -> None:
    assert "kafka" not in found(with_kafka(project), platform="databricks")["parameters"].found


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("updated_at", "2 in "),
        ("updated", "sequence_by updated is no column of silver.orders; did you mean updated_at?"),
    ],
)
def test_a_job_that_names_a_column_of_no_contract_is_a_problem(
    column: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = CliRunner().invoke(init, [str(tmp_path / "mine"), "--template", "starter"])
    assert made.exit_code == 0
    monkeypatch.chdir(tmp_path / "mine")
    file = Path("jobs/orders.py")
    file.write_text(file.read_text().replace('sequence_by="updated_at"', f'sequence_by="{column}"'))
    jobs = found("config")["jobs"]
    assert told in jobs.found
    assert jobs.is_fine == (column == "updated_at")


def test_contracts_that_cannot_be_enforced_are_a_problem_each(project: str, tmp_path: Path) -> None:
    assert found(project)["contracts"].is_fine
    for name in ("orders", "lines", "shops"):
        rules = ", required: true" if name == "shops" else ""
        (tmp_path / "contracts" / "silver").mkdir(exist_ok=True)
        (tmp_path / "contracts" / "silver" / f"{name}.odcs.yaml").write_text(
            f"apiVersion: v3.1.0\nkind: DataContract\nid: silver.{name}\nversion: 1.0.0\nstatus: active\nschema:\n"
            f"- name: {name}\n  physicalName: silver.{name}\n  properties:\n"
            f"  - {{name: id, logicalType: integer, physicalType: bigint{rules}}}\n"
        )
    check = found(project)["contracts"]
    assert not check.is_fine
    assert [name in check.found for name in ("orders", "lines", "shops")] == [True, True, False]
