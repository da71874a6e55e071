"""Rows that are made up do what is said of them: in plain Python here, and in the gate itself."""

from __future__ import annotations

import json
import math
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from tests.contracts.documents import ORDERS, document, read, rule

from tidegate.contracts import ContractBook, load_contracts
from tidegate.contracts.outputs.data import SampleBook, sample_document
from tidegate.contracts.rules.checking import column_types
from tidegate.contracts.samples.outcomes import Around, Unknown, never_null, outcome
from tidegate.contracts.samples.rows import make_samples
from tidegate.contracts.sql.conditions import condition
from tidegate.contracts.types import parse_type
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.contracts.samples.comparing import Value
    from tidegate.contracts.samples.rows import Samples
    from tidegate.model.contracts import Contract, Rule

ROOT = Path(__file__).parents[3]


def custom(rule: str, more: str = "") -> str:
    return f"{{type: custom, engine: tidegate, implementation: {{rule: {rule}}}{more}}}"


SHOPS = read(document("properties: [{name: id, physicalType: 'decimal(5,2)', primaryKey: true, required: true}]"))
SHOPS = SHOPS.__class__(**{**SHOPS.__dict__, "table": TableName("silver", "shops")})
ALL = read(
    document(
        f"""
        properties:
        - {{name: id, physicalType: bigint, primaryKey: true, required: true}}
        - {{name: "part.no `1` 🌊", physicalType: string, primaryKey: true}}
        - {{name: shop, physicalType: "decimal(5,2)", relationships: [{{to: shops.id}}]}}
        - {{name: lost, physicalType: int, relationships: [{{to: nowhere.id}}]}}
        - {{name: parent, physicalType: bigint, relationships: [{{to: orders.id}}]}}
        - {{name: code, physicalType: string, unique: true, logicalTypeOptions: {{minLength: 4, maxLength: 6}}}}
        - {{name: word, physicalType: string, required: true, quality: [{custom("accepted_values, values: [a, b]")}]}}
        - {{name: note, physicalType: string, quality: [{custom("not_missing, values: [null, '?', '-']")}]}}
        - {{name: mail, physicalType: string, quality: [{custom("email")}]}}
        - {{name: text, physicalType: string, quality: [{custom("castable, type: int")}]}}
        - {{name: day_text, physicalType: string, quality: [{custom("castable, type: date")}]}}
        - {{name: share, physicalType: double, quality: [{custom("between, min: 0, max: 1, exclusive_max: true")}]}}
        - {{name: level, physicalType: tinyint, quality: [{custom("between, min: 127")}]}}
        - {{name: rate, physicalType: float, quality: [{custom("compare, operator: '>', value: 0.5")}]}}
        - {{name: flag, physicalType: boolean, quality: [{custom("accepted_values, values: [true]")}]}}
        - {{name: began, physicalType: date, quality: [{custom("date_between, min: '2024-02-01', max: '2024-02-29'")}]}}
        - {{name: ended, physicalType: timestamp}}
        - {{name: local, physicalType: timestamp_ntz, quality: [{custom("date_between, max: '2024-06-01'")}]}}
        - {{name: low, physicalType: smallint}}
        - {{name: high, physicalType: "decimal(4,1)"}}
        - {{name: area, physicalType: string, quality: [{custom("pattern, pattern: '^[A-Z]{2,3}(?:-[^0-9]|x)$'")}]}}
        - {{name: kind, physicalType: string, quality: [{custom("pattern, pattern: '^(a|b)+$'")}]}}
        - {{name: raw, physicalType: binary}}
        - {{name: odd, physicalType: int, quality: [{custom("outlier, by: z_score, max: 2, mean: 5, deviation: 2")}]}}
        - {{name: token, physicalType: string, quality: [{custom("uuid")}]}}
        - {{name: spot, physicalType: string, quality: [{custom("date_format, format: 'd.M.yyyy HH:mm:ss.SSSXXX'")}]}}
        - {{name: state, physicalType: string, quality: [{custom("forbidden_values, values: [gone, lost]")}]}}
        - {{name: gone_on, physicalType: date, quality: [{custom("not_null, where: level = 127 and flag = true")}]}}
        - {{name: list, physicalType: "array<struct<`a b`:int,c:date>>"}}
        - {{name: map, physicalType: "map<string,decimal(3,1)>"}}
        quality:
        - {custom("date_order, columns: [began, ended]")}
        - {custom("compare, columns: [low, high], operator: '<='")}
        - {custom("sql, expression: 'low is null or (high between 0 and 100 and not high in (7, 8))'", ", id: sql1")}
        - {custom("sql, expression: 'abs(low) < 100'", ", id: sql2")}
        - {{metric: rowCount, mustBeGreaterThan: 0}}
        """,
        below="slaProperties: [{property: freshness, value: 1, unit: h, element: orders.ended}]",
    )
)
BOOK = ContractBook.of([ALL, SHOPS])
REFERENCE = load_contracts(str(ROOT / "contracts"))


