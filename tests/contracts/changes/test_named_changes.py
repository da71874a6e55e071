"""Each change that a person makes to a contract is what the reference says that it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from tests.contracts.documents import ORDERS

from tidegate.contracts.changes.change import Kind
from tidegate.contracts.changes.documents import Comparison, Document, compare_documents
from tidegate.errors import ContractError

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "contract-diff.md"
RULE = "type: custom, engine: tidegate, implementation:"
OLD = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.2.3
status: active
team: [{username: ann, role: owner}]
schema:
- name: orders
  properties:
  - {name: order_id, physicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}
  - {name: line, physicalType: int, required: true, primaryKey: true, primaryKeyPosition: 2}
  - {name: email, physicalType: string, classification: pii, unique: true, description: Where to write.}
  - {name: price, physicalType: "decimal(8,2)", quality: [{id: p, RULE {rule: between, min: 0, max: 9}}]}
  - {name: state, physicalType: string, quality: [{id: s, severity: warn, RULE {rule: VALUES [a, b]}}]}
  - {name: customer_id, physicalType: string, relationships: [{to: customers.customer_id}]}
  - {name: at, physicalType: timestamp, examples: [now], quality: [{id: d, RULE {rule: date_between, min: 2020-01-01}}]}
  quality:
  - {id: q, RULE {rule: sql, expression: "line > 0"}}
  - {id: n, RULE {rule: row_count, min: 1}}
  - {id: m, RULE {rule: not_missing, column: state, values: [x, y]}}
slaProperties:
- {property: freshness, value: 36, unit: h, element: orders.at}
- {property: retention, value: 2, unit: y}
- {property: latency, value: 90, unit: min}
""".replace("RULE", RULE).replace("VALUES", "accepted_values, values:")
STATE = "- {name: state, physicalType: string"
LENGTH = "quality: [{type: custom, engine: tidegate, SAID implementation: {rule: length, max: 9}}]"

