"""What a project's own tests get from `tidegate.testing`, as the guide shows it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tidegate.errors import MissingExtraError, PlatformError
from tidegate.platforms.jars import cache_folder

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "testing-jobs.md"
FILE = re.compile(r"```python\n# tests/(\S+)\n(.*?)```", re.DOTALL)


@pytest.mark.spark
@pytest.mark.integration
@pytest.mark.slow
def test_the_guide_s_project_passes_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("project", "home", "temporary")}
    for folder in folders.values():
        folder.mkdir()
    files = dict(FILE.findall(GUIDE.read_text(encoding="utf-8")))
    for name, text in files.items():
        (folders["project"] / name).write_text(text, encoding="utf-8")
    environ = {
        **os.environ,
        "HOME": str(folders["home"]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TIDEGATE_CACHE": str(cache_folder(os.environ)),
        "TMPDIR": str(folders["temporary"]),
    }

    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "."]
    done = subprocess.run(command, cwd=folders["project"], env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path not in folders.values()}
    assert left == {f"project/{name}" for name in ("conftest.py", "test_numbers.py")}


@pytest.mark.spark
def test_a_second_session_beside_one_that_runs_is_refused(spark: SparkSession) -> None:
    from tidegate.testing import local_session  # noqa: PLC0415 - tests without the marker must not load Spark

    with pytest.raises(PlatformError, match="running already"), local_session():
        pass

    assert spark.range(1).count() == 1


def test_without_pytest_only_the_fixtures_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys; sys.modules['pytest'] = None; import tidegate.testing"
    subprocess.run([sys.executable, "-c", script], check=True)

    monkeypatch.setitem(sys.modules, "pytest", None)
    monkeypatch.delitem(sys.modules, "tidegate.testing.fixtures", raising=False)
    with pytest.raises(MissingExtraError) as caught:
        import_module("tidegate.testing.fixtures")

    assert caught.value.hint == "pip install 'tidegate[test]'"