def everything() -> list[tuple[Contract, Samples, SampleBook]]:
    """Return all contracts with their rows."""
    books = [(BOOK, SampleBook(BOOK)), (REFERENCE, SampleBook(REFERENCE))]
    return [(book.get(table), made.get(table), made) for book, made in books for table in book.tables]


def test_every_rule_is_broken_by_a_row_or_has_a_reason() -> None:
    for contract, samples, _ in everything():
        broken = [row.rule for row in samples.breaking]
        assert sorted([*broken, *samples.not_broken]) == sorted(rule.id for rule in contract.rules)
        assert len(samples.valid) == 4
        assert all(row.rule in row.fails for row in samples.breaking)
        assert all(tuple(row) == contract.column_names for row in samples.valid)


def test_rules_about_more_than_a_row_are_not_broken_and_those_not_understood_are_told() -> None:
    samples = SampleBook(BOOK).get(ORDERS)
    assert set(samples.not_broken) == {
        "code_is_unique",
        "ended_is_fresh",
        "lost_is_known",
        "parent_is_known",
        "row_count",
        "sql2",
    }
    assert samples.untold == ("lost_is_known", "parent_is_known", "sql2")
    assert samples.not_broken["lost_is_known"] == "there are no rows of silver.nowhere to refer to"
    assert all(row["lost"] is None for row in samples.valid)


def test_a_row_fails_its_rule_alone_unless_another_one_says_more() -> None:
    together = {row.rule: row.fails for _, samples, _ in everything() for row in samples.breaking if len(row.fails) > 1}
    assert together == {"quantity_is_not_negative": ("quantity_is_not_negative", "quantity_is_positive")}


def test_no_key_is_there_twice() -> None:
    for contract, samples, _ in everything():
        rows = [*samples.valid, *(row.row for row in samples.breaking)]
        keys = [tuple(repr(row[name]) for name in contract.primary_key) for row in rows]
        assert len(set(keys)) == len(keys) or not contract.primary_key


def test_keys_that_run_out_are_not_given_twice() -> None:
    contract = read(document("properties: [{name: a, physicalType: boolean, primaryKey: true, required: true}]"))
    assert sorted(str(row["a"]) for row in make_samples(contract, {}).valid) == ["False", "True"]


@pytest.mark.parametrize(
    ("about", "kind", "value", "is_failing"),
    [
        ("between, min: 0, max: 1", "double", math.nan, True),
        ("between, min: 0", "float", math.nan, True),
        ("between, min: 0, exclusive_min: true", "int", 0, True),
        ("between, min: 0", "int", 0, False),
        ("between, min: 0", "int", None, False),
        ("compare, operator: '>', value: 0", "double", math.nan, True),
        ("accepted_values, values: [1]", "double", math.nan, True),
        ("accepted_values, values: [1]", "decimal(3,1)", Decimal("1.0"), False),
        ("not_missing, values: [null]", "int", None, True),
        ("not_missing, values: [1]", "int", None, False),
        ("length, max: 1", "string", "🌊", False),
        ("pattern, pattern: 'b'", "string", "abc", False),
        ("date_format, format: 'yyyy-MM-dd'", "string", "2024-02-30", True),
        ("date_format, format: 'yyyy-MM-dd'", "string", "2024-02-29", False),
        ("date_format, format: HH:mm", "string", "24:00", True),
        ("forbidden_values, values: [1]", "double", math.nan, False),
        ("forbidden_values, values: [1]", "int", None, False),
        ("not_null, where: 'a is null'", "int", None, True),
        ("not_null, where: 'a > 1'", "int", None, False),
        ("between, min: 9, where: 'a > 5'", "int", 6, True),
        ("between, min: 9, where: 'a > 5'", "int", 5, False),
        ("pattern, pattern: '\\d'", "string", "٣", True),
        ("sql, expression: 'a > 1 or a is null'", "int", None, False),
        ("sql, expression: 'not (a = 1 and a in (1, 2))'", "int", 1, True),
        ("sql, expression: 'a > 1'", "int", None, False),
        ("sql, expression: 'a = -1'", "int", -1, False),
        ("sql, expression: 'a = -1'", "int", 1, True),
        ("sql, expression: \"a < 'b'\"", "string", "c", True),
        ("sql, expression: 'a = false'", "boolean", True, True),
        ("sql, expression: \"a < timestamp '2024-01-01'\"", "date", date(2024, 1, 1), True),
    ],
)
def test_a_row_fails_in_plain_python_as_the_reference_says(
    about: str, kind: str, value: Value, *, is_failing: bool
) -> None:
    found = rule(f"{{rule: {about}}}", type_=kind)
    fails = outcome(found, Around({"a": parse_type(kind)}, frozenset(), {}))
    assert not isinstance(fails, Unknown)
    assert fails({"a": value}) is is_failing


def test_a_condition_keeps_no_null_out_of_a_key() -> None:
    some = custom("not_null, where: b > 1")
    key = f"{{name: a, physicalType: int, primaryKey: true, quality: [{some}]}}"
    contract = read(document(f"properties: [{key}, {{name: b, physicalType: int}}]"))
    assert "a_is_primary_key" in {row.rule for row in make_samples(contract, {}).breaking}
    assert never_null(contract) == set()


