"""What is guessed of columns: shapes, frequent values, keys, references, personal data."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.profiling.model import statistics_of

from tidegate.contracts.profiling.keys import MOST_CANDIDATES, maybe_keys, singular
from tidegate.contracts.profiling.people import guess
from tidegate.contracts.profiling.references import KeyColumn, MaybeReference, maybe_references
from tidegate.contracts.profiling.shapes import pattern_of, shape_of, top_shapes
from tidegate.contracts.profiling.statistics import ColumnStatistics, Drawn, Statistics, Texts, weighted
from tidegate.model.names import TableName

WORDS = st.text(st.sampled_from("ABab01-./ é"), max_size=8)


@given(texts=st.lists(WORDS, min_size=1))
def test_a_pattern_matches_all_the_texts_that_it_was_made_from(texts: list[str]) -> None:
    pattern = pattern_of(texts)
    if pattern is not None:
        assert all(re.fullmatch(pattern, text) for text in texts)


@given(shape=st.lists(st.sampled_from(["A", "a", "9", "-", "/"]), min_size=1, max_size=6), data=st.data())
def test_many_texts_of_one_shape_have_a_pattern_unless_they_are_letters_alone(
    shape: list[str], data: st.DataObject
) -> None:
    signs = {"A": "XYZ", "a": "xyz", "9": "123"}
    parts = [st.sampled_from(signs.get(sign, sign)) for sign in shape]
    texts = data.draw(st.sets(st.tuples(*parts).map("".join), min_size=1, max_size=40))
    pattern = pattern_of(texts)
    assert (pattern is not None) == (len(texts) >= 20 and not "".join(shape).isalpha())
    assert {shape_of(text) for text in texts} == {"".join(shape)}


def test_a_pattern_is_as_narrow_as_its_texts() -> None:
    pattern = pattern_of([f"AB-{number}" for number in range(1000, 1030)])
    assert pattern == r"^[A-Z]{2}\-[0-9]{4}$"
    assert pattern_of([f"AB-{number}" for number in range(90, 120)]) == r"^[A-Z]+\-[0-9]+$"
    assert pattern_of([*(f"AB-{number}" for number in range(90, 120)), "x"]) is None
    words = [f"{first}{second}" for first in "abcde" for second in "vwxyz"]
    assert pattern_of(words) is None, "any word has such a shape"
    assert shape_of("x" * 100) == "a" * 64 + "…"


@given(
    cells=st.lists(st.tuples(st.none() | st.sampled_from("abc"), st.integers(1, 9)), max_size=20),
    count=st.integers(1, 4),
)
def test_shares_are_of_the_weight_of_all_values_the_greatest_first(
    cells: list[tuple[str | None, int]], count: int
) -> None:
    texts, weights = [text for text, _ in cells], [float(weight) for _, weight in cells]
    found = weighted(texts, weights, count)
    whole = sum(weight for text, weight in cells if text is not None)
    for text, share in found:
        assert share == pytest.approx(sum(weight for other, weight in cells if other == text) / whole)
    assert [share for _, share in found] == sorted((share for _, share in found), reverse=True)
    assert len(found) == min(count, len({*texts} - {None}))
    assert len(top_shapes(texts, weights, 5)) == (1 if found else 0), "all letters are alike"


def column(name: str, distinct: int, *, nulls: int = 0, kind: str = "string") -> ColumnStatistics:
    return ColumnStatistics(name, kind, 1_000, nulls, distinct, texts=Texts() if kind == "string" else None)


@given(
    columns=st.lists(
        st.builds(
            column,
            st.sampled_from(["id", "order_id", "code", "a", "b", "c", "d"]),
            st.integers(1, 1_100),
            nulls=st.sampled_from([0, 0, 1]),
            kind=st.sampled_from(["string", "bigint", "date", "double", "array<int>"]),
        ),
        max_size=7,
        unique_by=lambda one: one.name,
    )
)
def test_whatever_is_unique_within_the_error_may_be_a_key_and_few_others(columns: list[ColumnStatistics]) -> None:
    found = maybe_keys(Statistics(1_000, tuple(columns)), "orders")
    fit = {one.name for one in columns if not one.nulls and one.type not in {"double", "array<int>"}}
    unique = {one.name for one in columns if one.name in fit and (one.distinct or 0) >= 920}
    assert len(found) <= MOST_CANDIDATES
    assert len({*found}) == len(found)
    assert {name for columns in found for name in columns} <= fit
    singles = [names[0] for names in found if len(names) == 1]
    assert {*singles} <= unique
    assert len(singles) == min(len(unique), MOST_CANDIDATES)
    if unique & {"id", "order_id"}:
        assert found[0][0] in {"id", "order_id"}
    if unique & {"id", "order_id", "code"}:
        assert len(found) == len(singles), "pairs are looked for only where no column is likely"


def test_pairs_are_looked_for_where_no_column_is_a_key_alone() -> None:
    columns = (column("line_no", 10), column("order_id", 300), column("note", 2))
    assert maybe_keys(Statistics(1_000, columns), "lines") == (("line_no", "order_id"),)
    assert maybe_keys(Statistics(0, columns), "lines") == ()


@pytest.mark.parametrize(
    ("dataset", "one"),
    [
        ("orders", "order"),
        ("dim_customers", "customer"),
        ("categories", "category"),
        ("address", "address"),
        ("fx", "fx"),
    ],
)
def test_one_of_a_dataset(dataset: str, one: str) -> None:
    assert singular(dataset) == one


def test_columns_named_like_a_key_of_its_type_may_refer_to_it() -> None:
    customers, shops = TableName("silver", "customers"), TableName("silver", "shops")
    keys = [KeyColumn(customers, "customer_id", "string"), KeyColumn(shops, "id", "bigint")]
    types = {
        "customer_id": "string",
        "billing_customer_id": "string",
        "shop_id": "int",
        "id": "bigint",
        "paid": "bigint",
    }
    found = [(one.column, one.key.table) for one in maybe_references(types, keys, TableName("silver", "orders"))]
    assert found == [("customer_id", customers), ("billing_customer_id", customers), ("shop_id", shops)]
    assert maybe_references({"customer_id": "string"}, keys, customers) == (), "a table does not refer to itself"
    assert maybe_references({"customer_id": "date"}, keys, shops) == ()
    assert not MaybeReference("a", keys[0]).is_contained
    assert MaybeReference("a", keys[0], 2, 2).is_contained
    assert not MaybeReference("a", keys[0], 2, 1).is_contained


@pytest.mark.parametrize(
    ("name", "texts", "kind"),
    [
        ("contact", ["a@x.org", "b@y.org"], "email"),
        ("EmailAddress", ["none", "b@y.org"], "email"),
        ("customerPhone", ["1", "2"], "phone"),
        ("date_of_birth", ["2000-01-01"], "birth date"),
        ("dob", ["2000-01-01"], "birth date"),
        ("first_name", ["Ann"], "name"),
        ("customer_name", ["ACME"], "name"),
        ("name", ["Ann Smith", "Bob Brown"], "name"),
        ("name", ["Cheese", "Bread 2"], None),
        ("product_name", ["Green Apple"], None),
        ("shipping_street", ["x"], "address"),
        ("postal_code", ["3000"], "address"),
        ("ip_address", ["10.0.0.1"], None),
        ("is_email", ["yes"], None),
        ("credit_card_number", ["x"], "card"),
        ("amount", ["1.00"], None),
        ("birthday", [None], "birth date"),
        ("mailbox_count", ["1"], None),
    ],
)
def test_personal_data_are_guessed_by_names_and_looks(name: str, texts: list[str | None], kind: str | None) -> None:
    statistics = statistics_of({name: texts})
    found = guess(statistics.columns[0], statistics.drawn)
    assert (found.kind if found else None) == kind
    assert found is None or not any(text and text in found.reason for text in texts)


@pytest.mark.parametrize(
    ("looks", "kind"), [(Texts(cards=9), "card"), (Texts(phones=8), "phone"), (Texts(phones=7), None)]
)
def test_four_of_five_texts_have_to_look_like_it(looks: Texts, kind: str | None) -> None:
    found = guess(ColumnStatistics("x", "string", 10, 0, 10, texts=looks), Drawn())
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("phone", "bigint", "phone"),
        ("zip", "int", "address"),
        ("card_number", "decimal(19,0)", "card"),
        ("dob", "date", "birth date"),
        ("first_name", "bigint", None),
        ("address", "timestamp", None),
    ],
)
def test_a_name_counts_only_where_the_type_can_be_what_it_says(name: str, kind: str, found: str | None) -> None:
    guessed = guess(ColumnStatistics(name, kind, 1, 0), Drawn())
    assert (guessed.kind if guessed else None) == found


@pytest.mark.parametrize("kind", ["boolean", "array<string>"])
def test_flags_and_nested_values_are_no_personal_data_of_their_own(kind: str) -> None:
    assert guess(ColumnStatistics("email", kind, 1, 0), Drawn()) is None