# What is replaced by what, and the change that comes of it: kind, level, whom it concerns, a word of its warning.
CASES = {
    "a column goes": (
        "  - {name: customer_id, physicalType: string, relationships: [{to: customers.customer_id}]}\n",
        "",
        "column_removed breaking rw",
    ),
    "a column is renamed": ("name: email", "name: mail", "column_removed breaking rw, column_added additive w"),
    "a column is spelled otherwise": (
        "name: email",
        "name: Email",
        "column_removed breaking rw, column_added additive w",
    ),
    "a column comes": (STATE, f"- {{name: x, physicalType: int}}\n  {STATE}", "column_added additive w"),
    "a required column comes": (
        STATE,
        f"- {{name: x, physicalType: int, required: true}}\n  {STATE}",
        "column_added additive w quarantine",
    ),
    "a type becomes wider": ("physicalType: int", "physicalType: bigint", "type_widened additive rw rewritten"),
    "a decimal gets digits": ("decimal(8,2)", "decimal(9,2)", "type_widened additive rw rewritten"),
    "a decimal gets a finer scale": ("decimal(8,2)", "decimal(9,3)", "type_changed breaking rw"),
    "a type becomes narrower": ("physicalType: int", "physicalType: smallint", "type_changed breaking rw"),
    "a type is another": ("physicalType: timestamp", "physicalType: date", "type_changed breaking rw"),
    "required comes": ("name: at,", "name: at, required: true,", "rule_added additive rw quarantine"),
    "required goes": ("physicalType: int, required: true", "physicalType: int", "rule_removed breaking r"),
    "personal data no more": (", classification: pii", "", "classification_changed additive r"),
    "personal data now": ("name: at,", "name: at, classification: pii,", "classification_changed additive r"),
    "the key is another": (", primaryKey: true, primaryKeyPosition: 2", "", "key_changed breaking rw"),
    "the key is in another order": ("primaryKeyPosition: 1", "primaryKeyPosition: 3", "key_reordered compatible"),
    "unique goes": (", unique: true", "", "rule_removed breaking r"),
    "a foreign key goes": (", relationships: [{to: customers.customer_id}]", "", "rule_removed breaking r"),
    "a foreign key leads elsewhere": ("to: customers.", "to: people.", "rule_changed breaking rw quarantine"),
    "a range becomes narrower": ("max: 9", "max: 8", "rule_tightened additive rw quarantine"),
    "a range becomes exclusive": ("max: 9", "max: 9, exclusive_max: true", "rule_tightened additive rw quarantine"),
    "a range becomes wider": ("min: 0", "min: -1", "rule_loosened breaking r"),
    "a range loses an end": ("min: 0, ", "", "rule_loosened breaking r"),
    "a range moves": ("min: 0, max: 9", "min: 1, max: 10", "rule_changed breaking rw quarantine"),
    "error becomes warn": ("{id: p,", "{id: p, severity: warn,", "rule_loosened breaking r"),
    "error becomes fatal": ("{id: p,", "{id: p, severity: fatal,", "rule_tightened additive rw refused"),
    "warn becomes error": ("severity: warn", "severity: error", "rule_tightened additive rw quarantine"),
    "warn becomes info": ("severity: warn", "severity: info", "rule_loosened compatible"),
    "a rule that warns gets values": ("values: [a, b]", "values: [a, b, c]", "rule_loosened compatible"),
    "a rule that warns loses values": ("values: [a, b]", "values: [a]", "rule_tightened compatible"),
    "a rule is written otherwise": ("values: [a, b]", "values: [b, a]", "rule_changed compatible"),
    "another value stands for nothing": (
        "values: [x, y]",
        "values: [x, y, z]",
        "rule_tightened additive rw quarantine",
    ),
    "a value no longer stands for nothing": ("values: [x, y]", "values: [x]", "rule_loosened breaking r"),
    "a day becomes later": ("2020-01-01", "2020-01-02", "rule_tightened additive rw quarantine"),
    "a day becomes earlier": ("2020-01-01", "2019-12-31", "rule_loosened breaking r"),
    "a rule asks for another kind": (
        "rule: not_missing, column: state, values: [x, y]",
        "rule: length, column: state, max: 3",
        "rule_changed breaking rw quarantine",
    ),
    "unique in the batch only": (
        "unique: true",
        f"quality: [{{customProperties: [{{property: scope, value: batch}}], {RULE} {{rule: unique}}}}]",
        "rule_loosened breaking r",
    ),
    "a limit comes": (
        "{id: p,",
        "{id: p, customProperties: [{property: maxFailed, value: 3}],",
        "rule_tightened additive rw refused",
    ),
    "a limit comes to a rule that warns": (
        "{id: s,",
        "{id: s, customProperties: [{property: maxFailedShare, value: 0.5}],",
        "rule_tightened additive rw refused",
    ),
    "an expression is another": ("line > 0", "line > 1", "rule_changed breaking rw quarantine"),
    "a rule about the batch is looser": (
        "rule: row_count, min: 1",
        "rule: row_count, max: 9, min: 0",
        "rule_changed breaking rw refused",
    ),
    "a rule about the batch goes": (
        "  - {id: n, type: custom, engine: tidegate, implementation: {rule: row_count, min: 1}}\n",
        "",
        "rule_removed breaking r",
    ),
    "a rule is called otherwise": ("{id: p,", "{id: price_is_fair,", "rule_renamed compatible"),
    "a rule is described": ("{id: p,", "{id: p, description: Fair.,", "documentation_changed compatible"),
    "a rule comes": (
        "name: email,",
        f"name: email, {LENGTH.replace('SAID ', '')},",
        "rule_added additive rw quarantine",
    ),
    "a rule that warns comes": (
        "name: email,",
        f"name: email, {LENGTH.replace('SAID', 'severity: warn,')},",
        "rule_added compatible",
    ),
    "a rule comes that nobody can enforce": (
        "name: line,",
        "name: line, logicalTypeOptions: {multipleOf: 2},",
        "rule_added breaking w enforced",
    ),
    "fresher": ("value: 36, unit: h", "value: 1, unit: d", "service_level_changed additive r"),
    "staler": ("value: 36, unit: h", "value: 2, unit: d", "service_level_changed breaking r"),
    "the same freshness in another unit": ("value: 36, unit: h", "value: 1.5, unit: d", "wording_changed compatible"),
    "freshness no more": (
        "- {property: freshness, value: 36, unit: h, element: orders.at}\n",
        "",
        "service_level_removed breaking r",
    ),
    "kept longer": ("value: 2, unit: y", "value: 900, unit: d", "service_level_changed additive r"),
    "kept shorter": ("value: 2, unit: y", "value: 23, unit: w", "service_level_changed breaking r"),
    "kept for nobody knows how long": ("value: 2, unit: y", "value: long", "service_level_changed breaking r"),
    "faster": ("value: 90, unit: min", "value: 1, unit: h", "service_level_changed additive r"),
    "a unit that nobody knows": ("value: 90, unit: min", "value: 1, unit: tide", "service_level_changed breaking r"),
    "a level goes": ("- {property: retention, value: 2, unit: y}\n", "", "service_level_removed breaking r"),
    "a level comes": (
        "- {property: latency",
        "- {property: availability, value: 99}\n- {property: latency",
        "service_level_added additive r",
    ),
    "a level is described": ("unit: y}", "unit: y, description: Long.}", "documentation_changed compatible"),
    "another owner": ("username: ann", "username: bob", "documentation_changed compatible"),
    "deprecated": ("status: active", "status: deprecated", "documentation_changed compatible"),
    "a column is described": ("Where to write.", "The address.", "documentation_changed compatible"),
    "a column is tagged": ("name: line,", "name: line, tags: [x],", "documentation_changed compatible"),
    "an entry that is only kept": ("examples: [now]", "examples: [then]", "wording_changed compatible"),
    "a synonym": ("physicalType: int,", "physicalType: integer,", "wording_changed compatible"),
}


