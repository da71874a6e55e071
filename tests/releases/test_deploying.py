"""A project is deployed once, what is there is not uploaded again, and an earlier release can be brought back."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import zipfile
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from tidegate.cli.commands import tidegate
from tidegate.config import load_settings
from tidegate.errors import TidegateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.integration

Objects = dict[str, bytes]


def run(config: Path, *arguments: str, env: str = "prod") -> Result:
    return CliRunner().invoke(tidegate, [*arguments, "--config", str(config), "--env", env])


def deploy(config: Path, *arguments: str) -> dict[str, Any]:
    done = run(config, "deploy", "--json", *arguments)
    assert done.exit_code == 0, (done.output, done.exception)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def refused(config: Path, *arguments: str, env: str = "prod") -> TidegateError:
    error = run(config, *arguments, env=env).exception
    assert isinstance(error, TidegateError)
    assert error.where
    assert error.hint
    return error


def objects(bucket: str) -> Objects:
    client = import_module("boto3").client("s3")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    return {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def test_what_is_deployed_is_named_by_its_hash_and_the_same_project_is_deployed_once(
    config: Path, s3_bucket: str, offline: list[Mapping[str, str]]
) -> None:
    first = deploy(config)
    there = objects(s3_bucket)
    for key, content in there.items():
        if "/blobs/" in key:
            assert key.split("/")[3] == hashlib.sha256(content).hexdigest()
    release = json.loads(there[f"releases/prod/releases/{first['release']}.json"])
    assert set(release["artefacts"]) == {"project", "entry_point", "wheel", "environment", "wheels"}
    assert there["releases/prod/current.json"] == there[f"releases/prod/releases/{first['release']}.json"]
    assert len(offline) == 1
    assert {change["sort"] for change in first["changes"]} == {"added"}

    again = deploy(config)
    assert (again["is_new"], again["uploaded"], again["changes"]) == (False, [], [])
    assert objects(s3_bucket) == there
    assert len(offline) == 1, "nothing is downloaded again"


def test_a_changed_file_is_all_that_is_uploaded_and_told(config: Path, s3_bucket: str, offline: object) -> None:
    first = deploy(config)
    before = objects(s3_bucket)
    (config.parent / "jobs/hello.py").write_text("JOB = None\n")
    (config.parent / "jobs/other.py").write_text("")

    dry = deploy(config, "--dry-run")
    told = [(change["sort"], change["what"]) for change in dry["changes"]]
    assert told == [("changed", "file jobs/hello.py"), ("added", "file jobs/other.py")]
    assert objects(s3_bucket) == before, "a dry run writes nothing"

    second = deploy(config)
    assert (second["changes"], second["uploaded"]) == (dry["changes"], ["project.zip"])
    assert second["release"] != first["release"]
    news = objects(s3_bucket).keys() - before.keys()
    assert sorted(key.split("/")[2] for key in news) == ["blobs", "history", "releases"]


def test_rollback_brings_back_the_release_before_or_a_named_one(config: Path, s3_bucket: str, offline: object) -> None:
    releases = [deploy(config)["release"]]
    for number in (1, 2):
        (config.parent / "jobs/hello.py").write_text(f"JOB = {number}\n")
        releases.append(deploy(config)["release"])

    def current() -> str:
        key = "releases/prod/current.json"
        return hashlib.sha256(objects(s3_bucket)[key]).hexdigest()[:20]

    assert current() == releases[2]
    assert deploy(config, "--rollback", releases[0][:8], "--dry-run")["is_new"]
    assert current() == releases[2]
    assert deploy(config, "--rollback")["release"] == releases[1] == current()
    assert deploy(config, "--rollback", releases[0][:8])["release"] == releases[0] == current()
    assert not deploy(config, "--rollback", releases[0])["is_new"]
    assert "no releases are called 'nowhere'" in str(refused(config, "deploy", "--rollback", "nowhere"))
    assert deploy(config)["release"] == releases[2], "the project is deployed again, with what is there"


def test_a_release_whose_files_are_gone_is_not_brought_back(config: Path, s3_bucket: str, offline: object) -> None:
    first = deploy(config)
    (config.parent / "jobs/hello.py").write_text("JOB = 1\n")
    deploy(config)
    release = json.loads(objects(s3_bucket)[f"releases/prod/releases/{first['release']}.json"])
    project = release["artefacts"]["project"]
    client = import_module("boto3").client("s3")
    client.delete_object(Bucket=s3_bucket, Key=f"releases/prod/blobs/{project['sha256']}/project.zip")
    assert "project.zip" in refused(config, "deploy", "--rollback").what


def test_the_project_of_a_release_is_what_runs_read(config: Path, s3_bucket: str, offline: object) -> None:
    manifest = deploy(config)["manifest"]
    settings = load_settings(manifest, "prod", environ=os.environ)
    there = config.parent.__class__(settings.root)
    assert settings.storage.root == f"s3://{s3_bucket}/lakehouse"
    assert (there / "jobs/hello.py").read_text() == (config.parent / "jobs/hello.py").read_text()
    assert sorted(path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()) == [
        "config/base.yaml",
        "config/local.yaml",
        "config/prod.yaml",
        "contracts/silver/orders.odcs.yaml",
        "dbt/dbt_project.yml",
        "jobs/hello.py",
    ]
    run_there = run(config.__class__(manifest), "jobs")
    assert "hello" in CliRunner().invoke(tidegate, ["jobs", "--config", manifest, "--env", "prod"]).output, run_there


def test_a_project_that_was_changed_behind_the_manifest_is_not_run(
    config: Path, s3_bucket: str, offline: object
) -> None:
    manifest = deploy(config)["manifest"]
    key = next(key for key in objects(s3_bucket) if key.endswith("project.zip"))
    import_module("boto3").client("s3").put_object(Bucket=s3_bucket, Key=key, Body=b"another one")
    with pytest.raises(TidegateError, match="not the one that was deployed"):
        load_settings(manifest, "prod", environ=os.environ)


def test_the_files_are_what_their_platforms_take(config: Path, s3_bucket: str, offline: object) -> None:
    deploy(config)
    there = {key.rpartition("/")[2]: content for key, content in objects(s3_bucket).items()}
    with tarfile.open(fileobj=BytesIO(there["environment.tar.gz"])) as environment:
        names = environment.getnames()
        assert environment.getmember("bin/python").linkname == "/usr/bin/python3.11"
        assert "lib/python3.11/site-packages/tidegate/__init__.py" in names
    with zipfile.ZipFile(BytesIO(there["tidegate.gluewheels.zip"])) as wheels:
        lines = wheels.read("wheels/requirements.txt").decode().splitlines()
        assert any(line.startswith("tidegate==") for line in lines)
        assert all("==" in line for line in lines)
        assert any(name.startswith("wheels/tidegate-") for name in wheels.namelist())
    compile(there["tidegate_run.py"], "tidegate_run.py", "exec")
