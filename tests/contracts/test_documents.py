"""What a document of the standard means as a contract."""

from __future__ import annotations

import pytest
from tests.contracts.documents import LINES_ABOVE, ORDERS, document, read, rule, rules

from tidegate.model.contracts import Column, Contract, Details, Party, Rule

WHOLE = """\
# A comment.
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.2.3
status: active
contractCreatedTs: 2024-01-31T08:30:00Z
description: {purpose: Orders of the shop.}
team:
  members:
  - {username: ann, role: member}
  - {username: bob, role: Owner}
schema:
- name: other
- name: orders
  description: One row per order.
  properties:
  - name: order id
    physicalName: order_id
    physicalType: BIGINT
    description: The order.
    primaryKey: true
    primaryKeyPosition: 2
    required: true
  - {name: shop, logicalType: string, primaryKey: true, primaryKeyPosition: 1, unique: true}
  - {name: email, logicalType: string, classification: restricted}
  - {name: amount, physicalType: "numeric(12, 2)", tags: [pii]}
"""


def test_a_document_becomes_a_contract() -> None:
    assert read(WHOLE) == Contract(
        table=ORDERS,
        version="1.2.3",
        columns=(
            Column("order_id", "bigint", required=True, description="The order.", line=18),
            Column("shop", "string", line=25),
            Column("email", "string", classification="restricted", line=26),
            Column("amount", "decimal(12,2)", classification="pii", line=27, tags=("pii",)),
        ),
        rules=(
            Rule("shop_order_id_is_primary_key", "primary_key", ("shop", "order_id"), scope="table", line=22),
            Rule("order_id_is_not_null", "not_null", ("order_id",), line=24),
            Rule("shop_is_unique", "unique", ("shop",), scope="table", line=25),
        ),
        primary_key=("shop", "order_id"),
        location="orders.odcs.yaml",
        description="One row per order.",
        owner="bob",
        details=Details(
            status="active", usage="Orders of the shop.", team=(Party("ann", "member"), Party("bob", "Owner"))
        ),
    )


@pytest.mark.parametrize(
    ("said", "column_type"),
    [
        ("logicalType: integer", "bigint"),
        ("logicalType: number", "double"),
        ("logicalType: boolean", "boolean"),
        ("logicalType: date", "date"),
        ("logicalType: timestamp", "timestamp"),
        ("logicalType: time", "string"),
        ("logicalType: integer, logicalTypeOptions: {format: i32}", "int"),
        ("logicalType: number, logicalTypeOptions: {format: f32}", "float"),
        ("logicalType: date, physicalType: string", "string"),
        ("logicalType: array, items: {logicalType: integer}", "array<bigint>"),
        ("physicalType: ARRAY, items: {physicalType: date}", "array<date>"),
        (
            "logicalType: object, properties: [{name: x, logicalType: date}, {name: y z, physicalType: int}]",
            "struct<x:date,`y z`:int>",
        ),
        ("physicalType: map, map: {key: {logicalType: string}, value: {physicalType: int}}", "map<string,int>"),
    ],
)
def test_logical_types_become_types_of_spark(said: str, column_type: str) -> None:
    text = document(f"properties:\n- {{name: a, required: true, {said}}}")
    assert read(text).columns[0].type == column_type


@pytest.mark.parametrize(
    ("implementation", "type_", "wanted"),
    [
        (
            "{rule: between, min: 0, max: 1.5, exclusive_min: true}",
            "int",
            {"min": 0, "max": 1.5, "exclusive_min": True},
        ),
        ("{rule: length, max: 3}", "string", {"max": 3}),
        ("{rule: accepted_values, values: [a, no]}", "string", {"values": ("a", "no")}),
        ("{rule: not_missing, values: [null, '']}", "string", {"values": (None, "")}),
        ("{rule: pattern, pattern: '^a'}", "string", {"pattern": "^a"}),
        ("{rule: email}", "string", {}),
        ("{rule: castable, type: int}", "string", {"type": "int"}),
        ("{rule: date_between, min: 2024-01-01}", "date", {"min": "2024-01-01"}),
        ("{rule: date_order, columns: [b]}", "timestamp", {}),
        ("{rule: compare, operator: <, column: b}", "double", {"operator": "<"}),
        ("{rule: compare, operator: '>=', value: 3}", "double", {"operator": ">=", "value": 3}),
        ("{rule: sql, expression: 'a < b'}", "int", {"expression": "a < b"}),
        ("{rule: row_count, min: 1}", "int", {"min": 1}),
        ("{rule: freshness, max_age_days: 2}", "date", {"max_age_days": 2}),
        ("{rule: unique, columns: [s]}", "int", {}),
        ("{rule: foreign_key, table: silver.b, references: [x]}", "int", {"table": "silver.b", "references": ("x",)}),
        ("{rule: not_null}", "int", {}),
    ],
)
def test_every_kind_can_be_declared(implementation: str, type_: str, wanted: dict[str, object]) -> None:
    assert dict(rule(implementation, type_=type_).arguments) == wanted