def compared(old: str, new: str) -> Comparison:
    return compare_documents(Document("old.odcs.yaml", old.encode()), Document("new.odcs.yaml", new.encode()), ORDERS)


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_what_its_name_says(name: str) -> None:
    before, after, expected = CASES[name]
    assert before in OLD
    changes = compared(OLD, OLD.replace(before, after, 1)).changes
    told = [
        " ".join(filter(None, [change.kind, change.level, "".join(who[0] for who in change.concerns), change.warning]))
        for change in changes
    ]
    for part, found in zip(expected.split(", "), told, strict=True):
        kind, level, *rest = part.split()
        who, word = (*rest, "", "")[:2]
        if level == "compatible":
            assert found.split()[:2] == [kind, level]
        else:
            assert found.split()[:3] == [kind, level, who]
            assert word in found
            assert bool(word) == (len(found.split()) > 3)


def test_the_order_of_columns_is_a_change_that_breaks_nothing_and_hides_nothing() -> None:
    lines = OLD.splitlines()
    lines[11], lines[12] = lines[12], lines[11]
    (change,) = compared(OLD, "\n".join(lines)).changes
    assert (change.kind, change.level) == ("columns_reordered", "compatible")


def test_a_column_takes_its_rules_with_it() -> None:
    gone = re.sub(r"  - \{name: price.*\n", "", OLD)
    assert [change.kind for change in compared(OLD, gone).changes] == ["column_removed"]
    assert [change.kind for change in compared(gone, OLD).changes] == ["column_added"]


def test_required_may_change_where_a_rule_in_its_place_stays() -> None:
    softened = "name: line, quality: [{type: library, metric: nullValues, mustBe: 0, severity: warn}],"
    before = OLD.replace("name: line,", softened)
    (change,) = compared(before, before.replace("physicalType: int, required: true", "physicalType: int")).changes
    assert (change.kind, change.level) == ("required_changed", "compatible")


def test_lines_are_those_of_the_document_that_has_them() -> None:
    (gone,) = compared(OLD, re.sub(r"  - \{name: price.*\n", "", OLD)).changes
    assert (gone.line, gone.old_line) == (None, 13)
    (moved,) = compared(OLD, f"# a line\n{OLD}".replace("max: 9", "max: 8")).changes
    assert (moved.line, moved.old_line) == (14, 13)


def test_the_version_is_at_least_what_the_changes_call_for() -> None:
    broken = OLD.replace("physicalType: int", "physicalType: smallint")
    for version, is_enough in (("1.9.9", False), ("2.0.0", True), ("v3", True), ("2.0.0-rc.1", True), ("next", None)):
        found = compared(OLD, broken.replace("1.2.3", version))
        assert (found.step, found.needed, found.is_version_enough) == ("major", "2.0.0", is_enough)
    assert compared(OLD.replace("1.2.3", "spring"), broken).needed is None
    assert compared(OLD, OLD.replace("max: 9", "max: 8")).needed == "1.3.0"
    assert compared(OLD, OLD.replace("ann", "bob")).needed == "1.2.4"
    assert compared(OLD, OLD.replace("1.2.3", "1.2.9")).step == "none"


def test_contracts_of_different_tables_are_refused() -> None:
    with pytest.raises(ContractError, match="different tables: orders and people"):
        compared(OLD, OLD.replace("- name: orders", "- name: people"))


def test_the_reference_lists_every_kind_with_its_levels() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*)\|", PAGE.read_text(), re.MULTILINE)
    listed = {kind: level for kind, level in rows if kind in get_args(Kind)}
    assert listed.keys() == {*get_args(Kind)}
    for _, _, expected in CASES.values():
        for part in expected.split(", "):
            kind, level = part.split()[:2]
            assert level in listed[kind], part
