"""A proposal loads as a contract, and the data it was made from hold it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft201909Validator  # type: ignore[import-untyped]
from tests.contracts.profiling.model import EMAIL, Table, reads_as, statistics_of

from tidegate.contracts.documents import read_contract
from tidegate.contracts.profiling.document import odcs
from tidegate.contracts.profiling.keys import CandidateKey
from tidegate.contracts.profiling.people import guess
from tidegate.contracts.profiling.proposal import Evidence, Proposal, propose, without
from tidegate.contracts.profiling.references import KeyColumn, MaybeReference
from tidegate.contracts.profiling.statistics import ColumnStatistics, Range, Statistics
from tidegate.contracts.profiling.types import chosen_type
from tidegate.contracts.types import parse_type
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from tidegate.model.contracts import Contract, Rule

PEOPLE = TableName("silver", "people")
SCHEMA = json.loads((Path(__file__).parents[1] / "standard" / "odcs-json-schema-v3.0.2.json").read_text())
TEXTS = st.one_of(
    st.integers(-5, 10**6).map(str),
    st.decimals(-9, 99, places=2).map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.sampled_from(
        ["yes", "no", "true", "007", "+41", "AB-12", "CD-345", "open", "a.b@x.org", "c@y.org", "", "'\"#: ", "ü\n"]
    ),
)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12).filter(
    lambda name: bool(name.strip()) and not name.startswith("_")
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Return columns of texts of one kind each, or of several, some of them null, and often repeated."""
    rows = draw(st.integers(0, 60))
    made: dict[str, list[str | None]] = {}
    for name in draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.lower)):
        pool = draw(st.lists(TEXTS, min_size=1, max_size=draw(st.sampled_from([1, 3, 30]))))
        values = st.sampled_from(pool)
        cells = values | st.none() if draw(st.booleans()) else values
        made[name] = [draw(cells) for _ in range(rows)]
    return made


def proposed(table: Table) -> Proposal:
    statistics = statistics_of(table)
    people = {one.name: found for one in statistics.columns if (found := guess(one, statistics.drawn))}
    keys = [
        CandidateKey((name,), is_unique=None not in values and len({*values}) == len(values))
        for name, values in table.items()
    ]
    return propose(statistics, Evidence(people, keys=keys, is_text=True, dataset="people"))


def contract_of(proposal: Proposal, rows: int = 0) -> Contract:
    document = odcs(proposal, table="people", source="people.csv", rows=rows)
    assert [*Draft201909Validator(SCHEMA).iter_errors(yaml.safe_load(document))] == []
    return read_contract(document.encode(), "people.odcs.yaml", PEOPLE)


def holds(rule: Rule, table: Table, rows: int) -> bool:
    """Return whether all rows hold a rule, by plain Python."""
    values = [table[name] for name in rule.columns]
    cells = [text for text in values[0] if text is not None] if values else []
    if rule.kind == "row_count":
        return rows >= int(str(rule.argument("min")))
    if rule.kind in {"primary_key", "unique"}:
        return len({*values[0]}) == rows and (rule.kind == "unique" or None not in values[0])
    return {
        "not_null": lambda: None not in values[0],
        "between": lambda: all(Decimal(text) >= 0 for text in cells),
        "accepted_values": lambda: {*cells} <= {*rule.listed("values")},
        "pattern": lambda: all(re.search(str(rule.argument("pattern")), text) for text in cells),
        "email": lambda: all(EMAIL.fullmatch(text) for text in cells),
    }[rule.kind]()


@given(table=tables())
def test_data_hold_the_contract_that_they_propose(table: Table) -> None:
    rows = len(next(iter(table.values())))
    contract = contract_of(proposed(table), rows)
    assert contract.column_names == tuple(table)
    assert contract.rules
    for rule in contract.rules:
        assert holds(rule, table, rows), rule
    for column in contract.columns:
        kind = parse_type(column.type)
        for text in table[column.name]:
            assert text is None or kind.name == "string" or _fits(text, column.type), (column, text)


def _fits(text: str, kind: str) -> bool:
    parsed = parse_type(kind)
    if parsed.name != "decimal":
        return reads_as(text, parsed.name)
    precision, scale = parsed.numbers
    whole, _, decimals = text.lstrip("-+").partition(".")
    return len(whole.lstrip("0")) <= precision - scale and len(decimals) <= scale


@given(table=tables())
def test_every_part_of_a_proposal_has_its_reason(table: Table) -> None:
    proposal = proposed(table)
    rules = [*proposal.rules, *(rule for column in proposal.columns for rule in column.rules)]
    assert all(rule.reason for rule in rules)
    assert bool(proposal.key) == bool(proposal.key_reason)
    for column in proposal.columns:
        wanted = {"type", "required"} if column.is_required else {"type"}
        wanted |= {"classification"} if column.classification else set()
        assert wanted == {*column.reasons}


