"""Reports and commits say what happened, the same for the same facts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import JobDefinitionError, ReportError
from tidegate.model.commits import Commit, Token
from tidegate.model.modes import Append, ApplyChanges, LateWindow, Scd2, Upsert, late_window, row_keys
from tidegate.model.names import TableName
from tidegate.model.reports import EXIT_CODES, Counts, RunReport

if TYPE_CHECKING:
    from tidegate.model.reports import RunStatus

OUTCOMES = ("published", "unchanged", "quarantined", "dropped", "deduplicated", "late", "deleted", "erased")


@given(st.lists(st.integers(0, 10**9), min_size=8, max_size=8))
def test_rows_add_up_when_every_row_read_has_one_outcome(outcomes: list[int]) -> None:
    Counts(read=sum(outcomes), **dict(zip(OUTCOMES, outcomes, strict=True))).check("silver.orders")


@given(st.lists(st.integers(0, 10**9), min_size=8, max_size=8), st.integers(-(10**9), 10**9).filter(bool))
def test_rows_that_do_not_add_up_are_an_error_that_names_the_job(outcomes: list[int], off: int) -> None:
    counts = Counts(read=sum(outcomes) + off, **dict(zip(OUTCOMES, outcomes, strict=True)))
    with pytest.raises(ReportError, match=r"silver\.orders"):
        counts.check("silver.orders")


def test_a_negative_outcome_is_an_error_even_when_the_sum_is_right() -> None:
    with pytest.raises(ReportError):
        Counts(read=1, published=2, dropped=-1).check("silver.orders")


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=10),
    st.integers(1, 10**12),
    st.dictionaries(st.text(max_size=5), st.integers(0, 10**12), max_size=3),
)
def test_a_commit_survives_its_json(job: str, batch: int, watermarks: dict[str, int]) -> None:
    commit = Commit(Token(job, batch), "run", watermarks, event_watermark="2024-01-01", files=("a.csv",))
    assert Commit.from_json(commit.to_json()) == commit


@pytest.mark.parametrize("foreign", [None, "", "{}", "not json", '{"tidegate": {}}', "[1]", '"text"', "3"])
def test_metadata_of_other_writers_is_not_a_commit(foreign: str | None) -> None:
    assert Commit.from_json(foreign) is None


def test_tokens_of_other_scopes_and_jobs_have_other_application_ids() -> None:
    tokens = {Token("a", 1), Token("b", 1), Token("a", 1, "backfill-2024")}
    assert len({token.application for token in tokens}) == len(tokens)
    assert Token("a", 1).application == Token("a", 2).application


@pytest.mark.parametrize(
    "text", ["orders", "silver.", ".orders", "Silver.orders", "silver.or ders", "a.b.c", "silver.1x", ""]
)
def test_a_name_that_is_not_layer_and_dataset_is_refused(text: str) -> None:
    with pytest.raises(JobDefinitionError, match=r"silver\.orders"):
        TableName.parse(text)


def test_a_name_reads_as_it_was_written() -> None:
    assert str(TableName.parse("silver.order_lines")) == "silver.order_lines"


@pytest.mark.parametrize("keys", [(), ("a", "a"), "order_id"])
def test_modes_need_distinct_keys(keys: tuple[str, ...]) -> None:
    with pytest.raises(JobDefinitionError):
        Upsert(keys, "updated_at")
    with pytest.raises(JobDefinitionError):
        Scd2(keys, "updated_at")
    with pytest.raises(JobDefinitionError):
        ApplyChanges(keys, "updated_at")


@pytest.mark.parametrize("name", ["k", "s", "valid_to"])
def test_a_surrogate_key_is_a_column_of_its_own(name: str) -> None:
    with pytest.raises(JobDefinitionError, match=name):
        Scd2(("k",), "s", surrogate_key=name)


@pytest.mark.parametrize(
    "settings",
    [
        {"sequence_by": "k"},
        {"stored_as_scd_type": 3},
        {"stored_as_scd_type": 2, "ignore_null_updates": True},
        {"stored_as_scd_type": 2, "apply_as_truncates": "op = 't'"},
    ],
)
def test_changes_that_cannot_be_kept_independent_of_their_order_are_refused(settings: dict[str, str | int]) -> None:
    with pytest.raises(JobDefinitionError):
        ApplyChanges(**{"keys": ("k",), "sequence_by": "s", **settings})  # type: ignore[arg-type]


def test_one_row_of_a_batch_stands_for_others_by_the_columns_of_its_mode() -> None:
    changes = ApplyChanges(("k",), "s")
    assert row_keys(changes) == row_keys(Upsert(("k",), "s")) == ("k",)
    assert row_keys(replace(changes, stored_as_scd_type=2)) == row_keys(Scd2(("k",), "s")) == ("k", "s")
    assert row_keys(replace(changes, ignore_null_updates=True)) == (), "each may say another column"
    assert row_keys(Append()) is None


def test_a_late_window_is_at_least_a_day() -> None:
    with pytest.raises(JobDefinitionError):
        LateWindow("ordered_at", days=0)


def test_only_modes_with_event_time_have_a_late_window() -> None:
    window = LateWindow("ordered_at", days=3)
    assert late_window(Upsert(("k",), "s", late=window)) == window
    assert late_window(Append()) is None
    assert late_window(Scd2(("k",), "s")) is None


def test_a_report_is_one_json_document_with_the_promised_fields() -> None:
    report = RunReport("run", "silver.orders", "succeeded", "a", "b", Counts(read=1, published=1))
    document = json.loads(report.to_json())
    assert {"job", "status", "counts", "rules", "inputs", "output", "seconds"} <= document.keys()
    assert document["counts"]["read"] == 1


def test_every_status_has_its_exit_code() -> None:
    statuses: tuple[RunStatus, ...] = ("succeeded", "nothing_new", "failed", "refused", "partial")
    assert {status: EXIT_CODES[status] for status in statuses} == {
        "succeeded": 0,
        "nothing_new": 0,
        "failed": 1,
        "refused": 3,
        "partial": 4,
    }
