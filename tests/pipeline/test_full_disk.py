"""A pipeline whose lease and journal cannot be written, because the disk is full."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.small_disk import small_disk

from tidegate.cli.commands import tidegate

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.spark,
    pytest.mark.default_line,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]


def test_a_pipeline_on_a_disk_that_gets_full_says_so_and_a_resume_makes_good(tmp_path: Path) -> None:
    project, mounted_at = tmp_path / "project", tmp_path / "disk"
    assert CliRunner().invoke(tidegate, ["init", str(project), "--template", "starter"]).exit_code == 0
    with small_disk(mounted_at, megabytes=16) as disk:
        folder = mounted_at if disk.inside else disk.folder
        command = [*disk.inside, sys.executable, "-m", "tests.pipeline.full_disk_runs", str(folder), str(project)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "cannot be written, so this run cannot be resumed" in done.stdout
    assert "cannot be released, and expires" in done.stdout
