from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from tidegate.cli.commands import tidegate
from tidegate.config import load_settings
from tidegate.contracts.outputs.artefacts import states, write
from tidegate.errors import ConfigError, ContractError
from tidegate.factory.generation import KINDS, Generated, generate

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
ORDERS = "contracts/silver/orders.odcs.yaml"
SQL, SUITE, ROWS = (f"contracts/generated/silver/orders.{ending}" for ending in ("sql", "gx.json", "rows.json"))
PAGE = "docs/dictionary/silver.md"
SOURCES = "dbt/models/staging/_sources.yml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make the reference lakehouse's configuration, contracts and dbt project in a folder, with nothing generated."""
    for part in ("config", "contracts", "dbt"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("generated", "target", "logs"))
    (tmp_path / SOURCES).unlink()
    return tmp_path


def found(project: Path, tables: Sequence[str] = (), *, kinds: Sequence[str] = ()) -> Generated:
    return generate(load_settings(str(project / "config"), "local", environ={}), tables, kinds=kinds)


def not_current(project: Path) -> dict[str, str]:
    """Return the files that do not fit, seen from the project's folder."""
    now = found(project)
    listed = states(now.artefacts, now.folders)
    return {str(Path(file).relative_to(project)): state for file, state in listed.items() if state != "current"}


def run(project: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        tidegate, ["contract", "generate", "--config", str(project / "config"), *arguments], catch_exceptions=False
    )


def change(project: Path, old: str, new: str, file: str = ORDERS) -> None:
    before = (project / file).read_text()
    assert old in before
    (project / file).write_text(before.replace(old, new, 1))


def test_what_is_missing_is_written_once_and_then_left_alone(project: Path) -> None:
    assert set(not_current(project).values()) == {"missing"}
    first = found(project)
    write(first.artefacts, first.folders)
    assert not_current(project) == {}
    written = {file: file.stat().st_mtime_ns for file in project.rglob("*") if file.is_file()}
    again = found(project)
    assert again == first
    write(again.artefacts, again.folders)
    assert {file: file.stat().st_mtime_ns for file in project.rglob("*") if file.is_file()} == written


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        ("description: One row per order.", "description: One row per basket.", {SQL, SUITE, PAGE, SOURCES}),
        ("physicalType: bigint", "physicalType: decimal(20,0)", {SQL, ROWS, PAGE, SOURCES}),
        ("name: store_id", "name: shop_id", {SQL, SUITE, ROWS, PAGE, SOURCES}),
        ("version: 1.0.0", "version: 1.0.1", {SQL, SUITE, ROWS, PAGE}),
        ("min: 1\n", "min: 2\n", {SQL, SUITE, ROWS, PAGE}),
        ("severity: warn", "severity: info", {SQL, PAGE}),
    ],
)
def test_a_change_of_a_contract_makes_exactly_its_files_stale(
    project: Path, old: str, new: str, stale: set[str]
) -> None:
    first = found(project)
    write(first.artefacts, first.folders)
    change(project, old, new)
    assert not_current(project) == dict.fromkeys(stale, "stale")


@pytest.mark.parametrize("told", ["tags: [a-tag]", "domain: wholesale", "roles: [{role: reader, access: none}]"])
def test_what_only_people_read_is_in_the_dictionary_alone(project: Path, told: str) -> None:
    first = found(project)
    write(first.artefacts, first.folders)
    change(project, "domain: retail", told)
    assert not_current(project) == {PAGE: "stale"}


def test_a_model_that_reads_another_table_makes_the_sources_stale(project: Path) -> None:
    first = found(project)
    write(first.artefacts, first.folders)
    change(
        project, "source('silver', 'products')", "source('silver', 'fx_rates')", "dbt/models/staging/stg_products.sql"
    )
    assert not_current(project) == {SOURCES: "stale"}


def test_what_is_left_over_from_a_contract_goes_and_nothing_else(project: Path) -> None:
    first = found(project)
    write(first.artefacts, first.folders)
    (project / "contracts/silver/coupon_redemptions.odcs.yaml").unlink()
    own = project / "contracts/generated/silver/own.sql"
    own.write_text("select 1")
    gone = {file for file in (project / "contracts/generated/silver").iterdir() if file.name.startswith("coupon_")}
    named = {str(file.relative_to(project)) for file in gone}
    assert not_current(project) == {**dict.fromkeys(named, "left over"), PAGE: "stale"}
    left = found(project)
    write(left.artefacts, left.folders)
    assert not_current(project) == {}
    assert not any(file.exists() for file in gone)
    assert own.exists()


def test_only_what_is_asked_for_is_generated(project: Path) -> None:
    names = [str(Path(file.uri).relative_to(project)) for file in found(project, ["silver.orders"]).artefacts]
    assert sorted(names) == sorted([SQL, SUITE, ROWS, PAGE, SOURCES])
    for kind in KINDS:
        assert found(project, kinds=[kind]).artefacts
    assert found(project, kinds=["ddl"]).folders == ()
    with pytest.raises(ConfigError, match="nothing of the kind avro is generated"):
        found(project, kinds=["ddl", "avro"])
    with pytest.raises(ContractError, match=r"silver\.nothing has no contract"):
        found(project, ["silver.nothing"])


def test_a_check_names_what_is_stale_and_what_to_run(project: Path, tmp_path: Path) -> None:
    assert run(project).exit_code == 0
    fine = run(project, "--check")
    assert (fine.exit_code, fine.stderr) == (0, "")
    change(project, "version: 1.0.0", "version: 1.0.1")
    stale = run(project, "--check")
    assert stale.exit_code == 2
    assert {line.rpartition("/")[2] for line in stale.stdout.splitlines()} == {
        Path(file).name for file in (SQL, SUITE, ROWS, PAGE)
    }
    assert "run: tidegate contract generate" in stale.stderr
    told = json.loads(run(project, "--check", "--json").stdout)["files"]
    assert {Path(file["file"]).name for file in told if file["was"] == "stale"} == {
        Path(file).name for file in (SQL, SUITE, ROWS, PAGE)
    }
    assert run(project, "--check").exit_code == 2, "a check writes nothing"
    assert run(project, "--out", str(tmp_path / "elsewhere")).exit_code == 0
    assert (tmp_path / "elsewhere/dbt/models/staging/_sources.yml").exists()
    assert run(project, "--check").exit_code == 2


def test_the_files_of_the_repository_are_current() -> None:
    assert not_current(ROOT) == {}
