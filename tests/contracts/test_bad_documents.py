"""Whatever is wrong with a document is told in one go, with its line and what is allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.documents import LINES_ABOVE, document, problems, read

from tidegate.errors import ContractError

GOOD = "properties: [{name: a, physicalType: int, required: true}]"


MANY = """\
apiVersion: v2.2.2
kind: Contract
id: orders
id: again
version: 1
schema:
- name: orders
  properties:
  - {name: a, physicalType: strin, required: maybe}
  - {name: a, physicalType: int}
  - name: b
    physicalType: int
    requird: true
    quality:
    - {type: custom, engine: tidegate, implementation: {rule: betwen}}
    - {type: custom, engine: tidegate, id: x, implementation: {rule: between, min: 3, max: 1}}
    - {type: custom, engine: tidegate, id: x, implementation: {rule: sql, expression: rand() > b}}
"""
WANTED = [
    "apiVersion is that of the standard",
    "kind is DataContract",
    "'id' is given twice, first on line 3",
    "version: input should be a valid string",
    "physicalType: 'strin' is not a Spark SQL type",
    "required: input should be a valid boolean",
    "'a' is taken by the property on line 9",
    "'requird' is not one of the standard; did you mean required?",
    "no kind of rule 'betwen'; did you mean between?; allowed are accepted_values, balance",
    "min is greater than max",
    "the function rand is not allowed",
    "rule id 'x' is given 2 times, first on line 16",
]


def test_all_problems_are_told_at_once_in_the_order_of_their_lines() -> None:
    found = problems(MANY)
    assert [line for line, _ in found] == [1, 2, 4, 5, 9, 9, 10, 13, 15, 16, 17, 17]
    assert all(wanted in said for (_, said), wanted in zip(found, WANTED, strict=True)), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a contract is a mapping"),
        ("[]", "a contract is a mapping"),
        ("a: [", "not valid YAML"),
        ("schem: []", "'schem' is not one of the standard; did you mean schema?"),
        ("schema: []", "schema needs a table with properties"),
        ("schema: [{name: x}, {name: y}]", "none of the schemas (x, y) is named orders"),
        ("schema: 3", "schema: input should be a valid list"),
        ("schema: [3]", "schema: input should be"),
        ("tags: [[]]", "tags: input should be a valid string"),
        ("team: 3", "team: input should be"),
        ("team: [3]", "team: input should be"),
        ("version: ''", "version is missing"),
    ],
)
def test_a_document_of_another_shape_is_told(text: str, said: str) -> None:
    assert any(said in problem for _, problem in problems(text)), problems(text)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("description: x", "there is no rule"),
        ("properties: [{name: a, physicalType: int}]", "there is no rule"),
        ("properties: [{physicalType: int}]", "a property needs a name"),
        ("properties: [{name: _a, physicalType: int}]", "is kept for tidegate's own columns"),
        ("properties: [{name: a, physicalType: int}, {name: A, physicalType: int}]", "Spark does not tell capitals"),
        ("properties: [{name: a}]", "a type is missing; give physicalType"),
        ("properties: [{name: a, logicalType: strin}]", "'strin' is unknown; did you mean string?"),
        ("properties: [{name: a, logicalType: array}]", "a column of type array needs items"),
        ("properties: [{name: a, physicalType: map}]", "a column of type map needs map"),
        ("properties: [{name: a, physicalType: struct}]", "an object needs properties"),
        ("properties: [{name: a, logicalType: array, items: {}}]", "a type is missing"),
        ("properties: [{name: a, physicalType: int, primaryKeyPosition: 1}]", "needs primaryKey: true"),
        (
            (
                "properties: [{name: a, physicalType: int, primaryKey: true, primaryKeyPosition: 1}, "
                "{name: b, physicalType: int, primaryKey: true, primaryKeyPosition: 1}]"
            ),
            "the position 1 is given twice",
        ),
        ("properties: [{name: a, physicalType: int, relationships: [{to: x}]}]", "a relationship leads from"),
        ("properties: [{name: a, physicalType: int, relationships: [{to: X.y}]}]", "a relationship leads from"),
        ("properties: [{name: a, physicalType: int, relationships: [{to: x.y, type: other}]}]", "is not foreignKey"),
        ("relationships: [{from: [orders.a], to: [x.y, z.y]}]", "a relationship leads from"),
        ("relationships: [{from: [orders.a, orders.b], to: [x.y]}]", "a relationship leads from"),
        ("quality: [{type: custom, engine: tidegate, implementation: {rule: primary_key, column: a}}]", "and is none"),
        ("quality: [{type: costum}]", "the type 'costum' is not one of custom, library, sql, text"),
        (
            "quality: [{type: custom, engine: tidgate, implementation: x}]",
            "'tidgate' is unknown; did you mean tidegate?",
        ),
        ("quality: [{type: custom, engine: tidegate, implementation: x}]", "implementation is a mapping"),
        ("quality: [{type: custom, engine: tidegate, implementation: {kind: x}}]", "implementation is a mapping"),
        (
            "quality: [{type: custom, engine: tidegate, implementation: {rule: unenforced}}]",
            "no kind of rule 'unenforced'",
        ),
        ("quality: [{type: custom, engine: tidegate, implementation: {rule: email, columns: a}}]", "columns is a list"),
        (
            "quality: [{type: custom, engine: tidegate, implementation: {rule: accepted_values, values: [[1]]}}]",
            "values is a single value or a list of such",
        ),
        ("quality: [{metrc: rowCount, mustBe: 3}]", "did you mean metric?"),
    ],
)
def test_a_schema_that_cannot_be_used_is_told(schema: str, said: str) -> None:
    found = problems(document(schema))
    assert any(said in problem for _, problem in found), found
    assert all(line == 1 or line > LINES_ABOVE - 1 for line, _ in found)


def test_a_primary_key_is_never_only_warned_about() -> None:
    item = "{type: custom, engine: tidegate, severity: warn, implementation: {rule: primary_key, column: a}}"
    found = problems(document(f"properties: [{{name: a, physicalType: int, primaryKey: true}}]\nquality: [{item}]"))
    assert any("of severity error or fatal" in problem for _, problem in found)


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ("{property: freshness, value: soon, element: at}", "a value (a number) and a unit"),
        ("{property: freshness, value: true, element: at}", "a value (a number) and a unit"),
        ("{property: freshness, value: 1, unit: y, element: at}", "a value (a number) and a unit"),
        ("{property: freshness, value: 1}", "the column that says how new a row is"),
        ("{property: freshness, value: 1, element: att}", "did you mean at?"),
        ("{property: freshness, valu: 1, value: 1, element: at}", "did you mean value?"),
    ],
)
def test_a_service_level_that_cannot_be_used_is_told(level: str, said: str) -> None:
    text = document("properties: [{name: at, logicalType: date, required: true}]", below=f"slaProperties: [{level}]")
    assert any(said in problem for _, problem in problems(text)), problems(text)


def test_a_contract_that_is_fine_is_not_refused() -> None:
    assert read(document(GOOD)).version == "1.2.3"


@given(st.text("-:[]{}*&!|>'\"a,\n #%@`", max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    with pytest.raises(ContractError, match="the contract has"):
        read(text)


VALUES = st.sampled_from(["3", "-1.5", "true", "null", "text", "[]", "[3]", "{}", "{a: 1}", "[[{}]]", "''"])
KEYS = st.sampled_from(
    [
        "name",
        "physicalType",
        "logicalType",
        "required",
        "unique",
        "primaryKey",
        "primaryKeyPosition",
        "quality",
        "items",
        "relationships",
        "customProperties",
        "logicalTypeOptions",
        "properties",
        "map",
        "enum",
        "tags",
        "classification",
    ]
)


@given(st.dictionaries(KEYS, VALUES))
def test_a_field_of_the_wrong_type_is_a_problem_and_never_a_crash(fields: dict[str, str]) -> None:
    shown = ", ".join(f"{key}: {value}" for key, value in fields.items())
    text = document(f"properties: [{{name: a, physicalType: int, required: true}}, {{{shown}}}]")
    try:
        contract = read(text)
    except ContractError as error:
        assert "orders.odcs.yaml:" in error.what  # noqa: PT017 - either outcome is right
    else:
        assert contract.columns[0].name == "a"
