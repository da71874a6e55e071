"""`contract check` as it is typed, and the same in a project's own tests."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import PEOPLE
from tests.cli.running import NewProcess
from tests.tables.batches import commit, rows_batch

from tidegate.cli.commands import tidegate
from tidegate.contracts.documents import load_contract
from tidegate.errors import ContractError
from tidegate.tables.catalog import Catalog, Place
from tidegate.testing import check_columns, check_compatible

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

Told = list[tuple[str, str, bool]]

DOCUMENT = "contracts/silver/people.odcs.yaml"


def found(folder: Path, rows: DataFrame, source: str) -> tuple[int, list[Told]]:
    """Return the exit code, and the differences of the table and of its source."""
    with sqlite3.connect(folder / "shop.db") as database:
        database.execute("drop table if exists people")
        database.execute(f"create table people ({source})")
    store = Catalog({"silver": Place("parquet", f"{folder}/data/silver")}, lambda: rows.sparkSession).store(PEOPLE)
    if store.version(PEOPLE) is None:
        store.publish(rows_batch(rows, PEOPLE), commit(1))
    result = NewProcess().invoke(tidegate, ["contract", "check", "silver.people", "--json"])
    said = json.loads(result.stdout)
    text = NewProcess().invoke(tidegate, ["contract", "check", "silver.people"])
    assert text.exit_code == result.exit_code == (3 if said["is_broken"] else 0)
    assert ("BREAKS" in text.stdout) == said["is_broken"]
    told = [[(one["kind"], one["column"], one["is_fault"]) for one in side["differences"]] for side in said["compared"]]
    return result.exit_code, told


@pytest.mark.spark
@pytest.mark.default_line
def test_a_table_and_the_source_of_its_job_are_held_against_the_contract(people: Path, spark: SparkSession) -> None:
    held = ("nullability", "id", False)
    rows = spark.createDataFrame([(1, "a", None)], "id int, mail string, _run_id string")
    assert found(people, rows, "id integer, mail text") == (0, [[held], []])
    wanting = [("missing", "id", True), ("extra", "note", False)]
    assert found(people, rows, "mail text, note text") == (3, [[held], wanting])
    file = people / DOCUMENT
    text = (
        file.read_text().replace("name: mail", "name: post").replace("id, physicalType: int", "id, physicalType: date")
    )
    file.write_text(text)
    code, (table, _) = found(people, rows, "id integer, mail text")
    assert (code, table) == (3, [("type", "id", True), held, ("missing", "post", True), ("extra", "mail", True)])


@pytest.mark.spark
@pytest.mark.default_line
def test_columns_of_a_frame_are_checked_in_a_test(people: Path, spark: SparkSession) -> None:
    contract = load_contract(str(people / DOCUMENT))
    check_columns(spark.createDataFrame([], "mail string, id int, _run_id string"), contract)
    check_columns(spark.createDataFrame([(1, "a")], "id int not null, mail string not null"), contract)
    with pytest.raises(AssertionError, match=r"mail is a int.*\n.*note"):
        check_columns(spark.createDataFrame([], "id int, mail int, note int"), contract)


def test_versions_of_a_contract_are_compared_in_a_test(tmp_path: Path) -> None:
    old, new, worse = (tmp_path / name / "people.odcs.yaml" for name in ("old", "new", "worse"))
    text = """
apiVersion: v3.1.0
kind: DataContract
id: people
name: people
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - {name: id, physicalType: int, required: true}
"""
    more = "      - {name: mail, physicalType: string}\n"
    for file, content in ((old, text + more), (new, text + more + more.replace("mail", "note")), (worse, text)):
        file.parent.mkdir()
        file.write_text(content)
    check_compatible(str(old), str(old), table="silver.people")
    with pytest.raises(AssertionError, match="minor"):
        check_compatible(str(old), str(new), table="silver.people")
    new.write_text(new.read_text().replace("1.0.0", "1.1.0"))
    check_compatible(str(old), str(new), table="silver.people")
    worse.write_text(worse.read_text().replace("1.0.0", "2.0.0"))
    with pytest.raises(AssertionError, match=r"mail \(string\) is gone"):
        check_compatible(str(old), str(worse), table="silver.people")
    with pytest.raises(ContractError):
        check_compatible(str(old), str(tmp_path / "none.odcs.yaml"))


FILES = '''
from tidegate import Append, Files, Output, SparkJob, entrypoint


class People(SparkJob):
    """Every person, as files have them."""

    inputs = {"people": Files("people", format="csv", options=(("rename", "number=id"),))}
    output = Output("silver.people", Append())


JOB = entrypoint(People)
'''


@pytest.mark.spark
@pytest.mark.default_line
def test_what_the_files_of_a_feed_show_is_held_against_the_contract(people: Path, spark: SparkSession) -> None:
    store = Catalog({"silver": Place("parquet", f"{people}/data/silver")}, lambda: spark).store(PEOPLE)
    store.publish(rows_batch(spark.createDataFrame([(1, "a")], "id int, mail string"), PEOPLE), commit(1))
    with (people / "config" / "base.yaml").open("a") as config:
        config.write(f"landing: {{root: {people}/landing}}\n")
    landing = people / "landing" / "people"
    landing.mkdir(parents=True)

    def told() -> tuple[int, dict[str, object]]:
        (people / "jobs" / "people.py").write_text(FILES)
        result = NewProcess().invoke(tidegate, ["contract", "check", "silver.people", "--json"])
        (_, side) = json.loads(result.stdout)["compared"]
        side["differences"] = [(one["kind"], one["column"], one["is_fault"]) for one in side["differences"]]
        return result.exit_code, side

    code, side = told()
    assert (code, side["not_compared"]) == (0, "no file has landed yet")
    (landing / "a.csv").write_text("number,note\n1,x\n")
    assert told()[1]["differences"] == [("missing", "mail", False), ("extra", "note", False)]
    (landing / "a.csv").write_text("id,mail\n1,x\n")  # the id is read from a field called number
    code, side = told()
    assert (code, side["differences"]) == (3, [("missing", "id", True)])
