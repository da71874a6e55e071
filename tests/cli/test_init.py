"""`tidegate init` makes a project that runs as it is."""

from __future__ import annotations

import json
import runpy
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.cli.running import Running

from tidegate.cli.commands import tidegate
from tidegate.errors import ConfigError, TidegateError

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from pyspark.sql import SparkSession


def typed(*words: str) -> Result:
    return CliRunner().invoke(tidegate, words, catch_exceptions=False)


@pytest.fixture
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a new project, in which commands are typed."""
    project = tmp_path / "mine"
    made = typed("init", str(project), "--template", "starter")
    assert made.exit_code == 0
    assert "tidegate run shop" in made.output
    monkeypatch.chdir(project)
    return project


def test_a_starter_knows_its_jobs_and_what_has_arrived(starter: Path) -> None:
    assert (starter / "config" / "schema" / "settings.schema.json").is_file()  # which its files name for editors
    assert (starter / ".gitignore").read_text().startswith("data/")
    plan = json.loads(typed("plan", "shop", "--json").stdout)
    assert [entry["job"] for entry in plan["jobs"]] == ["bronze.orders", "silver.orders"]


@pytest.mark.usefixtures("starter")
@pytest.mark.parametrize(
    "words",
    [
        ("audit", "silver.ordrs"),
        ("baseline", "silver.ordrs"),
        ("contract", "check", "silver.ordrs"),
        ("contract", "show", "silver.ordrs"),
        ("diff", "silver.ordrs", "1", "2"),
        ("maintain", "silver.ordrs"),
        ("quarantine", "show", "silver.ordrs"),
        ("restore", "silver.ordrs", "--to", "1"),
    ],
    ids=" ".join,
)
def test_a_misspelt_table_is_told_with_the_one_that_was_meant(words: tuple[str, ...]) -> None:
    with pytest.raises(TidegateError, match=r"did you mean silver\.orders\?") as raised:
        typed(*words)
    assert raised.value.exit_code == 2


@pytest.mark.usefixtures("starter")
def test_a_table_that_no_run_has_written_yet_is_not_taken_for_a_misspelling() -> None:
    with pytest.raises(TidegateError, match=r"silver\.orders does not exist") as raised:
        typed("audit", "silver.orders")
    assert raised.value.hint == "run the job that writes it"


@pytest.mark.usefixtures("starter")
def test_days_of_an_audit_that_end_before_they_begin_are_refused() -> None:
    with pytest.raises(TidegateError, match="the last day is before the first"):
        typed("audit", "silver.orders", "--from", "2026-12-01", "--to", "2026-11-01")


@pytest.mark.parametrize("template", ["retail", "starter"])
def test_a_project_that_is_there_is_left_alone(template: str, tmp_path: Path) -> None:
    mine = tmp_path / "jobs" / "mine.py"
    mine.parent.mkdir()
    mine.write_text("# mine\n")
    with pytest.raises(ConfigError, match="has jobs already"):
        typed("init", str(tmp_path), "--template", template)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]


@pytest.mark.spark
def test_a_starter_shows_what_a_gate_and_an_upsert_do(
    starter: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.factory.lakehouse.choose_platform", lambda *_: Running(spark))
    counts = {job["job"]: job["counts"] for job in json.loads(typed("run", "shop", "--json").stdout)["jobs"]}
    assert counts["bronze.orders"]["published"] == 7
    silver = counts["silver.orders"]
    assert (silver["published"], silver["quarantined"], silver["deduplicated"]) == (4, 1, 2)
    assert json.loads(typed("run", "shop", "--json").stdout)["status"] == "nothing_new"
    own = runpy.run_path(str(starter / "tests" / "test_orders.py"))
    own["test_blanks_are_nulls_and_amounts_are_numbers"](spark)
