"""Whatever is wrong with a document is told in one go, with its line and what is allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.documents import LINES_ABOVE, document, problems, read

from tidegate.errors import ContractError

GOOD = "properties: [{name: a, physicalType: int, required: true}]"


def test_all_problems_are_told_at_once_in_the_order_of_their_lines() -> None:
    found = problems(
        """\
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
    )
    assert [line for line, _ in found] == [1, 2, 4, 5, 9, 9, 10, 13, 15, 16, 17, 17]
    for (_, said), wanted in zip(
        found,
        [
            "apiVersion is that of the standard",
            "kind is DataContract",
            "'id' is given twice, first on line 3",
            "version: input should be a valid string",
            "physicalType: 'strin' is not a Spark SQL type",
            "required: input should be a valid boolean",
            "'a' is taken by the property on line 9",
            "'requird' is not one of the standard; did you mean required?",
            "no kind of rule 'betwen'; did you mean between?; allowed are accepted_values, between",
            "min is greater than max",
            "the function rand is not allowed",
            "rule id 'x' is given 2 times, first on line 16",
        ],
        strict=True,
    ):
        assert wanted in said


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


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("{rule: not_null, min: 3}", "not_null takes no argument 'min'; allowed are none"),
        ("{rule: between, mim: 3}", "takes no argument 'mim'; did you mean min?"),
        ("{rule: between}", "min or max is needed"),
        ("{rule: between, min: x}", "min: 'x' cannot be compared with a int"),
        ("{rule: between, min: [1]}", "min must be a single value, not a list"),
        ("{rule: between, min: 1, exclusive_min: 1}", "exclusive_min must be true or false, not 1"),
        ("{rule: between, min: .nan}", "nan is not a number to compare with"),
        ("{rule: accepted_values}", "values is missing"),
        ("{rule: accepted_values, values: []}", "values must be a list with at least one value"),
        ("{rule: accepted_values, values: 3}", "values must be a list"),
        ("{rule: accepted_values, values: [x]}", "values: 'x' cannot be compared with a int"),
        ("{rule: accepted_values, values: [1, null]}", "null is not a value"),
        ("{rule: not_missing, values: [null, x]}", "values: 'x' cannot be compared"),
        ("{rule: email}", "email reads columns that are a string, and a is a int"),
        ("{rule: pattern, pattern: 3}", "pattern must be a text, not 3"),
        ("{rule: length, min: 1.5}", "min must be a whole number, not 1.5"),
        ("{rule: row_count, min: true}", "min must be a whole number, not True"),
        ("{rule: row_count, min: -1}", "a count is never less than 0"),
        ("{rule: row_count}", "min or max is needed"),
        ("{rule: date_order, columns: [b]}", "date_order reads columns that are a date or timestamp"),
        ("{rule: date_order}", "date_order reads 2 columns, not 1"),
        ("{rule: compare, operator: '<'}", "two columns are compared, or one column with a value"),
        ("{rule: compare, operator: '<', columns: [b], value: 3}", "two columns are compared"),
        ("{rule: compare, operator: '~', columns: [b]}", "operator must be one of < <= > >= = !=, not '~'"),
        ("{rule: compare, operator: '<', columns: [s]}", "a (int) and s (string) cannot be compared"),
        ("{rule: compare, operator: '<', value: x}", "value: 'x' cannot be compared with a int"),
        ("{rule: compare, operator: '<', columns: [a]}", "a column is named twice"),
        ("{rule: compare, operator: '<', columns: [B]}", "no column 'B'; did you mean b?"),
        ("{rule: unique, columns: [zzz]}", "there is no column 'zzz'"),
        ("{rule: castable, type: int}", "castable reads columns that are a string"),
        ("{rule: foreign_key, table: x, references: [y]}", "x. is not a table name"),
        ("{rule: foreign_key, table: x.y, references: [y, z]}", "1 columns cannot refer to 2"),
        ("{rule: foreign_key, table: x.y, references: [1]}", "references must be a list of texts"),
        ("{rule: freshness, max_age_days: 1}", "freshness reads columns that are a date or timestamp"),
        ("{rule: sql, expression: 'a >'}", "the expression cannot be used: 'the end' stands where"),
        ("{rule: sql}", "expression is missing"),
        ("{rule: readable, min: 1}", "readable takes no argument"),
    ],
)
def test_a_rule_that_cannot_be_used_is_told(item: str, said: str) -> None:
    assert any(said in problem for _, problem in at_columns(item)), at_columns(item)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("{rule: pattern, pattern: '('}", "the pattern cannot be read"),
        ("{rule: castable, type: strin}", "'strin' is not a Spark SQL type"),
        ("{rule: castable, type: string}", "a text cannot be cast to string"),
        ("{rule: castable, type: array<int>}", "a text cannot be cast to array<int>"),
        ("{rule: between, min: 1}", "between reads columns that are a number, and a is a string"),
    ],
)
def test_a_rule_about_texts_that_cannot_be_used_is_told(item: str, said: str) -> None:
    assert any(said in problem for _, problem in at_columns(item, type_="string"))


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("{rule: date_between, min: 31.1.2024}", "is not a timestamp such as"),
        ("{rule: freshness}", "one of max_age_hours and max_age_days is needed"),
        ("{rule: freshness, max_age_hours: 1, max_age_days: 1}", "one of max_age_hours and max_age_days is needed"),
        ("{rule: freshness, max_age_hours: 0}", "an age is more than 0"),
        ("{rule: freshness, max_age_days: .inf}", "an age is more than 0"),
    ],
)
def test_a_rule_about_time_that_cannot_be_used_is_told(item: str, said: str) -> None:
    assert any(said in problem for _, problem in at_columns(item, type_="timestamp"))


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("severity: eror", "the severity 'eror' is not one of"),
        ("customProperties: [{property: severity, value: 3}]", "severity must be a text, not 3"),
        ("customProperties: [{property: scope, value: galaxy}]", "the scope 'galaxy' is not one of row, batch"),
        (
            "customProperties: [{property: scope, value: window}]",
            "the scope of not_null is not 'window'; allowed are row",
        ),
        ("customProperties: [{property: maxFailed, value: many}]", "maxFailed must be a whole number, not 'many'"),
        ("customProperties: [{property: maxFailed, value: true}]", "maxFailed must be a whole number, not True"),
        ("customProperties: [{property: maxFailed, value: -1}]", "maxFailed is a number of rows, not -1"),
        ("customProperties: [{property: maxFailedShare, value: 1.5}]", "a share from 0 to 1, not 1.5"),
        (
            "customProperties: [{property: maxfailed, value: 1}]",
            "'maxfailed' is not a property of a rule; did you mean maxFailed?",
        ),
        ("severity: fatal, customProperties: [{property: maxFailed, value: 1}]", "a fatal rule lets no row fail"),
    ],
)
def test_handling_that_cannot_be_used_is_told(about: str, said: str) -> None:
    assert any(said in problem for _, problem in at_columns("{rule: not_null}", about=f", {about}"))


def test_a_rule_about_the_batch_has_no_threshold() -> None:
    found = at_columns("{rule: row_count, min: 1}", about=", customProperties: [{property: maxFailed, value: 1}]")
    assert any("no rows that could fail" in problem for _, problem in found)


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


def at_columns(item: str, *, about: str = "", type_: str = "int") -> list[tuple[int, str]]:
    """Return what is wrong with a rule that stands at a column `a`, beside `b` of the same type and a text `s`."""
    quality = f"{{type: custom, engine: tidegate, implementation: {item}{about}}}"
    return problems(
        document(
            f"""
            properties:
            - {{name: a, physicalType: {type_}, quality: [{quality}]}}
            - {{name: b, physicalType: {type_}}}
            - {{name: s, physicalType: string}}
            """
        )
    )
