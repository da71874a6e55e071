"""`tidegate report` makes a page of a run from its records alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.factory.test_run_page import PIPELINE

from tidegate.cli.report import command
from tidegate.errors import ReportError
from tidegate.lineage.records import RunRecords

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lake(tmp_path: Path) -> str:
    """Return the configuration of a project with one run."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.yaml").write_text("{}\n")
    (tmp_path / "config" / "base.yaml").write_text("project: {name: shop}\nstorage: {root: lake, layers: {}}\n")
    RunRecords(str(tmp_path / "lake")).pipeline_ended(PIPELINE)
    return str(tmp_path / "config")


def test_the_newest_run_of_a_name_becomes_a_page_in_a_file(lake: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["shop", "--config", lake, "--out", str(tmp_path / "r.html")])
    assert result.exit_code == 0, result.output
    assert "<title>shop: IN PART</title>" in (tmp_path / "r.html").read_text()


def test_without_a_file_the_page_is_printed(lake: str) -> None:
    assert CliRunner().invoke(command, ["shop", "--config", lake]).output.startswith("<!doctype html>")


def test_a_run_that_nobody_knows_is_an_error_with_the_next_step(lake: str) -> None:
    with pytest.raises(ReportError, match="tidegate runs"):
        CliRunner().invoke(command, ["nothing", "--config", lake], catch_exceptions=False)
