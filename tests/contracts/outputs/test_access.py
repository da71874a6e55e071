"""Grants and masking views are those of the contract's roles, whatever names are made of."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from sqlglot import expressions as exp

from tidegate.contracts.outputs.access import access, ending_of
from tidegate.contracts.roles import has_clear_reader
from tidegate.errors import ConfigError
from tidegate.model.contracts import Column, Contract, Details, Party
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tidegate.model.privacy import CatalogKind

ARN = "arn:aws:iam::123456789012:role/"
COLUMNS = (
    Column("id", "bigint"),
    Column("mail", "string", classification="pii"),
    Column("born at", "date", classification="restricted"),
    Column("hashed", "string", classification="pii", protection="hash"),
    Column("city", "string", classification="public"),
    Column("tagged", "array<string>", tags=("personal",)),
)
WORDS = {
    "read": "clear",
    " Read ": "clear",
    "masked": "masked",
    "read_masked": "masked",
    "write": "write",
    "READ-WRITE": "write",
    "none": None,
    "": None,
    "ask": None,
}


def people(*roles: tuple[str, str]) -> Contract:
    parties = tuple(Party(name, word) for name, word in roles)
    return Contract(TableName("silver", "people"), "1.0.0", COLUMNS, (), details=Details(roles=parties))


def granted(text: str) -> dict[str, set[str]]:
    """Return what is granted on what, per role, of statements that Databricks or Hive can parse."""
    found: dict[str, set[str]] = {}
    for line in (line for line in text.splitlines() if line.startswith("GRANT")):
        statement = sqlglot.parse_one(line, dialect="databricks")
        assert isinstance(statement, exp.Grant), line
        what = ", ".join(one.sql() for one in statement.args["privileges"])
        securable = statement.args["securable"].sql(dialect="databricks")
        (principal,) = statement.args["principals"]
        found.setdefault(principal.this.name, set()).add(f"{what} {securable}")
    return found


@pytest.mark.parametrize(("word", "reading"), WORDS.items())
def test_the_word_of_a_role_says_what_it_is_granted(word: str, reading: str | None) -> None:
    table, view, schema = "`silver`.`people`", "`silver`.`people_masked`", "USE SCHEMA `silver`"
    wanted = {
        "clear": {f"SELECT {table}", schema},
        "masked": {f"SELECT {view}", schema},
        "write": {f"SELECT, MODIFY {table}", schema},
    }
    contract = people(("some one", word))
    assert granted(access(contract, "unity", {})) == ({"some one": wanted[reading]} if reading else {})
    hive = {"write": {f"SELECT, INSERT, UPDATE, DELETE {table}"}}
    one = {"some one": hive.get(reading or "", wanted.get(reading or "", set()) - {schema})}
    assert granted(access(contract, "hive", {})) == (one if reading else {})
    assert has_clear_reader(contract) is (reading in ("clear", "write"))


@given(st.text(min_size=1))
def test_nothing_gets_out_of_a_name(name: str) -> None:
    lines = access(people((name, "read")), "hive", {}).split("\n")
    assert [line for line in lines if line and not line.startswith(("--", " ", "CREATE OR", "SELECT", "FROM"))] == [
        line for line in lines if line.startswith("GRANT SELECT ON TABLE `silver`.`people` TO ROLE `")
    ]
    told = access(people((name, "read")), "lake-formation", {name: f"{ARN}{name}"})
    assert shlex.split(told, comments=True).count("aws") == 1


@pytest.mark.parametrize("catalog", ["hive", "lake-formation", "unity"])
def test_roles_may_be_called_otherwise_in_a_catalog(catalog: CatalogKind) -> None:
    text = access(people(("support", "read")), catalog, {"support": f"{ARN}desk"})
    assert "desk" in text
    assert "support" not in text
    assert ending_of(catalog).startswith(catalog)


def test_lake_formation_gives_the_columns_that_are_nobodys_secret() -> None:
    """The commands are what the service takes, and give each role what the contract says, and nothing else."""
    roles = (("support", "read"), ("analysts", "masked"), ("loader", "write"), ("guest", "none"))
    names = {name: f"{ARN}{name}" for name, _ in roles}
    lines = access(people(*roles), "lake-formation", names).splitlines()
    with mock_aws():
        client = boto3.client("lakeformation", region_name="eu-central-1")
        for line in (line for line in lines if line.startswith("aws ")):
            words = shlex.split(line)
            _, principal = words[words.index("--principal") + 1].split("=", 1)
            permissions = words[words.index("--permissions") + 1 : words.index("--principal")]
            resource = json.loads(words[words.index("--resource") + 1])
            client.grant_permissions(
                Principal={"DataLakePrincipalIdentifier": principal}, Permissions=permissions, Resource=resource
            )
        told = client.list_permissions()["PrincipalResourcePermissions"]
    found = {one["Principal"]["DataLakePrincipalIdentifier"].removeprefix(ARN): one for one in told}
    table = {"DatabaseName": "silver", "Name": "people"}
    assert found.keys() == {"support", "analysts", "loader"}
    assert found["support"]["Resource"]["Table"].items() >= table.items()
    assert set(found["loader"]["Permissions"]) == {"DESCRIBE", "SELECT", "INSERT", "DELETE"}
    masked = found["analysts"]["Resource"]["TableWithColumns"]
    assert masked["ColumnWildcard"] == {"ExcludedColumnNames": ["mail", "born at", "tagged"]}
    assert found["analysts"]["Permissions"] == ["SELECT"]


def test_a_role_that_lake_formation_cannot_know_is_an_error() -> None:
    with pytest.raises(ConfigError, match="nobody says that of the role support"):
        access(people(("support", "read")), "lake-formation", {})


@pytest.mark.spark
def test_the_view_has_every_row_and_no_value_that_is_classified(spark: SparkSession) -> None:
    contract = replace(people(), table=TableName("guarded", "people"))
    rows = "(1, 'a@b', DATE '2000-01-01', 'h1', 'Rome', array('x')), (2, NULL, NULL, NULL, NULL, NULL)"
    spark.sql("CREATE DATABASE guarded")
    try:
        names = ", ".join(f"`{column.name}`" for column in COLUMNS)
        select = f"SELECT * FROM VALUES {rows} AS t({names})"  # noqa: S608 - literals of this test
        spark.sql(f"CREATE TABLE guarded.people USING parquet AS {select}")
        statement = "\n".join(
            line for line in access(contract, "hive", {}).splitlines() if not line.startswith(("--", "GRANT"))
        )
        spark.sql(statement.rstrip(";"))
        shown = spark.table("guarded.people_masked")
        assert {tuple(row) for row in shown.collect()} == {
            (1, "***", None, "h1", "Rome", None),
            (2, None, None, None, None, None),
        }
        assert [field.dataType for field in shown.schema][2:] == [
            f.dataType for f in spark.table("guarded.people").schema
        ][2:]
    finally:
        spark.sql("DROP DATABASE guarded CASCADE")
