"""Whatever keeps a project from being deployed or started is one message with a next step, without a secret."""

from __future__ import annotations

import zipfile
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from tests.platforms.submissions.test_following import Script
from tests.releases.conftest import write_project
from tests.releases.test_deploying import deploy, objects, refused, run

from tidegate.errors import ConfigError, MissingFileError, StorageError
from tidegate.model.releases import PLATFORMS, Release, RunPlatform
from tidegate.platforms.submissions import runners
from tidegate.platforms.submissions.port import State
from tidegate.releases.shelf import released_at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.integration

SECRET = "zqX7secret"  # noqa: S105 - what must never be anywhere


def test_waiting_ends_with_the_exit_code_of_the_run(
    config: Path, offline: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(config)
    monkeypatch.setattr(
        "tidegate.factory.submitting.runner_of", lambda _: Script([State("FAILED", 3, "a gate refused")])
    )
    done = run(config, "submit", "hello", "--platform", "glue", "--wait")
    assert (done.exit_code, done.stdout) == (3, "FAILED: a gate refused\n")
    monkeypatch.setattr("tidegate.factory.submitting.runner_of", lambda _: Script([KeyboardInterrupt]))
    assert run(config, "submit", "hello", "--platform", "glue", "--wait").exit_code == 130


def test_a_bucket_that_is_not_there_is_said(tmp_path: Path, s3_bucket: str, offline: object) -> None:
    config = write_project(tmp_path, f"{s3_bucket}-other")
    for arguments in (("deploy",), ("deploy", "--dry-run"), ("submit", "hello", "--platform", "glue")):
        error = refused(config, *arguments)
        assert isinstance(error, MissingFileError)
        assert "no such bucket" in error.what


@pytest.mark.parametrize(
    ("code", "status", "hint"),
    [
        ("AccessDenied", 403, "allow s3:PutObject"),
        ("ExpiredToken", 400, "renew the credentials"),
        ("PermanentRedirect", 301, "set AWS_REGION to the bucket's"),
        ("QuotaExceeded", 400, "limit of the account"),
        ("SlowDown", 503, "asked again"),
    ],
)
def test_what_s3_refuses_is_one_message_with_a_next_step(
    code: str, status: int, hint: str, config: Path, offline: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = import_module("botocore.exceptions")
    store = import_module("tidegate.storage.s3").S3Store

    def refuse(*_: Any, **__: Any) -> None:  # noqa: ANN401
        response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise OSError(code) from errors.ClientError(response, "PutObject")

    monkeypatch.setattr(store, "_put", refuse)
    error = refused(config, "deploy")
    assert isinstance(error, StorageError)
    assert hint in str(error.hint)
    assert error.retryable == (code == "SlowDown")


def test_without_credentials_somebody_is_told_to_get_some(
    config: Path, offline: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    import_module("s3fs").S3FileSystem.clear_instance_cache()
    assert "AWS_PROFILE" in str(refused(config, "deploy").hint)


def test_settings_that_cannot_be_deployed_are_refused_before_anything_is_asked(tmp_path: Path) -> None:
    config = write_project(tmp_path, "nowhere")
    assert "nothing says where releases go" in refused(config, "deploy", env="local").what
    (config / "local.yaml").write_text("deploy: {location: 's3://nowhere/x'}\n")
    assert "in a folder of this machine" in refused(config, "deploy", env="local").what


def test_a_secret_or_a_key_of_the_project_is_not_deployed(config: Path, offline: object) -> None:
    text = (config / "prod.yaml").read_text()
    (config / "prod.yaml").write_text(text.replace("spark.executor.cores=4", f"spark.my.password={SECRET}"))
    error = refused(config, "deploy")
    assert "holds a secret" in error.what or "is a secret" in error.what
    assert SECRET not in str(error)
    (config / "prod.yaml").write_text(text)
    (config.parent / "jobs/shop.pem").write_text(SECRET)
    assert "looks like a key" in refused(config, "deploy").what
    (config.parent / "jobs/shop.pem").unlink()
    (config.parent / "jobs/link.py").symlink_to("/etc/hostname")
    assert "link out of it" in refused(config, "deploy").what


def test_nothing_deployed_and_no_manifest_are_said(config: Path, s3_bucket: str, offline: object) -> None:
    assert "nothing is deployed" in refused(config, "submit", "hello", "--platform", "glue").what
    assert "nothing is deployed" in refused(config, "deploy", "--rollback").what
    deploy(config)
    assert "no release to go back to" in refused(config, "deploy", "--rollback").what
    with pytest.raises(ConfigError, match="there is no release"):
        released_at(f"s3://{s3_bucket}/releases/other/current.json")
    for text in ("", "[]", "{}", '{"layout": 2}'):
        with pytest.raises(ConfigError, match="no manifest"):
            Release.from_json(text, "somewhere")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_has_a_runner(platform: RunPlatform) -> None:
    runner = runners.runner_of(platform)
    assert all(callable(getattr(runner, name)) for name in ("start", "state", "log", "cancel"))


def test_what_is_told_apart_by_packages_alone_is_a_release_of_its_own(
    config: Path, s3_bucket: str, offline: list[Mapping[str, str]]
) -> None:
    (config.parent / "requirements.txt").write_text("click\n# a remark\n\nshop-client==1.2.3\n")
    (config / "prod.yaml").write_text(
        (config / "prod.yaml").read_text().replace("deploy:\n", "deploy:\n  requirements: requirements.txt\n")
    )
    first = deploy(config)
    assert offline[-1]["shop-client"] == "1.2.3"
    (config.parent / "requirements.txt").write_text("shop-client==1.2.4\n")
    second = deploy(config)
    assert second["changes"][0] == {"sort": "changed", "what": "package shop-client", "detail": "1.2.3 → 1.2.4"}
    assert [change["what"] for change in second["changes"][1:]] == ["setting wheel of tidegate"], "it asks for the pins"
    assert second["release"] != first["release"]
    wheel = next(content for key, content in objects(s3_bucket).items() if key.endswith(".whl"))
    with zipfile.ZipFile(BytesIO(wheel)) as archive:
        name = next(name for name in archive.namelist() if name.endswith("METADATA"))
        assert "Requires-Dist: shop-client==1.2." in archive.read(name).decode()
    (config.parent / "requirements.txt").write_text("not-here-at-all\n")
    assert "not installed here" in refused(config, "deploy").what
    (config.parent / "requirements.txt").write_text("pyspark\n")
    assert "over what the platform brings" in refused(config, "deploy").what
    (config.parent / "requirements.txt").write_text("-r other.txt\n")
    assert "no requirement" in refused(config, "deploy").what