def test_a_rule_stands_at_its_column_and_may_name_more() -> None:
    assert rule("{rule: date_order, columns: [b]}", type_="date").columns == ("a", "b")
    assert rule("{rule: sql, expression: 'b > 0 or a > 0'}").columns == ("b", "a")
    assert rule("{rule: row_count, min: 1}").columns == ()


def test_a_rule_says_how_failures_are_handled() -> None:
    found = rule(
        "{rule: not_null}",
        about=", id: x, name: y, description: ' Why. ', severity: warning, customProperties: "
        "[{property: maxFailed, value: 3}, {property: maxFailedShare, value: 0.5}, {property: owner, value: ann}]",
    )
    assert (found.id, found.description, found.severity) == ("x", "Why.", "warn")
    assert (found.max_failed, found.max_failed_share) == (3, 0.5)
    assert rule("{rule: unique}", about=", customProperties: [{property: scope, value: batch}]").scope == "batch"
    assert rule("{rule: email}", about=", severity: critical", type_="string").severity == "fatal"
    assert rule("{rule: not_null}", about=", customProperties: [{property: severity, value: info}]").severity == "info"


def test_a_rule_that_is_given_stands_in_place_of_the_one_that_is_implied() -> None:
    found = rules(
        """
        properties:
        - name: a
          physicalType: int
          required: true
          quality: [{metric: nullValues, mustBe: 0, severity: warn}]
        """
    )
    assert [(rule.id, rule.severity) for rule in found.values()] == [("a_is_not_null", "warn")]


def test_a_key_of_one_column_is_unique_once() -> None:
    assert [*rules("properties:\n- {name: a, physicalType: int, primaryKey: true, unique: true}")] == [
        "a_is_primary_key"
    ]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            "physicalType: int, logicalTypeOptions: {minimum: 1, exclusiveMaximum: 9}",
            ("between", {"min": 1, "max": 9, "exclusive_max": True}),
        ),
        ("logicalType: date, logicalTypeOptions: {maximum: 2024-01-31}", ("date_between", {"max": "2024-01-31"})),
        ("logicalType: string, logicalTypeOptions: {minLength: 1, maxLength: 3}", ("length", {"min": 1, "max": 3})),
        ("logicalType: string, logicalTypeOptions: {pattern: '^a'}", ("pattern", {"pattern": "^a"})),
        ("logicalType: string, logicalTypeOptions: {format: email}", ("email", {})),
        ("logicalType: string, logicalTypeOptions: {format: uuid}", ("uuid", {})),
        ("logicalType: string, enum: [{value: a}, {value: b}]", ("accepted_values", {"values": ("a", "b")})),
    ],
)
def test_options_of_a_type_are_rules(said: str, wanted: tuple[str, dict[str, object]]) -> None:
    (found,) = rules(f"properties:\n- {{name: a, {said}}}").values()
    assert (found.kind, dict(found.arguments)) == wanted


def test_fields_within_a_column_keep_their_nullability() -> None:
    found = rules(
        """
        properties:
        - name: a
          logicalType: object
          properties:
          - name: b
            logicalType: object
            required: true
            properties: [{name: c, logicalType: date, required: true}, {name: d, logicalType: date}]
        """
    )
    assert {rule.id: rule.argument("expression") for rule in found.values()} == {
        "a.b_is_not_null": "`a` IS NULL OR `a`.`b` IS NOT NULL",
        "a.b.c_is_not_null": "`a`.`b` IS NULL OR `a`.`b`.`c` IS NOT NULL",
    }


