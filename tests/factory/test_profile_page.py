"""What people and machines read of a profile: everything but values of personal data."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.contracts.profiling.model import Table, statistics_of

from tidegate.contracts.profiling.keys import CandidateKey
from tidegate.contracts.profiling.people import guess
from tidegate.contracts.profiling.proposal import Evidence, propose
from tidegate.contracts.profiling.references import KeyColumn, MaybeReference
from tidegate.contracts.profiling.statistics import ColumnStatistics, Drawn, Range
from tidegate.factory.data import Data
from tidegate.factory.profile_document import profile_document
from tidegate.factory.profile_page import profile_page, profile_text
from tidegate.factory.profiling import Profile, table_named
from tidegate.model.names import TableName

MAIL, BORN, SALARY = "zqsecret@x.org", "1931-05-17", "987654"
TABLE: Table = {
    "id": [f"A-{number}" for number in range(40)],
    "customer_id": ["7", "8"] * 20,
    "mail": [MAIL] * 40,
    "born": [BORN] * 40,
    "salary": [SALARY] * 40,
    "state": ["<open>", None] * 20,
}


def profile() -> Profile:
    statistics = statistics_of(TABLE)
    seconds = Range("0.5", "9.5", 5.0, 2.5, ("1", "2", "5", "8", "9"))
    extra = (
        ColumnStatistics("seconds", "double", 40, 0, 9, range=seconds),
        ColumnStatistics("tags", "array<int>", 40, 1),
    )
    statistics = replace(statistics, columns=(*statistics.columns, *extra), unread=3, unknown=2)
    evidence = Evidence(
        people={one.name: found for one in statistics.columns if (found := guess(one, statistics.drawn))},
        classified={"salary": "restricted"},
        keys=[CandidateKey(("id",), is_unique=True), CandidateKey(("mail",), is_unique=False)],
        references=[
            MaybeReference("customer_id", KeyColumn(TableName("silver", "customers"), "customer_id", "int"), 2, 2)
        ],
        is_text=True,
    )
    proposal = replace(propose(statistics, evidence), dropped=("unique of state: 20 rows fail",))
    return Profile(Data("people.csv"), TableName("silver", "people"), statistics, evidence, proposal)


def test_reports_show_everything_but_personal_data() -> None:
    found = profile()
    document = json.dumps(profile_document(found), allow_nan=False)
    reports = {"json": document, "html": profile_page(found), "text": profile_text(found), "contract": found.document}
    for name, report in reports.items():
        for secret in (MAIL, BORN, SALARY):
            assert secret not in report, name
        for told in ("customer_id", "mail", "unique of state: 20 rows fail"):
            assert told in report, name
    for told in (
        "&lt;open&gt;",
        "A-99",
        "5",
        "silver.customers",
        "2 of 2 values are there",
        "personal data: email",
        "≈ 40",
    ):
        assert told in reports["html"]
    assert "<open>" not in reports["html"]
    assert "•••" in reports["text"]


def test_a_document_has_statistics_errors_and_the_proposal() -> None:
    document = profile_document(profile())
    columns = {column["name"]: column for column in document["columns"]}  # type: ignore[attr-defined]
    assert (document["rows"], document["unreadable_records"], document["records_with_other_fields"]) == (40, 3, 2)
    assert document["errors"] == {"distinct": 0.02, "quantiles": 0.0001}
    assert document["shares_are_of_drawn_rows"] is None
    assert columns["state"]["null_share"] == 0.5
    assert columns["state"]["top"] == [{"value": "<open>", "share": 1.0}]
    assert columns["id"]["top"] == [], "nearly all differ"
    assert columns["customer_id"]["shapes"] == [], "they are numbers"
    assert columns["id"]["shapes"] == [{"shape": "A-99", "share": 0.75}, {"shape": "A-9", "share": 0.25}]
    assert columns["seconds"]["range"]["quantiles"]["0.5"] == "5"
    assert columns["tags"]["distinct"] is None
    for name in ("mail", "born", "salary"):
        assert (columns[name]["is_hidden"], columns[name]["range"], columns[name]["top"]) == (True, None, [])
    assert document["proposal"]["primary_key"] == ("id",)  # type: ignore[index]


def test_what_is_estimated_is_told() -> None:
    found = profile()
    drawn = Drawn((2.0,) * 20, {name: tuple(texts[:20]) for name, texts in TABLE.items()}, is_whole=False)
    found = replace(found, statistics=replace(found.statistics, drawn=drawn))
    assert profile_document(found)["shares_are_of_drawn_rows"] == 20
    for report in (profile_text(found), profile_page(found)):
        assert "standard error of 2%" in report
        assert "estimated from 20 rows that were drawn" in report


@pytest.mark.parametrize(
    ("data", "out", "table", "named"),
    [
        (Data("landing/orders.csv"), None, None, "landing.orders"),
        (Data("silver.orders"), None, None, "silver.orders"),
        (Data("select 1", connection="shop"), None, None, "contracts.shop"),
        (Data("x.csv"), "contracts/bronze/orders.odcs.yaml", None, "bronze.orders"),
        (Data("x.csv"), "contracts/bronze/orders.odcs.yaml", "gold.sums", "gold.sums"),
    ],
)
def test_a_proposal_is_about_the_table_that_its_place_names(
    data: Data, out: str | None, table: str | None, named: str
) -> None:
    assert table_named(data, out, table) == named
