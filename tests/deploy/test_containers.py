"""The image runs as nobody special and takes its arguments from outside; services are pinned, watched and local."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import yaml

from tidegate.config import load_settings
from tidegate.export import kubernetes
from tidegate.platforms import jars

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXACT = re.compile(r"[a-z0-9./-]+:\d+\.\d+[\w.-]*")
STAGE = re.compile(r"^FROM (\S+) AS (\S+)\n(.*?)(?=^FROM |\Z)", re.MULTILINE | re.DOTALL)
STAGES = {name: (base, body) for base, name, body in STAGE.findall(DOCKERFILE)}


def test_images_begin_with_an_exact_release() -> None:
    bases = {base for base, _ in STAGES.values()} - STAGES.keys()
    assert bases
    assert all(EXACT.fullmatch(base) for base in bases)


@pytest.mark.parametrize("stage", ["runtime", "dev", "airflow"])
def test_a_container_is_nobody_special(stage: str) -> None:
    users = re.findall(r"^USER (.+)$", STAGES[stage][1], re.MULTILINE)
    assert users[-1] == f"{kubernetes._USER}:{kubernetes._USER}"
    assert f"useradd --uid {kubernetes._USER}" in STAGES["base"][1]


@pytest.mark.parametrize("stage", ["runtime", "dev"])
def test_arguments_come_from_outside_only(stage: str) -> None:
    _, body = STAGES[stage]
    assert re.findall(r"^(ENTRYPOINT|CMD) (.*)$", body, re.MULTILINE) == [("ENTRYPOINT", '["tidegate"]')]
    assert [*STAGES][-1] == "runtime", "the last stage is what `docker build .` makes"


def test_what_is_copied_is_there_and_is_not_ignored() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sources
    for source in sources:
        assert (ROOT / source).exists()
        assert any(Path(source).is_relative_to(folder) for folder in kept), f"{source} is ignored"


def test_every_line_of_spark_has_its_hadoop() -> None:
    text = (ROOT / "deploy/docker/fetch_jars.py").read_text(encoding="utf-8")
    assert set(re.findall(r'"(\d\.\d)": "3\.\d\.\d"', text)) == set(jars._LINES)


def test_jars_go_beside_sparks_own_and_replace_none(tmp_path: Path) -> None:
    script = spec_from_file_location("fetch_jars", ROOT / "deploy/docker/fetch_jars.py")
    assert script is not None
    assert script.loader is not None
    module = module_from_spec(script)
    script.loader.exec_module(module)
    fetched, spark = tmp_path / "ivy", tmp_path / "spark"
    fetched.mkdir()
    spark.mkdir()
    for jar in ("org.apache.hadoop_hadoop-aws-3.3.4.jar", "org.wildfly.openssl_wildfly-openssl-1.0.7.Final.jar"):
        (fetched / jar).write_text("new")
    (spark / "wildfly-openssl-1.0.7.Final.jar").write_text("Spark's")
    module.put(fetched, spark)
    found = {jar.name: jar.read_text() for jar in spark.iterdir()}
    assert found == {"hadoop-aws-3.3.4.jar": "new", "wildfly-openssl-1.0.7.Final.jar": "Spark's"}


def test_all_that_a_lakehouse_speaks_to_is_there() -> None:
    assert {"kafka", "lineage", "lineage-web", "postgres", "s3", "spark-master", "spark-worker"} <= SERVICES.keys()
    assert SERVICES["spark-worker"]["deploy"]["replicas"] == 2
    assert SERVICES["airflow"]["profiles"] == ["airflow"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_watched_and_local(name: str) -> None:
    service = SERVICES[name]
    assert "build" in service or EXACT.fullmatch(service["image"])
    assert "healthcheck" in service or service["restart"] == "no", "what stays up is watched"
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert service["security_opt"] == ["no-new-privileges:true"]
    mounted = [volume.split(":")[0] for volume in service.get("volumes", ())]
    for place in mounted:
        assert (ROOT / place).exists() if place.startswith("./") else place in COMPOSE["volumes"]
    for needed in service.get("depends_on", ()):
        other = SERVICES[needed]
        condition = "service_healthy" if "healthcheck" in other else "service_completed_successfully"
        assert service["depends_on"][needed]["condition"] == condition


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
@pytest.mark.parametrize("name", ["tidegate", "airflow"])
def test_a_run_finds_the_services_whatever_its_environment(name: str, environment: str) -> None:
    settings = load_settings(str(ROOT / "config"), environment, environ=SERVICES[name]["environment"])
    quarantine = settings.storage.layers["quarantine"].location
    assert [settings.storage.root, settings.landing.root, quarantine] == [
        "s3://lakehouse/tables",
        "s3://landing",
        "s3://lakehouse/quarantine",
    ]
    assert settings.spark.conf["spark.master"] == "spark://spark-master:7077"
    assert [transport.type for transport in settings.lineage.transports] == ["file", "http"]
    made = str(SERVICES["s3-buckets"]["command"])
    assert all(bucket in made for bucket in ("lakehouse", "landing"))
