"""`tidegate maintain` on a Parquet table of the reference lakehouse: no Spark is needed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from tidegate.cli.commands import tidegate
from tidegate.tables.manifests import DataFile, Manifest, ManifestLog

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return the folder of `bronze.products` with one batch, and what a run that died forty days ago left."""
    folder = tmp_path / "bronze" / "products"
    ManifestLog(str(folder)).append(Manifest(1, "{}", (DataFile("data/1/a.parquet", 2_000_000),)))
    for path in ("data/1/a.parquet", "data/2/a.parquet"):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_bytes(b"x")
        os.utime(folder / path, (time.time() - 40 * 86_400,) * 2)
    return folder


def maintain(table: Path, *more: str) -> str:
    arguments = ["maintain", "bronze.products", "--config", str(REPOSITORY / "config")]
    done = CliRunner().invoke(tidegate, [*arguments, "--set", f"storage.root={table.parents[1]}", *more])
    assert done.exit_code == 0, done.output
    return done.output


def test_an_explanation_changes_nothing(table: Path) -> None:
    told = maintain(table, "--explain")
    assert told.startswith("bronze.products: 1 files, 1.9 MiB\n")
    assert "compact now: no" in told
    assert "expired" not in told
    assert (table / "data/2/a.parquet").exists()


def test_what_a_dead_run_left_goes(table: Path) -> None:
    told = json.loads(maintain(table, "--json"))
    assert (told["expired_files"], told["is_compacted"]) == (1, False)
    assert not (table / "data/2/a.parquet").exists()
    assert (table / "data/1/a.parquet").exists()


def test_the_retention_is_a_setting(table: Path) -> None:
    assert "0 files expired" in maintain(table, "--set", "maintenance.retention_days=50")
