"""`tidegate alerts` tries every place, says which took the alert, and prints the schema of the message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.http_receiver import opened

from tidegate.alerts.message import schema
from tidegate.cli.alerts import command
from tidegate.cli.doctor import examine
from tidegate.factory.arguments import Arguments

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the configuration of a project whose alerts go to two channels."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("GOOD", "http://127.0.0.1:9/hook")
    monkeypatch.setenv("BAD", "http://127.0.0.1:9/hook")
    (tmp_path / "config").mkdir()
    (tmp_path / "jobs").mkdir()
    (tmp_path / "contracts").mkdir()
    (tmp_path / "config" / "local.yaml").write_text("{}\n")
    (tmp_path / "config" / "base.yaml").write_text(
        "project: {name: shop}\nstorage: {root: lake, layers: {}}\nalerts:\n  sinks:\n"
        "    - {type: slack, name: good, webhook: env:GOOD, severities: [fatal]}\n"
        "    - {type: slack, name: bad, webhook: env:BAD}\n"
    )
    return str(tmp_path / "config")


def test_every_place_is_tried_whatever_it_is_for(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened() as double:
        monkeypatch.setenv("GOOD", f"{double.url}/hook")
        result = CliRunner().invoke(command, ["test", "--config", project])
        assert len(double.taken) == 1
    assert result.exit_code == 1
    assert [line.split()[:2] for line in result.output.splitlines()] == [["ok", "good"], ["PROBLEM", "bad"]]


def test_one_place_can_be_tried_and_told_to_a_machine(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened() as double:
        monkeypatch.setenv("GOOD", f"{double.url}/hook")
        result = CliRunner().invoke(command, ["test", "--config", project, "--sink", "good", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.output) == {"sinks": {"good": {"kind": "taken", "reason": ""}}}


def test_the_schema_is_printed() -> None:
    assert CliRunner().invoke(command, ["schema"]).output == schema()


def test_the_doctor_finds_a_secret_that_is_missing(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> tuple[bool, str]:
        (check,) = (check for check in examine(Arguments(config=project, env="local")) if check.name == "alerts")
        return check.is_fine, check.found

    assert found() == (True, "the log, good, bad (`tidegate alerts test` sends one)")
    monkeypatch.delenv("BAD")
    is_fine, text = found()
    assert not is_fine
    assert "env:BAD" in text
