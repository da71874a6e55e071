"""Whom an erasure is about, which columns name them and what is written down: decided without Spark."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from tidegate.contracts.book import ContractBook
from tidegate.errors import ContractError, SelectionError
from tidegate.job.dbt.checks import require_kept
from tidegate.job.erasure.finding import columns_of, referring_only, tables_of
from tidegate.job.erasure.register import ErasureRegister
from tidegate.model.contracts import Column, Contract, ForeignKey
from tidegate.model.erasures import LONGEST_COLUMN, Erasure, ErasureStatus, HashedSubject, Subject, TableErased
from tidegate.model.names import TableName
from tidegate.model.privacy import PrivacyKey

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = Path(__file__).parents[3] / "docs" / "reference" / "schemas" / "erasure.schema.json"
KEY = PrivacyKey(b"a key for tests, of many bytes")
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text()), format_checker=FormatChecker())

hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
times = st.datetimes(timezones=st.just(None)).map(lambda moment: f"{moment.replace(microsecond=0).isoformat()}+00:00")
COLUMNS = st.text(min_size=1, max_size=30).filter(lambda name: len(quote(name, safe="")) <= LONGEST_COLUMN)
subjects = st.builds(HashedSubject, COLUMNS, hashes, hashes.map(lambda text: text[:16]))
counts = st.integers(0, 10**9)
tables = st.builds(
    TableErased,
    st.text(min_size=1),
    st.sampled_from(["delta", "parquet"]),
    st.lists(st.text()).map(tuple),
    counts,
    counts,
    st.none() | counts,
    st.none() | counts,
    counts,
)
erasures = st.builds(
    Erasure,
    subjects,
    st.sampled_from(get_args(ErasureStatus)),
    times,
    st.dates().map(str),
    st.lists(tables, unique_by=lambda one: one.table, max_size=3).map(tuple),
    st.lists(st.text(), max_size=2).map(tuple),
    st.none() | times,
    st.none() | times,
)


def table(
    name: str, columns: Iterable[str], *keys: tuple[str, str, str], subject: dict[str, str] | None = None
) -> Contract:
    """Return a contract: columns, and foreign keys as (column, table, column there)."""
    made = tuple(Column(one, "string", subject=(subject or {}).get(one)) for one in columns)
    foreign = tuple(ForeignKey((mine,), TableName.parse(other), (theirs,)) for mine, other, theirs in keys)
    return Contract(TableName.parse(name), "1.0.0", made, (), foreign_keys=foreign)


def test_persons_are_named_by_columns_of_the_name_by_references_and_by_what_contracts_say() -> None:
    book = ContractBook.of(
        [
            table(
                "silver.customers", ["customer_id", "referred_by"], ("referred_by", "silver.customers", "customer_id")
            ),
            table("silver.orders", ["order_id", "buyer"], ("buyer", "silver.customers", "customer_id")),
            table("silver.parcels", ["order_id", "receiver"], ("receiver", "silver.orders", "buyer")),
            table("silver.lines", ["line_id", "order_id"], ("order_id", "silver.orders", "order_id")),
            table("bronze.tickets", ["author", "text"], subject={"author": "customer_id"}),
            table("silver.products", ["product_id"]),
        ]
    )
    found = {str(name): columns for name, columns in tables_of("customer_id", book).items()}
    assert found == {
        "bronze.tickets": ("author",),
        "silver.customers": ("customer_id", "referred_by"),
        "silver.orders": ("buyer",),
        "silver.parcels": ("receiver",),
    }
    assert referring_only("customer_id", book) == ((TableName.parse("silver.lines"), TableName.parse("silver.orders")),)
    assert tables_of("nobody", book) == {}


def test_tables_that_refer_to_each_other_end() -> None:
    book = ContractBook.of(
        [table("a.x", ["p"], ("p", "a.y", "q")), table("a.y", ["q"], ("q", "a.x", "p")), table("a.z", ["r"])]
    )
    assert columns_of(book.get(TableName.parse("a.x")), "q", book) == ("p",)
    assert columns_of(book.get(TableName.parse("a.x")), "r", book) == ()


def test_what_dbt_writes_cannot_be_protected() -> None:
    kept = table("gold.people", ["id"])
    require_kept([kept.table, TableName.parse("gold.other")], ContractBook.of([kept]))
    hashed = replace(kept, columns=tuple(replace(one, protection="hash") for one in kept.columns))
    with pytest.raises(ContractError, match=r"dbt writes gold\.people itself.*id \(hash\)"):
        require_kept([kept.table], ContractBook.of([hashed]))


@given(st.text(min_size=1).filter(str.strip))
def test_a_subject_shows_its_value_to_nobody(value: str) -> None:
    subject = Subject.parse(f" customer_id ={value}")
    assert (subject.column, subject.value) == ("customer_id", value.strip())
    assert repr(subject) == "Subject('customer_id', '***')"
    assert subject.hashed(KEY).hash == KEY.hash(value.strip())


@pytest.mark.parametrize("text", ["", "customer_id", "customer_id=", "=secret", "customer_id= "])
def test_a_subject_that_names_nobody_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(SelectionError, match="names nobody") as refused:
        Subject.parse(text)
    assert "secret" not in str(refused.value)


def test_a_column_whose_name_fits_into_no_name_of_a_file_is_refused() -> None:
    assert Subject.parse(f"{'c' * LONGEST_COLUMN}=1").column == "c" * LONGEST_COLUMN
    with pytest.raises(SelectionError, match="too long"):
        Subject.parse(f"{'ä' * LONGEST_COLUMN}=1")


@given(erasures)
def test_a_proof_fits_the_published_schema_and_reads_back_the_same(proof: Erasure) -> None:
    VALIDATOR.validate(json.loads(proof.to_json()))
    assert Erasure.from_json(proof.to_json()) == proof


@given(erasures)
def test_the_register_knows_who_was_erased_by_names_of_files_alone(
    tmp_path_factory: pytest.TempPathFactory, proof: Erasure
) -> None:
    register = ErasureRegister(str(tmp_path_factory.mktemp("lake")))
    assert register.subjects() == frozenset()
    assert register.find(proof.subject) is None
    register.keep(replace(proof, status="begun"))
    register.keep(proof)
    assert register.subjects() == {proof.subject}
    assert list(register.erasures()) == [proof] == [register.find(proof.subject)]
