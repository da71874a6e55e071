"""`validate` as it is typed: files, folders, tables, databases, and what it says of a mistake."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import PEOPLE
from tests.cli.running import NewProcess
from tests.tables.batches import commit, rows_batch

from tidegate.cli.commands import tidegate
from tidegate.errors import TidegateError
from tidegate.model.names import TableName
from tidegate.tables.catalog import Catalog, Place

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.default_line]


def typed(data: str, *words: str) -> Result:
    return NewProcess().invoke(tidegate, ["validate", data, "--contract", "silver.people", *words])


def failed(data: str, *words: str) -> dict[str, int]:
    """Return, per rule, how many rows failed it; the exit code says whether there are any."""
    result = typed(data, "--json", *words)
    assert result.stdout, result.exception
    found = {rule["id"]: rule["failed"] for rule in json.loads(result.stdout)["rules"] if rule["failed"]}
    assert result.exit_code == (3 if found else 0), result.output
    return found


def test_files_folders_tables_and_databases_are_held_against_one_contract(people: Path, spark: SparkSession) -> None:
    assert failed("good/people.csv") == {}
    wrong = {"id_is_primary_key": 1, "id_is_not_null": 1, "mail_is_email": 2, "record_is_readable": 1}
    assert failed("bad") == wrong
    assert failed("bad/two.csv") == {"id_is_not_null": 1, "mail_is_email": 1, "record_is_readable": 1}

    with sqlite3.connect(people / "shop.db") as database:
        database.execute("create table people (id integer, mail text)")
        database.execute("insert into people values (1, 'a@x.org'), (1, 'no')")
    assert failed("people", "--connection", "shop") == {"id_is_primary_key": 1, "mail_is_email": 1}
    assert failed("select * from people where mail <> 'no'", "--connection", "shop") == {}

    rows = spark.createDataFrame([(1, "a@x.org"), (2, "b")], "id int, mail string")
    Catalog({"silver": Place("parquet", f"{people}/data/silver")}, lambda: spark).store(PEOPLE).publish(
        rows_batch(rows, PEOPLE), commit(1)
    )
    assert failed("silver.people") == {"mail_is_email": 1}

    intervals = "id int, mail string, valid_from date, valid_to date, is_current boolean"
    history = [(1, "b", None, None, False), (1, "a@x.org", None, None, True)]
    members = TableName("silver", "members")
    Catalog({"silver": Place("parquet", f"{people}/data/silver")}, lambda: spark).store(members).publish(
        rows_batch(spark.createDataFrame(history, intervals), members), commit(1)
    )
    assert failed("silver.members") == {}, "of a history the current rows are looked at"


def test_a_page_shows_where_it_fails_and_no_personal_data(people: Path) -> None:
    result = typed("bad", "--format", "html", "--report", "report.html")
    assert result.exit_code == 3
    page = (people / "report.html").read_text()
    assert "two.csv" in page
    assert "id: does not fit int" in page
    for secret in ("a@x.org", "nobody", "<b>", "&lt;b&gt;"):
        assert secret not in page + result.output
    assert "REFUSED, 3 rows" in typed("bad").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.csv",), "there is no such file, folder or table"),
        (("nowhere",), "there is no such file, folder or table"),
        (("config",), "the format cannot be told"),
        (("silver.nothing",), "there is no such table"),
        (("people", "--connection", "shap"), "there is no connection shap"),
        (("good/people.csv", "--option", "x"), "is not NAME=VALUE"),
        (("good/people.csv", "--option", "tab=x"), "no option 'tab'"),
        (("good/people.csv", "--sample", "0"), "0"),
        (("good/people.csv", "--sample", "0.000001"), "the sample holds none of the rows"),
    ],
)
def test_a_mistake_is_one_message(people: Path, words: tuple[str, ...], said: str) -> None:
    result = typed(*words)
    assert result.exit_code
    assert said in (str(result.exception) if isinstance(result.exception, TidegateError) else result.output)
