"""The gate fails closed, accounts for every row, and says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F
from pyspark.sql import types as T
from tests.contracts.frames import contract, gate

from tidegate.contracts.compiling import compile_gate
from tidegate.contracts.schemas import spark_schema
from tidegate.contracts.validation import validate
from tidegate.errors import ContractError, GateError
from tidegate.model.contracts import Column, Rule
from tidegate.model.names import TableName
from tidegate.testing import forbid_actions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

COLUMNS = {"id": "int", "name": "string"}
PARENTS = TableName("silver", "parents")
REQUIRED = Rule("id_is_there", "not_null", ("id",), line=7)
FOREIGN = Rule("known", "foreign_key", ("id",), (("references", ("id",)), ("table", str(PARENTS))))
READABLE = Rule("readable", "readable")
NOW = datetime(2024, 1, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([], "there is no rule"),
        ([REQUIRED, REQUIRED], "'id_is_there' is given 2 times"),
        ([replace(REQUIRED, kind="notnull")], "no kind of rule 'notnull'; did you mean not_null?"),
        ([replace(REQUIRED, columns=("idd",))], "no column 'idd'; did you mean id?"),
        ([replace(REQUIRED, columns=())], "reads 1 columns, not 0"),
        ([replace(REQUIRED, severity="eror")], "'eror' is not one of"),  # type: ignore[arg-type]
        ([replace(REQUIRED, scope="window")], "the scope of not_null is not 'window'"),
        ([Rule("x", "sql", (), (("expression", "rand() > id"),))], "the function rand is not allowed"),
        ([Rule("x", "unenforced", (), (("reason", "it is odd"),), line=9)], "cannot be enforced: it is odd"),
    ],
)
def test_a_contract_that_cannot_be_enforced_does_not_compile(rules: list[Rule], said: str) -> None:
    with pytest.raises(ContractError) as caught:
        compile_gate(contract(COLUMNS, rules))
    assert said in caught.value.what
    assert "orders.odcs.yaml:" in caught.value.what


def test_a_column_of_no_known_type_does_not_compile() -> None:
    made = contract(COLUMNS, [REQUIRED])
    with pytest.raises(ContractError, match="column id: 'strin' is not a Spark SQL type"):
        compile_gate(replace(made, columns=(Column("id", "strin"), Column("name", "string"))))


def test_an_extra_rule_is_checked_like_any_other() -> None:
    with pytest.raises(ContractError, match="is given 2 times"):
        compile_gate(contract(COLUMNS, [REQUIRED]), extra_rules=(REQUIRED,))


@pytest.mark.parametrize(
    ("ddl", "said"),
    [
        ("id int", "the column name (string) is missing"),
        ("id bigint, name string", "the column id is a bigint, and the contract says int"),
        ("id int, name string, nam string", "the contract has no column nam; did you mean name?"),
        ("id int, Name string", "the column name (string) is missing"),
    ],
)
def test_a_frame_of_other_columns_is_refused(spark: SparkSession, ddl: str, said: str) -> None:
    rows = spark.createDataFrame([], ddl)
    with forbid_actions(), pytest.raises(GateError) as caught:
        gate(COLUMNS, REQUIRED).mark(rows, references={}, existing=None)
    assert said in caught.value.what
    assert "orders.odcs.yaml" in str(caught.value)


def test_a_column_that_is_there_twice_is_refused(spark: SparkSession) -> None:
    rows = spark.createDataFrame([], "id int, name string").select("*", "id")
    with pytest.raises(GateError, match="the column id is there twice"):
        gate(COLUMNS, REQUIRED).mark(rows, references={}, existing=None)


def test_columns_of_tidegate_itself_may_be_there_and_order_is_free(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("a", 1, "f")], "name string, id int, _source_file string")
    marked = gate(COLUMNS, REQUIRED).mark(rows, references={}, existing=None)
    assert marked.columns == ["name", "id", "_source_file", "_failed", "_rank", "_known"]


def references(spark: SparkSession, ddl: str | None) -> dict[TableName, DataFrame]:
    return {} if ddl is None else {PARENTS: spark.createDataFrame([], ddl)}


@pytest.mark.parametrize(
    ("ddl", "said"),
    [
        (None, "refers to silver.parents, which is not at hand"),
        ("idd int", "silver.parents has no column id; did you mean idd?"),
        ("id string", "id is a int, and silver.parents.id is a string"),
        ("id interval day", "id is a int, and silver.parents.id is a interval day"),
    ],
)
def test_a_foreign_key_that_leads_nowhere_is_refused(spark: SparkSession, ddl: str | None, said: str) -> None:
    rows = spark.createDataFrame([], "id int, name string")
    with pytest.raises(GateError) as caught:
        gate(COLUMNS, FOREIGN).mark(rows, references=references(spark, ddl), existing=None)
    assert said in caught.value.what


@pytest.mark.parametrize(
    ("keys", "sequence_by", "said"),
    [
        (("idd",), None, "the key idd is no column of the contract; did you mean id?"),
        (("name",), None, "the key name may be null by its contract"),
        (("id",), "at", "there is no column at to order by"),
    ],
)
def test_keys_that_cannot_tell_rows_apart_are_refused(
    spark: SparkSession, keys: tuple[str, ...], sequence_by: str | None, said: str
) -> None:
    rows = spark.createDataFrame([], "id int, name string")
    made = gate(COLUMNS, REQUIRED)
    with pytest.raises(GateError) as caught:
        made.mark(rows, references={}, existing=None, keys=keys, sequence_by=sequence_by)
    assert said in caught.value.what


def test_a_rule_that_spark_cannot_evaluate_is_refused(spark: SparkSession) -> None:
    rows = spark.createDataFrame([], "id int, name string")
    with pytest.raises(GateError, match="a rule cannot be evaluated") as caught:
        gate(COLUMNS, REQUIRED, READABLE).mark(rows, references={}, existing=None)
    assert "_problems" in caught.value.what


def test_a_primary_key_without_a_rule_is_held_all_the_same(spark: SparkSession) -> None:
    made = gate(COLUMNS, Rule("n", "not_null", ("name",)), key=("id",))
    rows = spark.createDataFrame([(None, "a"), (1, "b")], spark_schema(made.contract))
    reasons = made.mark(rows, references={}, existing=None).select("name", made.reasons().alias("r")).collect()
    assert {row["name"]: [reason["rule"] for reason in row["r"]] for row in reasons} == {
        "a": ["id_is_primary_key"],
        "b": [],
    }


def test_reasons_name_rule_column_and_severity_and_never_the_value(spark: SparkSession) -> None:
    rules = [
        Rule("a", "between", ("id",), (("max", 3),), severity="fatal"),
        Rule("b", "length", ("name",), (("max", 3),), severity="warn", description="Names are short."),
        Rule("c", "accepted_values", ("name",), (("values", ("x", *map(str, range(20)))),), severity="info"),
    ]
    made = compile_gate(contract(COLUMNS, rules), extra_rules=(READABLE,))
    problems = T.ArrayType(T.StructType().add("column", "string").add("reason", "string"))
    schema = spark_schema(made.contract).add("_problems", problems)
    rows = spark.createDataFrame(
        [(9, "secret", [("id", "is no number"), (None, "is cut off")]), (1, "x", None)], schema
    )
    marked = made.mark(rows, references={}, existing=None)
    bad, good = (
        marked.select("id", made.reasons().alias("r"), made.warnings().alias("w")).orderBy(F.desc("id")).collect()
    )
    assert [tuple(reason) for reason in bad["r"]] == [
        ("a", "id", "is not in (…, 3]", "fatal"),
        ("b", "name", "Names are short.", "warn"),
        ("c", "name", "is not one of x, 0, 1, 2, 3, 4, 5, 6, 7, 8, …", "info"),
        ("readable", "id", "is no number", "error"),
        ("readable", None, "is cut off", "error"),
    ]
    assert bad["w"] == ["b"]
    assert (good["r"], good["w"]) == ([], None)


def test_a_contract_of_rules_about_the_batch_alone_lets_every_row_pass(spark: SparkSession) -> None:
    made = gate(COLUMNS, Rule("n", "row_count", (), (("min", 3),), scope="batch"))
    rows = spark.createDataFrame([(1, "a")], spark_schema(made.contract))
    marked = made.mark(rows, references={}, existing=None)
    (row,) = marked.select(
        "*", made.is_publishable().alias("p"), made.reasons().alias("r"), made.warnings().alias("w")
    ).collect()
    assert (row["_failed"], row["p"], row["r"], row["w"]) == (0, True, [], None)


def test_tallies_of_groups_add_up_to_the_whole(spark: SparkSession) -> None:
    rules = [
        Rule("small", "between", ("id",), (("max", 3),)),
        Rule("named", "not_null", ("name",), severity="warn"),
        Rule("fresh", "freshness", ("day",), (("max_age_days", 3),), scope="batch"),
    ]
    made = gate({"id": "int", "name": "string", "day": "date"}, *rules, key=("id",))
    days = [date(2024, 1, 7), date(2024, 1, 1), None, date(2024, 1, 7), date(2024, 1, 9)]
    rows = [(1, "a", days[0]), (2, None, days[1]), (3, "c", days[2]), (1, "b", days[3]), (9, "d", days[4])]
    with forbid_actions():
        marked = made.mark(spark.createDataFrame(rows, spark_schema(made.contract)), references={}, existing=None)
        tallies = [tally.alias(name) for name, tally in made.tallies().items()]
    groups = [row.asDict() for row in marked.groupBy("day").agg(*tallies).collect()]
    whole = [row.asDict() for row in marked.agg(*tallies).collect()]
    found = made.verdict(groups, now=NOW)
    assert found == made.verdict(whole, now=NOW)
    assert (found.rows, found.publishable, found.quarantined, found.duplicates, found.known) == (5, 3, 1, 1, 0)
    assert {result.id: (result.failed, result.status) for result in found.results} == {
        "small": (1, "warned"),
        "named": (1, "warned"),
        "fresh": (0, "passed"),
        "id_is_primary_key": (0, "passed"),
    }
    assert made.verdict(groups, now=NOW.replace(hour=1)).is_refused


def test_an_empty_batch_passes(spark: SparkSession) -> None:
    made = gate(COLUMNS, REQUIRED, key=("id",))
    marked = made.mark(spark.createDataFrame([], spark_schema(made.contract)), references={}, existing=None)
    tallies = [tally.alias(name) for name, tally in made.tallies().items()]
    for groups in (marked.groupBy("id").agg(*tallies).collect(), marked.agg(*tallies).collect()):
        found = made.verdict([row.asDict() for row in groups], now=NOW)
        assert (found.rows, found.is_refused) == (0, False)


def test_rows_are_validated_without_a_job(spark: SparkSession) -> None:
    some = Rule("some", "not_null", ("name",), max_failed=1)
    warned = Rule("short", "length", ("name",), (("max", 1),), severity="warn")
    made = contract(COLUMNS, [REQUIRED, some, warned], key=("id",))

    def verdict(*rows: tuple[int | None, str | None]) -> tuple[bool, dict[str, tuple[str, int, str]]]:
        found = validate(spark.createDataFrame(rows, spark_schema(made)), made, references={}, now=NOW)
        return found.is_refused, {
            result.id: (result.severity, result.failed, result.status) for result in found.results
        }

    refused, results = verdict((1, "a"), (2, None), (3, "long"))
    assert not refused
    assert results == {
        "id_is_there": ("error", 0, "passed"),
        "some": ("error", 1, "warned"),
        "short": ("warn", 1, "warned"),
        "id_is_primary_key": ("error", 0, "passed"),
    }
    refused, results = verdict((1, "a"), (1, "b"), (None, "c"))
    assert refused
    assert results["id_is_there"] == ("error", 1, "failed")
    assert results["id_is_primary_key"] == ("error", 1, "failed")
