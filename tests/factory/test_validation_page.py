"""What people read about data that were held against a contract."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.contracts.examples import Cell
from tidegate.contracts.validation import Finding, Look, Validation
from tidegate.contracts.verdicts import Verdict
from tidegate.factory.data import Data, names_table
from tidegate.factory.validation import ValidatedData
from tidegate.factory.validation_page import share_text, validation_page, validation_text
from tidegate.model.contracts import Contract, Rule
from tidegate.model.names import TableName
from tidegate.model.reports import RuleResult

AT = datetime(2024, 1, 31, 8, 30, tzinfo=timezone.utc)
SHARES = st.fractions(0, 1).map(float)


def validated(*findings: Finding, look: Look, refused: bool = False) -> ValidatedData:
    contract = Contract(TableName("silver", "people"), "1.2.0", (), (), location="people.odcs.yaml")
    verdict = Verdict(tuple(finding.result for finding in findings), is_refused=refused, rows=2_000)
    return ValidatedData(
        Data("people.csv"), contract, look, Validation(verdict, findings, (Rule("rows", "row_count"),)), AT
    )


def test_what_was_not_checked_is_told() -> None:
    result = RuleResult("odd", "warn", "row", 0, 0, "unchecked", "outlier", ("mail",), note="no baseline")
    found = validated(Finding(result, "is an outlier, by mad", is_about_rows=True), look=Look(1.0, 0))
    html, text = validation_page(found), validation_text(found)
    assert "Not checked: no baseline." in html
    assert "1 not checked" in html
    assert "unchecked" in text


def test_a_page_and_a_text_say_the_same_of_every_rule() -> None:
    email = RuleResult("mail", "error", "row", 2_000, 500, "failed", "email", ("mail",), "We write to them.")
    count = RuleResult("many", "warn", "batch", 2_000, 1, "warned", "row_count")
    example = (Cell("_source_line", "17"), Cell("id", None), Cell("mail", None, is_masked=True))
    found = validated(
        Finding(email, "is not an e-mail address", is_about_rows=True, examples=(example,)),
        Finding(count, "has too few rows", is_about_rows=False),
        look=Look(0.25, 3),
        refused=True,
    )
    html, text = validation_page(found), validation_text(found)
    for told in (
        "fail",
        "We write to them.",
        "is not an e-mail address",
        "silver.people",
        "500 of 2,000 rows; here are 1",
    ):
        assert told in html
    for told in ("2,000 rows, a sample of 25 %", "mail", "1,500", "rows"):
        assert told in html
    assert html.count("•••</span>") == 1
    assert ">null<" in html
    assert "mail  error       2,000   1,500     500   25 %  failed" in text
    assert "many  warn        2,000       -       -      -  warned" in text
    assert "not asked of a sample: rows" in text
    assert "REFUSED, 2,000 rows, a sample of 25 %" in text
    (mail, many) = found.document()["rules"]  # type: ignore[misc]
    assert (mail["failed_share"], many["failed_share"]) == (0.25, None)  # type: ignore[has-type]


def test_data_without_a_fault_have_no_examples() -> None:
    fine = RuleResult("id", "error", "row", 0, 0, "passed", "not_null", ("id",))
    found = validated(Finding(fine, "is null", is_about_rows=True), look=Look())
    html = validation_page(found)
    assert "What failed" not in html
    assert "•••" not in html
    assert "pass" in validation_text(found)


@given(share=SHARES, other=SHARES)
def test_shares_read_as_none_and_all_only_where_they_are_and_keep_their_order(share: float, other: float) -> None:
    assert (share_text(share) == "0 %") == (share == 0)
    assert (share_text(share) == "100 %") == (share == 1)
    assert share_text(share / 1e6) in {"0 %", "< 0.01 %"}
    low, high = sorted((share, other))
    assert _number(share_text(low)) <= _number(share_text(high))


def _number(text: str) -> float:
    return float(text.strip("<> %")) + (1e-9 if ">" in text else -1e-9 if "<" in text else 0)


@pytest.mark.parametrize(
    ("name", "is_table"),
    [
        ("silver.orders", True),
        ("orders.csv", False),
        ("orders.parquet", False),
        ("orders.yaml", False),
        ("landing", False),
        ("s3://b/silver.orders", False),
        ("a/b.c", False),
        ("Silver.orders", False),
    ],
)
def test_a_name_with_one_dot_is_a_table_unless_it_ends_like_a_file(name: str, *, is_table: bool) -> None:
    assert names_table(name) == is_table


@pytest.mark.parametrize(
    ("text", "table", "query"),
    [
        ("public.orders", "public.orders", None),
        ("select 1 as id;", None, "select 1 as id"),
        (" WITH a AS (select 1) select * from a", None, "WITH a AS (select 1) select * from a"),
        ("select\n1 as id", None, "select\n1 as id"),
        ("selected", "selected", None),
    ],
)
def test_what_is_asked_of_a_database_is_a_table_or_a_query(text: str, table: str | None, query: str | None) -> None:
    asked = Data(text, connection="shop")
    assert asked.database is not None
    assert (asked.database.table, asked.database.query, asked.table) == (table, query, None)
