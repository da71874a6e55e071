"""`tidegate backfill` as it is typed: what it refuses, and what it shows without Spark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tidegate.cli.commands import tidegate
from tidegate.errors import JobDefinitionError

if TYPE_CHECKING:
    from click.testing import Result

ROOT = Path(__file__).parents[2]
DAYS = ("--from", "2024-01-01", "--to", "2024-01-03")


def typed(lake: Path, *words: str) -> Result:
    place = ["--config", str(ROOT / "config"), "--set", f"storage.root={lake}", "--set", f"landing.root={lake}/landing"]
    return CliRunner().invoke(tidegate, ["backfill", *words, *place], catch_exceptions=True)


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize(
    "words",
    [
        ("silver.orders",),
        ("silver.orders", "--from", "2024-01-01"),
        ("silver.orders", *DAYS, "--full-refresh"),
        ("silver.orders", "--full-refresh", "--dry-run"),
        ("silver.orders", "--from", "yesterday", "--to", "2024-01-03"),
        ("silver.orders", *DAYS, "--by", "size"),
        ("silver.orders", *DAYS, "--parallel", "0"),
    ],
)
def test_words_that_say_nothing_or_two_things_are_a_usage_error(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert typed(tmp_path, *words).exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("retail", "--full-refresh"), "is a pipeline"),
        (("retail", *DAYS, "--by", "arrival", "--missing"), "no job of retail"),
        (("gold", *DAYS), "built by dbt"),
        (("gold", "--full-refresh"), "built by dbt"),
        (("bronze.order_lines", *DAYS), "by arrival"),
        (("silver.orders", *DAYS, "--interval", "fortnight"), "no length"),
        (("silver.orders", "--from", "2024-01-03", "--to", "2024-01-01"), "before the first"),
    ],
)
def test_what_cannot_be_backfilled_says_why(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    error = typed(tmp_path, *words).exception
    assert isinstance(error, JobDefinitionError)
    assert told in str(error)
    assert error.exit_code == 2


def test_a_dry_run_shows_the_slices(tmp_path: Path) -> None:
    asked = ("bronze.order_lines", *DAYS, "--by", "arrival", "--interval", "2 days", "--dry-run")
    shown = typed(tmp_path, *asked)
    assert shown.exit_code == 0, shown.exception
    assert "2024-01-01..2024-01-02" in shown.output
    document = json.loads(typed(tmp_path, *asked, "--json").output)
    assert document["scope"] == "backfill.arrival.20240101-20240103.2days"
    assert [part["interval"] for part in document["slices"]] == ["2024-01-01..2024-01-02", "2024-01-03"]
    assert not any(tmp_path.rglob("*.json"))


def test_a_dry_run_of_a_pipeline_shows_the_slices_of_each_job_and_what_is_left_out(tmp_path: Path) -> None:
    asked = ("retail", *DAYS, "--interval", "2 days", "--dry-run")
    shown = typed(tmp_path, *asked)
    assert shown.exit_code == 0, shown.exception
    assert "left as they are:\n  bronze.order_lines: files are known by when they arrived" in shown.output
    document = json.loads(typed(tmp_path, *asked, "--json").output)
    assert "built by dbt" in document["left_out"]["gold"]
    assert {"silver.orders", "silver.order_lines"} <= {job["job"] for job in document["jobs"]}
    assert not {job["job"] for job in document["jobs"]} & set(document["left_out"])
    assert not any(tmp_path.rglob("*.json"))
