"""From a project to a run on each service of AWS: all that a run asks for is there, and no secret is anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from tests.releases.test_deploying import deploy, objects, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

SECRET = "zqX7secret"  # noqa: S105 - what must never be anywhere


class Services:
    """A cluster of EMR, an application of EMR Serverless and a job of Glue."""

    def __init__(self) -> None:
        boto3 = import_module("boto3")
        self.emr, self.serverless, self.glue = (boto3.client(name) for name in ("emr", "emr-serverless", "glue"))
        groups = [{"InstanceCount": 1, "InstanceRole": "MASTER", "InstanceType": "m5.large", "Name": "master"}]
        flow = {"Instances": {"InstanceGroups": groups}, "JobFlowRole": "r", "ServiceRole": "r"}
        self.cluster = self.emr.run_job_flow(Name="shop", **flow)["JobFlowId"]
        made = self.serverless.create_application(name="shop", releaseLabel="emr-7.12.0", type="SPARK")
        self.application = made["applicationId"]
        self.glue.create_job(Name="shop", Role="r", Command={"Name": "glueetl", "ScriptLocation": "s3://x/y.py"})

    def asked(self, step: str, job_run: str, glue_run: str) -> list[str]:
        found = self.emr.describe_step(ClusterId=self.cluster, StepId=step)["Step"]["Config"]["Args"]
        serverless = self.serverless.get_job_run(applicationId=self.application, jobRunId=job_run)["jobRun"]
        glue = self.glue.get_job_run(JobName="shop", RunId=glue_run)["JobRun"]["Arguments"]
        return [str(found), str(serverless), str(glue)]


def submitted(config: Path, manifest: str, *arguments: str) -> tuple[str, str]:
    """Start a run, and return its id and what was printed."""
    done = run(config, "submit", "hello", "--json", "--platform", *arguments)
    assert done.exit_code == 0, (done.output, done.exception)
    document = json.loads(done.stdout)
    assert (document["manifest"], document["platform"], document["exit_code"]) == (manifest, arguments[0], None)
    return str(document["run_id"]), done.output


def run_there(folder: Path, there: dict[str, bytes], manifest: str) -> str:
    """Run what platforms are given, far from the project, and return what it printed."""
    script = folder / "there.py"
    script.write_bytes(next(content for key, content in there.items() if key.endswith("tidegate_run.py")))
    asked = ["--run", "hello", "--env", "prod", "--config", manifest]
    done = subprocess.run([sys.executable, str(script), *asked], cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "hello from prod\n", "the job of the release ran"
    return done.stdout + done.stderr


def test_what_is_deployed_is_what_runs_ask_for(
    config: Path, s3_bucket: str, offline: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", SECRET)
    monkeypatch.setenv("TIDEGATE__RUN__KEEP_GOING", "false")
    services = Services()
    printed = [run(config, "deploy").output]
    manifest = deploy(config)["manifest"]
    runs = [
        submitted(config, manifest, "emr", "--on", services.cluster),
        submitted(config, manifest, "emr-serverless", "--on", services.application),
        submitted(config, manifest, "glue"),
    ]
    requests = services.asked(*(run_id for run_id, _ in runs))
    there = objects(s3_bucket)
    for request in requests:
        assert manifest in request
        assert "spark.driver.memory" not in request, "how large a driver is, is for who made the cluster"
        words = request.replace("'", " ").replace("#", " ").replace(",", " ").split()
        named = {word.partition(f"{s3_bucket}/")[2] for word in words if "/blobs/" in word}
        assert named
        assert named <= there.keys(), "all that a run asks for is there"
    everything = [*printed, *(text for _, text in runs), *requests, *there, run_there(config.parent, there, manifest)]
    everything += [content.decode("latin-1") for content in there.values()]
    assert not [text for text in everything if SECRET in text]
