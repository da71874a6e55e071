"""What `deploy` ships and `submit` asks for is all that the machines of services need, and comes to the same there."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from tests.conftest import WITHOUT_CODE
from tests.parity.conftest import REPOSITORY, SECONDS, Lived
from tests.parity.s3 import s3a
from tests.parity.test_parity import check_equal
from tests.platforms.recorded import ENVIRONMENTS, GLUE_ARGV
from tests.platforms.submissions.test_databricks import SUBMIT, Workspace, workspace
from tests.releases.conftest import offline
from tests.releases.test_whole_path import Services
from tests.spark_servers import SHORT_LIVED

from tidegate.cli.commands import tidegate
from tidegate.platforms.conf import static_conf
from tidegate.platforms.jars import jars_for
from tidegate.platforms.port import SessionRequest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parity.conftest import Days

__all__ = ["offline", "workspace"]

pytestmark = [
    *(pytest.mark.spark, pytest.mark.integration, pytest.mark.slow, pytest.mark.default_line),
    pytest.mark.timeout(900),
]

PIPELINES = ("bronze_to_silver", "retail")  # of the first day, and of the second
SERVICES = (("emr", "glue"), ("emr-serverless", "databricks"))  # of the same days
DELTA = SessionRequest("", formats=frozenset({"delta"}))
SMALL = {
    **WITHOUT_CODE,
    "spark.databricks.delta.snapshotPartitions": 1,
    "spark.sql.adaptive.enabled": False,
    "spark.sql.shuffle.partitions": 2,
}


class Asked(Services):
    """What the services were asked for, and Databricks."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        workspace.says(SUBMIT, {"run_id": 7})

    def of(self, service: str, run: str) -> tuple[str, dict[str, str], list[str]]:
        """Return the script of a run, the settings of its session, and the arguments that it gets."""
        return getattr(self, f"_{service.replace('-', '_')}")(run)  # type: ignore[no-any-return]

    def _emr(self, run: str) -> tuple[str, dict[str, str], list[str]]:
        words = self.emr.describe_step(ClusterId=self.cluster, StepId=run)["Step"]["Config"]["Args"]
        script = next(place for place, word in enumerate(words) if word.endswith("tidegate_run.py"))
        assert "/usr/share/aws/delta/lib/delta-spark.jar" in words[words.index("--jars") + 1]
        return words[script], _options(words[:script]), words[script + 1 :]

    def _emr_serverless(self, run: str) -> tuple[str, dict[str, str], list[str]]:
        found = self.serverless.get_job_run(applicationId=self.application, jobRunId=run)["jobRun"]
        asked = found["jobDriver"]["sparkSubmit"]
        conf = _options(shlex.split(asked["sparkSubmitParameters"]))
        assert "/usr/share/aws/delta/lib/delta-spark.jar" in conf.pop("spark.jars")
        return asked["entryPoint"], conf, asked["entryPointArguments"]

    def _glue(self, run: str) -> tuple[str, dict[str, str], list[str]]:
        asked = self.glue.get_job_run(JobName="shop", RunId=run)["JobRun"]["Arguments"]
        assert asked["--datalake-formats"] == "delta"
        conf = _options(["--conf", *shlex.split(asked["--conf"])])
        own = GLUE_ARGV[: GLUE_ARGV.index("--env")]
        return asked["--scriptLocation"], conf, [*own, *(part for pair in asked.items() for part in pair)]

    def _databricks(self, run: str) -> tuple[str, dict[str, str], list[str]]:
        assert run == "7"
        task = self.workspace.asked[-1][1]["tasks"][0]["spark_python_task"]
        return task["python_file"], static_conf(DELTA), task["parameters"]  # Delta is Databricks' own


def _options(words: list[str]) -> dict[str, str]:
    """Return the settings of a command line of spark-submit, less those of the environment that is unpacked there."""
    pairs = (after.partition("=") for word, after in pairwise(words) if word == "--conf")
    return {key: value for key, _, value in pairs if "python" not in key.lower() and key != "spark.archives"}


