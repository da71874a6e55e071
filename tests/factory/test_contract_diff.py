"""`tidegate contract diff` on the reference lakehouse: whom a change concerns, what is said, and how it ends."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from tidegate.cli.commands import tidegate
from tidegate.config import load_settings
from tidegate.errors import ContractError
from tidegate.factory.diffing import DiffedContract, diff_contracts

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
ORDERS = "contracts/silver/orders.odcs.yaml"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the reference lakehouse's sources in a folder, and stand in it."""
    for part in ("config", "contracts", "dbt", "jobs"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("generated", "target", "logs"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changed(file: str, old: str, new: str) -> str:
    """Return the place of a copy of a contract as it was; the contract itself is changed."""
    before = Path(file).read_text()
    assert old in before
    Path("before.odcs.yaml").write_text(before)
    Path(file).write_text(before.replace(old, new, 1))
    return "before.odcs.yaml"


def diffed(file: str, old: str, new: str) -> DiffedContract:
    return diff_contracts(load_settings("config", "local", environ={}), changed(file, old, new), file)


def concerned(found: DiffedContract) -> set[tuple[str, str, str]]:
    return {(consumer.kind, consumer.name, consumer.relation) for consumer in found.consumers}


def run(*words: str) -> Result:
    return CliRunner().invoke(tidegate, ["contract", "diff", *words])


@pytest.mark.usefixtures("project")
def test_jobs_are_concerned_by_what_matters_to_readers_or_to_writers() -> None:
    found = diffed("contracts/silver/order_lines.odcs.yaml", "name: store_id", "name: shop_id")
    assert ("job", "silver.order_lines", "writes") in concerned(found)
    assert ("job", "silver.orders", "reads") in concerned(found)
    assert not {name for kind, name, _ in concerned(found) if kind == "contract"}
    (reader,) = (consumer for consumer in found.consumers if consumer.name == "silver.orders")
    assert [change.element for change in reader.changes] == ["column store_id"]
    assert reader.how == "it declares order_id, ordered_date; otherwise its code is Python: any column may concern it"


@pytest.mark.usefixtures("project")
def test_models_are_concerned_by_columns_that_their_sql_names() -> None:
    found = diffed(ORDERS, "name: line_count", "name: lines")
    models = {name for kind, name, _ in concerned(found) if kind == "dbt model"}
    naming = {
        file.stem
        for file in Path("dbt/models").rglob("*.sql")
        if "line_count" in file.read_text() and file.stem != "stg_order_lines"
    }
    assert models == naming
    assert "stg_orders" in models


@pytest.mark.usefixtures("project")
def test_models_of_models_are_found_by_ref() -> None:
    found = diffed("contracts/gold/fact_orders.odcs.yaml", "name: ordered_date", "name: order_day")
    assert ("dbt model", "daily_revenue", "reads") in concerned(found)
    assert ("dbt model", "stg_orders", "reads") not in concerned(found)


@pytest.mark.usefixtures("project")
def test_contracts_are_concerned_where_their_foreign_key_leads_to_what_changed() -> None:
    found = diffed("contracts/silver/customers.odcs.yaml", "name: customer_id", "name: household_id")
    assert ("contract", "silver.orders", "refers to") in concerned(found)
    other = diffed("contracts/silver/customers.odcs.yaml", "name: segment", "name: part")
    assert not {name for kind, name, _ in concerned(other) if kind == "contract"}


@pytest.mark.usefixtures("project")
def test_nobody_is_concerned_by_documentation() -> None:
    found = diffed(ORDERS, "description: The store.", "description: The shop.")
    assert found.comparison.step == "patch"
    assert found.consumers == ()


@pytest.mark.usefixtures("project")
def test_the_command_ends_with_3_exactly_if_something_breaks() -> None:
    assert run(ORDERS, ORDERS).exit_code == 0
    before = changed(ORDERS, "name: line_count", "name: lines")
    assert run(before, ORDERS).exit_code == 3
    assert run(before, ORDERS, "--no-consumers").exit_code == 3


@pytest.mark.usefixtures("project")
def test_what_people_read_names_places_levels_people_and_version() -> None:
    before = changed(ORDERS, "name: line_count", "name: lines")
    said = run(before, ORDERS).stdout
    for part in (
        f"silver.orders: 1 breaking, 1 additive\n\nBreaking:\n  {before}:",
        f"Additive:\n  {ORDERS}:",
        "job silver.orders (writes it), breaking: column line_count, column lines",
        "dbt model stg_orders (reads it)",
        "a major version: 2.0.0 at least, after 1.0.0. The new document's 1.0.0 DOES NOT go that far.",
    ):
        assert part in said
    assert "no change" in run(ORDERS, ORDERS).stdout
    assert "cannot be compared" in said_of_version("spring")
    assert "goes that far" in said_of_version("3.0.0")


def said_of_version(version: str) -> str:
    document = Path(ORDERS).read_text().replace("version: 1.0.0", f"version: {version}")
    Path("after.odcs.yaml").write_text(document)
    return run("before.odcs.yaml", "after.odcs.yaml").stdout


@pytest.mark.usefixtures("project")
def test_json_is_one_document_whose_consumers_point_at_its_changes() -> None:
    before = changed(ORDERS, "name: line_count", "name: lines")
    found = json.loads(run(before, ORDERS, "--json").stdout)
    assert (found["table"], found["is_breaking"], found["step"]) == ("silver.orders", True, "major")
    assert (found["needed_version"], found["is_version_enough"]) == ("2.0.0", False)
    assert [change["kind"] for change in found["changes"]] == ["column_removed", "column_added"]
    assert {consumer["name"]: consumer["changes"] for consumer in found["consumers"]}["stg_orders"] == [0]
    page = (ROOT / "docs" / "reference" / "contract-diff.md").read_text()
    assert all(f"`{field}`" in page for field in {*found, *found["changes"][0], *found["consumers"][0]})


def test_a_revision_of_git_stands_for_a_file(project: Path) -> None:
    git(project, ["init", "-q"], ["add", "."], ["commit", "-qm", "first"])
    changed(ORDERS, "name: line_count", "name: lines")
    assert run(f"HEAD:{ORDERS}", ORDERS).exit_code == 3
    assert run(f"HEAD:{ORDERS}", f"HEAD:./{ORDERS}").exit_code == 0


def git(folder: Path, *commands: Sequence[str]) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    for command in commands:
        subprocess.run(["git", *identity, *command], cwd=folder, check=True, capture_output=True)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("nowhere.odcs.yaml", ORDERS, "there is no contract"),
        (ORDERS, "HEAD:nowhere.odcs.yaml", "neither as a file nor in git"),
        ("--upload-pack=x:y", ORDERS, "there is no contract"),
        ("dbt/dbt_project.yml", ORDERS, "the contract has"),
        ("contracts/silver/products.odcs.yaml", ORDERS, "different tables"),
    ],
)
def test_a_mistake_is_told_and_ends_with_2(old: str, new: str, said: str) -> None:
    with pytest.raises(ContractError, match=said) as told:
        diff_contracts(load_settings("config", "local", environ={}), old, new)
    assert told.value.exit_code == 2
    assert told.value.hint


@pytest.mark.usefixtures("project")
def test_a_table_is_named_where_no_document_lies_at_its_place() -> None:
    shutil.copy(ORDERS, "a.odcs.yaml")
    Path("b.odcs.yaml").write_text(Path(ORDERS).read_text().replace("name: line_count", "name: lines"))
    assert "job silver.orders" not in run("a.odcs.yaml", "b.odcs.yaml").stdout
    assert "job silver.orders" in run(ORDERS, "b.odcs.yaml").stdout
    assert "job silver.orders" in run("a.odcs.yaml", "b.odcs.yaml", "--table", "silver.orders").stdout


@pytest.mark.usefixtures("project")
def test_without_git_a_file_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ContractError, match="git, which may have it, is not there"):
        diff_contracts(None, f"HEAD:{ORDERS}", ORDERS)
