"""Columns that are there against the columns that are promised."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.frames import contract

from tidegate.contracts.conformance import ActualColumn, source_differences, table_differences
from tidegate.model.contracts import Column
from tidegate.model.evolution import is_wider

TYPES = st.sampled_from(["int", "bigint", "string", "decimal(12,2)", "decimal(14,2)", "array<int>", "date"])
ACTUAL = st.lists(
    st.builds(ActualColumn, st.sampled_from(["a", "b", "c", "_run_id"]), TYPES, st.booleans()),
    unique_by=lambda column: column.name,
)
PROMISED = st.lists(
    st.builds(Column, st.sampled_from("abcd"), TYPES, st.booleans(), line=st.just(7)),
    min_size=1,
    unique_by=lambda column: column.name,
)
Found = set[tuple[Literal["missing", "extra", "type", "nullability"], str, bool]]


def model(actual: list[ActualColumn], promised: list[Column]) -> Found:
    there, wanted = {one.name: one for one in actual}, {one.name: one for one in promised}
    both = there.keys() & wanted.keys()
    found: Found = {("missing", name, True) for name in wanted.keys() - there.keys()}
    found |= {("extra", name, True) for name in there.keys() - wanted.keys() if name != "_run_id"}
    found |= {("type", name, True) for name in both if there[name].type != wanted[name].type}
    found |= {("nullability", name, True) for name in both if not there[name].is_nullable and not wanted[name].required}
    return found | {("nullability", name, False) for name in both if there[name].is_nullable and wanted[name].required}


@given(actual=ACTUAL, promised=PROMISED)
def test_a_table_differs_in_what_is_missing_extra_or_other_and_in_nothing_else(
    actual: list[ActualColumn], promised: list[Column]
) -> None:
    made = replace(contract({}, []), columns=tuple(promised))
    found = table_differences(actual, made)
    assert {(one.kind, one.column, one.is_fault) for one in found} == model(actual, promised)
    assert len(found) == len(model(actual, promised))
    assert all(one.column in one.text and (one.line == 7) == (one.kind != "extra") for one in found)
    assert {*table_differences(actual[::-1], made)} == {*found}, "order does not matter"


@given(actual=ACTUAL, promised=PROMISED)
def test_a_source_breaks_a_table_only_by_lacking_what_it_requires(
    actual: list[ActualColumn], promised: list[Column]
) -> None:
    made = replace(contract({}, []), columns=tuple(promised))
    there, wanted = {one.name: one for one in actual}, {one.name: one for one in promised}
    found = source_differences(actual, made)
    lacking = {name for name in wanted.keys() - there.keys() if wanted[name].required}
    assert {one.column for one in found if one.is_fault} == lacking
    narrower = {
        name
        for name in wanted.keys() & there.keys()
        if there[name].type != wanted[name].type and not is_wider(there[name].type, wanted[name].type)
    }
    assert {one.column for one in found if one.kind == "type"} == narrower
    assert {one.column for one in found if one.kind == "extra"} == there.keys() - wanted.keys() - {"_run_id"}


def test_names_that_are_nearly_right_are_told() -> None:
    made = contract({"customer_id": "int", "amount": "bigint"}, [])
    missing, wider, extra = table_differences([ActualColumn("costumer_id", "int"), ActualColumn("amount", "int")], made)
    assert missing.text == "customer_id (int) is missing; did you mean costumer_id?"
    assert wider.text == "amount is a int, and the contract says bigint; storage.evolution: permissive widens it"
    assert extra.text == "costumer_id (int) is not in the contract; did you mean customer_id?"