@pytest.mark.parametrize(
    "said",
    [
        "physicalType: int, logicalTypeOptions: {multipleOf: 3}",
        "physicalType: int, logicalTypeOptions: {minimum: 1, exclusiveMinimum: 0}",
        "logicalType: array, items: {logicalType: date, required: true}",
        "logicalType: object, properties: [{name: b, logicalType: date, unique: true}]",
        "physicalType: int, quality: [{metric: nullValues, mustNotBe: 3}]",
        "physicalType: int, quality: [{metric: freshness, mustBe: 3}]",
        "physicalType: int, quality: [{type: sql, query: 'SELECT avg(a) FROM t', mustBe: 3}]",
        "physicalType: int, quality: [{type: sql, query: 'SELECT count(*) FROM t WHERE rand() > a', mustBe: 0}]",
        "physicalType: int, quality: [{type: sql, query: 'SELECT count(*) FROM t WHERE a > 0', mustNotBe: 1}]",
    ],
)
def test_what_cannot_be_enforced_is_kept_as_a_rule_that_says_so(said: str) -> None:
    (found,) = rules(f"properties:\n- {{name: a, {said}}}").values()
    assert found.kind == "unenforced"
    assert found.argument("reason")


def test_two_rules_that_cannot_be_enforced_do_not_share_an_id() -> None:
    item = "{metric: nullValues, mustNotBe: 3}"
    text = f"properties:\n- name: a\n  physicalType: int\n  quality:\n  - {item}\n  - {item}"
    assert len(rules(text)) == 2


@pytest.mark.parametrize(
    "item", ["{type: text, description: Be good.}", "{type: custom, engine: soda, implementation: x}"]
)
def test_what_is_for_people_or_other_engines_is_no_rule(item: str) -> None:
    found = rules(f"properties: [{{name: a, physicalType: int, required: true}}]\nquality: [{item}]")
    assert [*found] == ["a_is_not_null"]


def test_a_query_that_counts_failures_is_a_rule_about_rows() -> None:
    query = "SELECT COUNT(*) FROM ${table} WHERE ${column} > b AND s <> 'x';"
    (found,) = rules(
        f"""
        properties:
        - {{name: a, physicalType: int, quality: [{{type: sql, query: "{query}", mustBeLessThan: 5}}]}}
        - {{name: b, physicalType: int}}
        - {{name: s, physicalType: string}}
        """
    ).values()
    assert found.argument("expression") == "NOT (`a` > b AND s <> 'x')"
    assert (found.columns, found.severity, found.max_failed) == (("a", "b", "s"), "warn", 4)


@pytest.mark.parametrize(
    ("level", "hours", "severity"),
    [
        ("{property: freshness, value: 2, unit: d, element: orders.at}", 48, "warn"),
        ("{property: Freshness, value: '1.5', unit: h, element: at}", 1.5, "warn"),
        (
            (
                "{property: freshness, value: 90, unit: min, element: at, "
                "customProperties: [{property: severity, value: error}]}"
            ),
            1.5,
            "error",
        ),
        ("{property: freshness, value: 1, element: silver.orders.at}", 24, "warn"),
    ],
)
def test_a_service_level_of_freshness_is_a_rule(level: str, hours: float, severity: str) -> None:
    (found,) = rules("properties: [{name: at, logicalType: timestamp}]", below=f"slaProperties: [{level}]").values()
    assert (found.kind, found.argument("max_age_hours"), found.severity) == ("freshness", hours, severity)


def test_other_service_levels_are_no_rules() -> None:
    below = "slaProperties: [{property: retention, value: 7, unit: y}]"
    assert [*rules("properties: [{name: a, physicalType: int, required: true}]", below=below)] == ["a_is_not_null"]


@pytest.mark.parametrize(
    ("team", "owner"),
    [
        ("[{name: Ann, role: lead}, {username: bob}]", "Ann"),
        ("{name: data}", "data"),
        ("[]", None),
    ],
)
def test_somebody_answers_for_the_table(team: str, owner: str | None) -> None:
    assert (
        read(document("properties: [{name: a, physicalType: int, required: true}]", below=f"team: {team}")).owner
        == owner
    )


def test_lines_are_those_of_the_file() -> None:
    (found,) = rules("properties:\n- name: a\n  physicalType: int\n  required: true").values()
    assert found.line == LINES_ABOVE + 4
