"""`tidegate export` writes what is stale, compares, and refuses in words what cannot be."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from tidegate.cli.commands import tidegate
from tidegate.errors import ConfigError, JobDefinitionError
from tidegate.factory import running
from tidegate.factory.pipelines import HowToRun
from tidegate.factory.submitted import run_submitted
from tidegate.model.pins import parse_moment

if TYPE_CHECKING:
    from tidegate.factory.arguments import Arguments

ROOT = Path(__file__).parents[2]
RUN = "0199c000-0000-7000-8000-00000000000a"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for part in ("config", "contracts", "jobs", "dbt"):
        ignored = shutil.ignore_patterns("generated", "target", "logs", "__pycache__")
        shutil.copytree(ROOT / part, tmp_path / part, ignore=ignored)
    return tmp_path


def run(project: Path, *arguments: str) -> Result:
    config = ["--config", str(project / "config"), "--env", "prod"]
    return CliRunner().invoke(tidegate, ["export", *arguments, *config])


def change(project: Path, old: str, new: str) -> None:
    file = project / "config/pipelines/retail.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def test_a_file_is_written_once_and_is_stale_after_a_change(project: Path) -> None:
    out = str(project / "retail.asl.json")
    asked = ("retail", "--to", "step-functions", "--out", out)
    assert run(project, *asked, "--check").exit_code == 2
    assert not Path(out).exists()
    assert run(project, *asked).output.startswith("written")
    assert run(project, *asked, "--check").exit_code == 0
    assert run(project, *asked).output.startswith("current")
    change(project, "  - silver.orders\n", "  - {job: silver.orders, retries: 2, timeout_seconds: 900}\n")
    assert (run(project, *asked, "--check").exit_code, run(project, *asked, "--check").output[:5]) == (2, "stale")
    state = json.loads(run(project, "retail", "--to", "step-functions").output)["States"]["Level 4"]["Branches"][0]
    task = state["States"]["silver.orders"]
    assert (task["TimeoutSeconds"], task["Retry"][-1]["MaxAttempts"]) == (900, 2)


def test_the_files_of_the_repository_are_current() -> None:
    for scheduler, file in (
        ("airflow", "airflow/retail.py"),
        ("step-functions", "step_functions/retail.asl.json"),
        ("kubernetes", "kubernetes/retail.yaml"),
    ):
        made = CliRunner().invoke(
            tidegate, ["export", "retail", "--to", scheduler, "--env", "prod", "--config", str(ROOT / "config")]
        )
        assert made.output.replace(str(ROOT / "config"), "config") == (ROOT / "deploy" / file).read_text()


def test_what_cannot_be_is_said(project: Path) -> None:
    wrong = run(project, "retail", "--to", "step-functions", "--platform", "local")
    assert isinstance(wrong.exception, ConfigError)
    assert "allowed: emr-serverless, emr, glue" in str(wrong.exception)
    unknown = run(project, "retale", "--to", "airflow")
    assert "did you mean retail?" in str(unknown.exception)
    assert run(project, "retail", "--to", "airflow", "--check").exit_code == 2
    change(project, "  - gold\n", "  - {job: gold, on_failure: roll_back}\n")
    refused = run(project, "retail", "--to", "airflow")
    assert isinstance(refused.exception, JobDefinitionError)
    assert "retail.yaml:" in str(refused.exception)
    assert "--whole" in str(refused.exception)
    whole = run(project, "retail", "--to", "airflow", "--whole")
    assert whole.output.count("BashOperator(") == 1
    assert run(project, "retail", "--to", "kubernetes").exit_code == 0


def test_no_secret_is_in_a_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUEZ_API_KEY", "hidden-key")
    for scheduler in ("airflow", "step-functions", "kubernetes"):
        assert "hidden-key" not in run(project, "retail", "--to", scheduler).output


def test_what_platforms_run_takes_names_and_values_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, Arguments, HowToRun]] = []

    def note(name: str, arguments: Arguments, how: HowToRun) -> int:
        seen.append((name, arguments, how))
        return 3

    monkeypatch.setattr(running, "run_named", note)
    told = ["--JOB_NAME", "x", "--run", "silver.orders", "--env", "prod", "--config", "s3://b/c"]
    told += ["--logical-at", "2026-11-22T03:30:00.123Z", "--parent-run", f"airflow/shop/{RUN}"]
    assert run_submitted(told) == 3
    name, arguments, how = seen[0]
    assert (name, arguments.env, arguments.config) == ("silver.orders", "prod", "s3://b/c")
    assert how.logical_at == datetime(2026, 11, 22, 3, 30, 0, 123_000, tzinfo=timezone.utc)
    assert how.environ({"A": "b"}) == {"A": "b", "OPENLINEAGE_PARENT_ID": f"airflow/shop/{RUN}"}


def test_a_moment_is_a_time_and_not_for_what_goes_on() -> None:
    for wrong in ("12", "tomorrow"):
        with pytest.raises(ConfigError, match="time"):
            parse_moment(wrong)
    with pytest.raises(JobDefinitionError, match="goes on"):
        HowToRun(is_resuming=True, logical_at=parse_moment("2026-11-22"))
    with pytest.raises(JobDefinitionError, match="is a script"):
        HowToRun(logical_at=parse_moment("2026-11-22")).check_script("landing")
