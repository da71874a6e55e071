"""The wheel, installed into an empty environment, makes a project and runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.integration, pytest.mark.timeout(900)]

REPOSITORY = Path(__file__).parents[1]
SMALL = (
    "jobs.settings.landing.households=8",
    "jobs.settings.landing.history_until=2017-01-28",
    "jobs.settings.landing.arrivals=1",
)


def run(*command: str | Path, cwd: Path, exit_code: int = 0) -> str:
    """Run a command as a user would, without anything of this checkout on its path, and return its standard output."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=kept, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == exit_code, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of commands of an environment that holds the wheel, what it needs, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=REPOSITORY)
    (wheel,) = folder.glob("*.whl")
    uv = shutil.which("uv") or str(REPOSITORY / ".venv-uv" / "bin" / "uv")
    environment = folder / "environment"
    line = "spark35" if version("pyspark").startswith("3.") else "spark4"
    pinned = ("--frozen", "--no-default-groups", "--no-install-project", "--extra", "demo", "--group", line)
    python = ("--python", sys.executable)
    run("env", f"UV_PROJECT_ENVIRONMENT={environment}", uv, "sync", "--quiet", *pinned, *python, cwd=REPOSITORY)
    commands = environment / "bin"
    run(uv, "pip", "install", "--quiet", "--no-deps", "--python", commands / "python", wheel, cwd=folder)
    return commands


def test_a_new_user_makes_a_project_and_runs_it(installed: Path, tmp_path: Path) -> None:
    tidegate, project = installed / "tidegate", tmp_path / "shop"
    run(tidegate, "init", project, cwd=tmp_path)
    settings = [part for setting in SMALL for part in ("--set", setting)]
    run(tidegate, "run", "landing", *settings, cwd=project)
    first = json.loads(run(tidegate, "run", "bronze_to_silver", "--json", *settings, cwd=project))
    assert first["status"] == "succeeded"
    counts = {job["job"]: job["counts"] for job in first["jobs"]}
    assert counts["silver.orders"]["published"] > 0
    assert counts["silver.order_lines"]["published"] > counts["silver.orders"]["published"]
    again = json.loads(run(tidegate, "run", "bronze_to_silver", "--json", *settings, cwd=project))
    assert again["status"] == "nothing_new"
    kept = json.loads(run(tidegate, "maintain", "silver.orders", "--json", *settings, cwd=project))
    assert kept, "Java's own lines do not get into the document"


def test_the_wheel_carries_the_project_for_beginners(installed: Path, tmp_path: Path) -> None:
    run(installed / "tidegate", "init", tmp_path / "first", "--template", "starter", cwd=tmp_path)
    plan = json.loads(run(installed / "tidegate", "plan", "shop", "--json", cwd=tmp_path / "first"))
    assert [job["job"] for job in plan["jobs"]] == ["bronze.orders", "silver.orders"]


def test_the_library_imports_without_any_extra(installed: Path, tmp_path: Path) -> None:
    hidden = ("pyspark", "deltalake", "openlineage", "dbt", "pandas", "boto3", "s3fs")
    hide = f"import sys; sys.modules.update(dict.fromkeys({hidden!r})); "
    run(installed / "python", "-c", hide + "import tidegate, tidegate.config, tidegate.contracts.book", cwd=tmp_path)