def deployed(folder: Path, bucket: str, asked: Asked) -> Path:
    """Deploy the reference project, and return its configuration."""
    for name in ("config", "contracts", "dbt", "jobs"):
        shutil.copytree(
            REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "target", "logs")
        )
    export = {
        "emr_cluster_id": asked.cluster,
        "emr_serverless_application_id": asked.application,
        "emr_serverless_role_arn": "arn:aws:iam::123456789012:role/retail",
        "glue_job_name": "shop",
    }
    prod = {
        "storage": {"root": f"s3://{bucket}/lake"},
        "deploy": {"location": f"s3://{bucket}/releases", "databricks": {"cluster_id": "0101-retail"}},
        "export": export,
        "spark": {"conf": SMALL},
    }
    (folder / "config/prod.yaml").write_text(yaml.safe_dump(prod))
    command(folder / "config", "deploy")
    return folder / "config"


def command(config: Path, name: str, *arguments: str) -> dict[str, Any]:
    """Run a command, and return the document that it prints."""
    words = [name, *arguments[:1], "--json", "--config", str(config), "--env", "prod", *arguments[1:]]
    done = CliRunner().invoke(tidegate, words)
    assert done.exit_code == 0, (done.output, done.exception)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def life(services: tuple[str, str], config: Path, bucket: str, days: Days, asked: Asked) -> dict[str, object]:
    """Submit a run to one service for the first day and to another for the second, and return what is to be lived."""
    place = f"s3://{bucket}/{'-'.join(services)}"
    overrides = [f"storage.root={place}/lake", f"landing.root={place}/landing"]
    settings = [word for override in overrides for word in ("--set", override)]
    lived = []
    for name, folder, pipeline in zip(services, days.days, PIPELINES, strict=True):
        started = command(config, "submit", pipeline, "--platform", name, "--", "--json", *settings)
        lived.append({"folder": str(folder), "machine": machine(name, *asked.of(name, started["run_id"]))})
    landing, manifest = f"{place}/landing", started["manifest"]
    return {"landing": landing, "manifest": manifest, "overrides": overrides, "days": lived}


def machine(name: str, script: str, conf: dict[str, str], argv: list[str]) -> dict[str, object]:
    """Return the machine that a service has for such a run."""
    environ, files = ENVIRONMENTS[name]
    return {
        "environ": {key: value for key, value in environ.items() if not key.startswith(("PYSPARK", "SPARK_HOME"))},
        "files": sorted(files),
        "conf": conf,
        "is_started": name in {"glue", "databricks"},
        "script": script,
        "argv": argv,
    }


@pytest.fixture(scope="module")
def image(s3_endpoint: str) -> dict[str, str]:
    """Return settings that stand for what a machine's image has: Delta's jars, and a file system for `s3://`."""
    conf = s3a(s3_endpoint, "tests", "tests")
    delta = jars_for(DELTA.formats, os.environ)
    delta.fetch({})
    jars = delta.conf(conf.pop("spark.jars"))
    return {
        **jars,
        **conf,
        "spark.master": "local[2]",
        "spark.driver.defaultJavaOptions": SHORT_LIVED,
        "spark.driver.memory": "1g",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.ui.enabled": "false",
    }


@pytest.fixture
def served(
    days: Days,
    image: dict[str, str],
    tmp_path: Path,
    s3_bucket: str,
    workspace: Workspace,
    offline: object,
) -> dict[str, Lived]:
    """Return what came of the days on the machines of services, one after the other in one Java."""
    asked = Asked(workspace)
    config = deployed(tmp_path, s3_bucket, asked)
    lives = {"+".join(names): life(names, config, s3_bucket, days, asked) for names in SERVICES}
    (tmp_path / "wanted.json").write_text(json.dumps({"image": image, "lives": lives}))
    done = subprocess.run(
        [sys.executable, "-m", "tests.parity.machines", f"{tmp_path}/wanted.json", f"{tmp_path}/lived.json"],
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYSPARK_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    return {name: Lived(**lived) for name, lived in json.loads((tmp_path / "lived.json").read_text()).items()}


def test_a_lake_that_services_take_turns_at_comes_to_the_same(served: dict[str, Lived], local: Lived) -> None:
    assert len(served) == len(SERVICES)
    for name, lived in served.items():
        assert lived.platform == name
        check_equal(lived, local)
