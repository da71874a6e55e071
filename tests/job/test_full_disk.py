"""A disk that gets full in the middle of a run: one error that says so, nothing published, and a rerun makes good."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.small_disk import small_disk

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.spark,
    pytest.mark.default_line,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
]

FORMATS = ("delta", "iceberg", "parquet")
# The step at whose start the disk is full. Only publishing differs between the formats.
STEPS = ("stage", "quarantine", "publish", "end")
AT_STEPS = (*(f"delta:{step}" for step in STEPS), "iceberg:publish", "parquet:publish")
# KiB that are left when the run begins, so that it runs out within one step or another; `make test-faults` tries more.
FEW = (*AT_STEPS, "delta:28", "iceberg:28")
MANY = (*AT_STEPS, *(f"{kind}:{left}" for kind in FORMATS for left in range(0, 120, 12)))


def test_a_full_disk_fails_the_run_and_the_next_one_makes_good(tmp_path: Path) -> None:
    cases = MANY if os.environ.get("TIDEGATE_RANDOM_KILLS") else FEW
    mounted_at = tmp_path / "disk"
    with small_disk(mounted_at, megabytes=16) as disk:
        folder = mounted_at if disk.inside else disk.folder
        command = [*disk.inside, sys.executable, "-m", "tests.job.full_disk_runs", str(folder), *cases]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout)  # noqa: T201 - where they ran out
    assert done.returncode == 0, done.stderr
    assert "failed" in done.stdout, "the disk was never full"