@given(table=tables(), data=st.data())
def test_what_does_not_hold_is_dropped_and_told_and_the_rest_stays(table: Table, data: st.DataObject) -> None:
    proposal = proposed(table)
    before = contract_of(proposal)
    named = [(rule.kind, rule.columns) for rule in before.rules if rule.kind != "row_count"]
    failed = dict.fromkeys(data.draw(st.sets(st.sampled_from(named))) if named else (), 3)
    after = without(proposal, failed, rows=9)
    left = {(rule.kind, rule.columns) for rule in contract_of(after).rules}
    assert left - {("row_count", ())} == {*named} - failed.keys()
    assert len(after.dropped) == len(failed)


SECRETS = {
    "email": ["zq1@secret.org", "zq2@secret.org"] * 40,
    "phone": ["+41 79 555 01 02", "+41 79 555 01 03"] * 40,
    "card_number": ["4111111111111111", "5500005555555559"] * 40,
    "date_of_birth": ["1931-05-17", "1932-06-18"] * 40,
    "last_name": ["Zqrhubarb", "Zqparsnip"] * 40,
    "street": ["Zqlane 5", "Zqroad 7"] * 40,
}


def test_nothing_of_personal_data_is_in_a_proposal() -> None:
    contract = proposed(SECRETS)
    document = odcs(contract, table="people", source="people.csv", rows=80)
    assert {column.name: column.classification for column in contract.columns} == dict.fromkeys(SECRETS, "pii")
    for value in {text for texts in SECRETS.values() for text in texts}:
        assert value not in document
    assert contract.types["phone"] == contract.types["card_number"] == "string", "digits that count nothing"


def test_references_uniqueness_and_classes_of_other_contracts_are_proposed() -> None:
    statistics = statistics_of({"id": ["1", "2"], "customer_id": ["5", "6"], "isbn": ["x", "y"], "note": ["a", "b"]})
    key = KeyColumn(TableName("silver", "customers"), "customer_id", "bigint")
    found = propose(
        statistics,
        Evidence(
            classified={"note": "secret"},
            keys=[CandidateKey((name,), is_unique=True) for name in ("id", "isbn", "note")],
            references=[MaybeReference("customer_id", key, 2, 2), MaybeReference("id", key, 2, 1)],
            is_text=True,
        ),
    )
    contract = contract_of(found)
    assert contract.primary_key == ("id",)
    assert [str(one.table) for one in contract.foreign_keys] == ["silver.customers"]
    assert {rule.columns for rule in contract.rules if rule.kind == "unique"} == {("isbn",)}
    assert [column.classification for column in contract.columns] == [None, None, None, "secret"]


def test_columns_that_no_contract_can_name_are_told() -> None:
    found = proposed({"a": ["1"], "A": ["2"], "b": ["3"], " ": ["4"]})
    assert list(found.types) == ["a", "b"]
    assert found.left_out == {"A": "Spark does not tell it from a", " ": "it has no name"}
    assert "Left out: the column A" in odcs(found, table="t", source="s\n# x", rows=1)


@pytest.mark.parametrize(
    "kind",
    ["map<string,int>", "array<int>", "struct<a:int,`b c`:string>", "binary", "timestamp_ntz", "decimal(9,2)", "float"],
)
def test_columns_of_every_type_are_proposed_as_they_are(kind: str) -> None:
    statistics = Statistics(2, (ColumnStatistics("a", kind, 2, 0, 2, range=Range("0", "1")),))
    contract = contract_of(propose(statistics, Evidence()))
    assert [column.type for column in contract.columns] == [kind]
    assert ("between" in {rule.kind for rule in contract.rules}) == (parse_type(kind).family == "number")


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "-2"], "bigint"),
        (["9223372036854775808"], "decimal(21,0)"),
        (["1.50", "20"], "decimal(6,2)"),
        (["0.5", "0.25"], "decimal(4,2)"),
        (["1" * 39], "double"),
        (["007", "1"], "string"),
        (["+41791112233"], "string"),
        (["yes", "no"], "boolean"),
        (["2024-01-31"], "date"),
        (["2024-01-31", "2024-01-31 08:00:00"], "timestamp"),
        (["2024-01-31", "x"], "string"),
        ([None], "string"),
    ],
)
def test_texts_become_the_narrowest_type_that_holds_them_all(texts: list[str | None], kind: str) -> None:
    (column,) = statistics_of({"a": texts}).columns
    assert chosen_type(column).type == kind


@pytest.mark.parametrize(
    ("texts", "rule"),
    [
        ([f"AB-{number}" for number in range(1000, 1030)], ("pattern", {"pattern": r"^[A-Z]{2}\-[0-9]{4}$"})),
        (["open", "closed"] * 20, ("accepted_values", {"values": ("closed", "open")})),
        ([f"{number} apples" if number % 2 else "none" for number in range(40)], None),
    ],
)
def test_texts_of_one_shape_or_of_few_values_have_a_rule(texts: list[str], rule: object) -> None:
    (column,) = proposed({"a": texts}).columns
    assert [(one.kind, dict(one.arguments)) for one in column.rules] == ([rule] if rule else [])
