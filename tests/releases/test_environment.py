"""What a release ships starts without anything of this checkout, is small, and is the same whenever it is built."""

from __future__ import annotations

import io
import os
import platform
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import ConfigError
from tidegate.factory import deploying
from tidegate.releases.archives import digest, tarred, zipped
from tidegate.releases.environment import download, environment, wheels_in_zip
from tidegate.releases.packages import Interpreter, pinned_packages
from tidegate.releases.wheel import installed_wheel

HERE = Interpreter(f"{sys.version_info.major}.{sys.version_info.minor}", platform.machine())
MOST_BYTES = 15 * 2**20

FILES = st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?", fullmatch=True), st.binary(max_size=20), max_size=6)


@given(FILES)
def test_archives_are_the_same_for_the_same_files_in_any_order(files: dict[str, bytes]) -> None:
    turned = dict(reversed(files.items()))
    for made in (zipped, tarred, digest):
        assert made(files) == made(turned)
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files


@pytest.fixture(scope="module")
def wheels() -> dict[str, bytes]:
    """Return the wheels that tidegate needs without extras, from the index of Python's packages."""
    packages = pinned_packages([], [], HERE)
    wheel = installed_wheel(packages)
    return {**download(packages, HERE), wheel.name: wheel.content()}


@pytest.mark.slow
@pytest.mark.integration
def test_an_unpacked_environment_runs_tidegate_alone_and_is_small(wheels: dict[str, bytes], tmp_path: Path) -> None:
    python = os.path.realpath(sys.executable)
    with tarfile.open(fileobj=io.BytesIO(environment(wheels, HERE, python))) as archive:
        archive.extractall(tmp_path, filter="fully_trusted")  # noqa: S202 - our own
    site = tmp_path / f"lib/python{HERE.version}/site-packages"
    assert sum(file.stat().st_size for file in site.rglob("*") if file.is_file()) < MOST_BYTES
    said = "import tidegate, tidegate.config, importlib.metadata as m; print(tidegate.__file__, m.version('tidegate'))"
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(tmp_path / "bin/python"), "-c", said], env=kept, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(site))
    help_text = subprocess.run(
        [str(tmp_path / "bin/python"), "-c", "from tidegate.cli import main; main()", "--help"],
        env=kept, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "deploy" in help_text.stdout, help_text.stderr


@pytest.mark.slow
@pytest.mark.integration
def test_glue_installs_the_zip_of_wheels_without_an_index(wheels: dict[str, bytes], tmp_path: Path) -> None:
    packages = pinned_packages([], [], HERE)
    packages["tidegate"] = installed_wheel(packages).version
    with zipfile.ZipFile(io.BytesIO(wheels_in_zip(wheels, packages))) as archive:
        archive.extractall(tmp_path)  # noqa: S202 - our own
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--find-links", "wheels", "--target", "there"]
    done = subprocess.run(
        [*command, "--quiet", "--requirement", "wheels/requirements.txt"], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "there/tidegate/__init__.py").is_file()


@pytest.mark.integration
def test_a_package_that_cannot_be_had_is_said_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://shop:zqX7@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(ConfigError, match="pip could not get the packages") as error:
        download({"shop-client": "1.2.3"}, HERE)
    assert "zqX7" not in str(error.value)


def test_packages_are_pinned_to_what_is_installed_here() -> None:
    pins = pinned_packages(["aws"], [], Interpreter("3.11"))
    assert {"click", "pydantic", "pydantic-core", "boto3", "s3fs", "botocore"} <= pins.keys()
    assert not {"tidegate", "pyspark", "pytest"} & pins.keys()
    assert pinned_packages([], [], Interpreter("3.11")).items() <= pins.items()
    for extra in ("spark", "demo"):
        with pytest.raises(ConfigError, match="over what the platform brings"):
            pinned_packages([extra], [], Interpreter("3.11"))


def test_requirements_are_those_of_the_platform_and_not_of_this_machine() -> None:
    given = ["async-timeout==5.0.1"]  # aiohttp asks for it before Python 3.11 only
    assert pinned_packages(["aws"], given, Interpreter("3.10"))["async-timeout"] == "5.0.1"
    assert "async-timeout" not in pinned_packages(["aws"], [], Interpreter("3.13"))


def test_the_wheel_has_all_of_the_package_and_the_same_script_as_the_repository() -> None:
    wheel = installed_wheel({"click": "8.1.8"})
    package = Path(__file__).parents[2] / "src/tidegate"
    assert {
        f"tidegate/{file.relative_to(package).as_posix()}"
        for file in package.rglob("*.py")
        if {"_starter", "_template"}.isdisjoint(file.parts)
    } <= wheel.files.keys()
    assert wheel.content() == wheel.content()
    script = (package.parents[1] / "deploy" / deploying.ENTRY_POINT).read_text()
    assert script == deploying.SCRIPT