def test_a_listed_value_that_the_type_does_not_have_is_in_no_row() -> None:
    level = f"{{name: level, physicalType: tinyint, quality: [{custom('accepted_values, values: [200, 1]')}]}}"
    samples = make_samples(read(document(f"properties: [{level}]")), {})
    assert {row["level"] for row in samples.valid} == {1, None}


def test_the_seed_decides_and_nothing_else() -> None:
    one, same, other = SampleBook(REFERENCE), SampleBook(REFERENCE), SampleBook(REFERENCE, seed=1)
    lines = TableName("silver", "order_lines")
    assert one.get(lines) == same.get(lines)
    assert one.get(lines) != other.get(lines)
    contract = REFERENCE.get(lines)
    assert sample_document(contract, one.get(lines)) == sample_document(contract, same.get(lines))


@pytest.mark.parametrize(
    "about", ["not_null, where: 'abs(b) > 1'", "pattern, pattern: '\\p{L}'", "castable, type: boolean"]
)
def test_what_is_not_understood_is_left_open_and_said_to_be_about_rows(about: str) -> None:
    types = {"a": parse_type("string"), "b": parse_type("int")}
    found = outcome(rule_beside_int(about), Around(types, frozenset(), {}))
    assert isinstance(found, Unknown)
    assert (found.is_about_rows, bool(found.reason)) == (True, True)


def rule_beside_int(about: str) -> Rule:
    """Return a rule about a text `a`, beside a number `b`."""
    item = f"{{name: a, physicalType: string, quality: [{custom(about)}]}}"
    (found,) = read(document(f"properties: [{item}, {{name: b, physicalType: int}}]")).rules
    return found


def test_a_rule_that_every_value_keeps_is_broken_by_no_row() -> None:
    level = f"{{name: level, physicalType: tinyint, quality: [{custom('between, min: -128')}]}}"
    word = f"{{name: word, physicalType: string, quality: [{custom('length, min: 0, max: 20000')}]}}"
    samples = make_samples(read(document(f"properties: [{level}, {word}]")), {})
    assert samples.breaking == ()
    assert samples.not_broken == dict.fromkeys(
        ["level_is_in_range", "word_has_length"], "no row was found that fails it and hardly anything else"
    )


@pytest.mark.spark
def test_the_gate_finds_of_every_row_what_is_said_of_it(spark: SparkSession) -> None:
    for contract, samples, made in everything():
        if samples.breaking:
            check(spark, contract, samples, made)


def check(spark: SparkSession, contract: Contract, samples: Samples, made: SampleBook) -> None:
    """Hold all rows of a contract against its gate in one frame, and against the conditions in SQL."""
    from pyspark.sql import functions as F  # noqa: PLC0415 - collecting these tests must not load Spark

    from tidegate.contracts.compiling import compile_gate  # noqa: PLC0415

    told = json.loads(sample_document(contract, samples))
    rows = [*told["valid"], *(entry["row"] for entry in told["breaking"])]
    fails = [set() for _ in told["valid"]] + [set(entry["fails"]) for entry in told["breaking"]]
    known = {rule.id: rule for rule in contract.rules if rule.kind != "foreign_key" or rule.id not in samples.untold}
    held = contract.__class__(**{**contract.__dict__, "rules": tuple(known.values())})
    gate = compile_gate(held)
    references = {}
    for table in gate.references:
        other = BOOK.get(table) if contract in {ALL, SHOPS} else REFERENCE.get(table)
        references[table] = frame(spark, other, json.loads(sample_document(other, made.get(table)))["valid"])
    types = column_types(contract)
    asked = [
        (name, holds)
        for name, rule in known.items()
        if (holds := condition(rule, types)) and rule.kind != "primary_key"
    ]
    marked = gate.mark(frame(spark, contract, rows), references=references, existing=None)
    failed = F.array(*[F.when(F.expr(f"NOT coalesce({holds}, true)"), F.lit(name)) for name, holds in asked])
    found = marked.select("_row", gate.reasons().alias("reasons"), F.array_compact(failed).alias("failed")).collect()
    assert len(found) == len(rows)
    for row in found:
        names = {reason["rule"] for reason in row["reasons"]}
        assert names == fails[row["_row"]], (contract.table, rows[row["_row"]])
        assert set(row["failed"]) == names & {name for name, _ in asked}


def frame(spark: SparkSession, contract: Contract, rows: Sequence[Mapping[str, object]]) -> DataFrame:
    """Return rows as Spark reads them from JSON, with their numbers in `_row`."""
    from pyspark.sql import functions as F  # noqa: PLC0415 - collecting these tests must not load Spark

    from tidegate.contracts.schemas import spark_schema  # noqa: PLC0415

    texts = [(number, json.dumps(row)) for number, row in enumerate(rows)]
    lines = spark.createDataFrame(texts, "_row int, line string")
    read_ = F.from_json("line", cast("str", spark_schema(contract)), {"mode": "FAILFAST"})
    return lines.select("_row", read_.alias("r")).select("_row", "r.*")
