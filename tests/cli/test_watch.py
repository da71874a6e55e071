"""`tidegate watch` without a table to look at: what it says, writes and ends with; nothing of it starts Spark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tidegate.cli.plan import command as plan
from tidegate.cli.watch import command
from tidegate.errors import JobDefinitionError

if TYPE_CHECKING:
    from pathlib import Path

WATCH = '''
from tidegate import WatchJob, entrypoint


class {name}(WatchJob):
    """Checks."""


JOB = entrypoint({name})
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the folder of a project without contracts."""
    for folder in ("config", "jobs", "contracts"):
        (tmp_path / folder).mkdir()
    settings = "project: {name: shop}\nstorage: {root: lake}\nlineage: {enabled: false}\n"
    (tmp_path / "config" / "base.yaml").write_text(f"{settings}jobs: {{path: {tmp_path}/jobs}}\n")
    (tmp_path / "config" / "local.yaml").write_text("{}\n")
    (tmp_path / "jobs" / "watch.py").write_text(WATCH.format(name="Watch"))
    return tmp_path


def test_without_tables_there_is_nothing_to_say(project: Path) -> None:
    page = project / "trends.html"
    result = CliRunner().invoke(command, ["--config", f"{project}/config", "--html", str(page)])
    assert (result.exit_code, result.output[:40]) == (0, "0 tables, 0 checks, 0 did not pass; run ")
    assert "Watch: 0 tables" in page.read_text()
    machine = CliRunner().invoke(command, ["--config", f"{project}/config", "--json"])
    assert json.loads(machine.output)["status"] == "nothing_new"


def test_a_table_that_is_not_there_ends_the_run_with_what_to_do(project: Path) -> None:
    result = CliRunner().invoke(command, ["--config", f"{project}/config", "silver.orders"])
    assert result.exit_code == 1
    assert "error: a table that is to be watched does not exist\n  where: silver.orders\n  hint:  load it first" in (
        result.output
    )


def test_a_watch_is_planned_like_any_job(project: Path) -> None:
    result = CliRunner().invoke(plan, ["watch", "--config", f"{project}/config", "--json"])
    (planned,) = json.loads(result.output)["jobs"]
    assert planned | {"job": "watch", "is_due": False, "batch": 1, "inputs": []} == planned


@pytest.mark.parametrize(("names", "hint"), [((), "write jobs/watch.py"), (("Watch", "Other"), "other, watch")])
def test_a_project_has_one_watch(project: Path, names: tuple[str, ...], hint: str) -> None:
    (project / "jobs" / "watch.py").unlink()
    for name in names:
        (project / "jobs" / f"{name.lower()}.py").write_text(WATCH.format(name=name))
    result = CliRunner().invoke(command, ["--config", f"{project}/config"])
    assert isinstance(result.exception, JobDefinitionError)
    assert hint in str(result.exception)
