"""What a write mode refuses to mean, and what an upsert that deletes rows means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.errors import JobDefinitionError
from tidegate.model.declarations import Output
from tidegate.model.mode_traits import ordered
from tidegate.model.modes import ApplyChanges, LateWindow, Scd2, Upsert

if TYPE_CHECKING:
    from collections.abc import Callable

DELETED = "status = 'deleted'"
WINDOW = LateWindow("day", 3)


@pytest.mark.parametrize(
    ("declare", "complaint"),
    [
        (lambda: Upsert((), "at"), "needs its keys"),
        (lambda: Upsert(("k", "k"), "at"), "distinct"),
        (lambda: Upsert("k", "at"), "needs its keys"),  # type: ignore[arg-type]
        (lambda: Upsert(("k",), "at", nullable_keys=("other",)), "names keys"),
        (lambda: Upsert(("k",), "at", tie_break="offset"), "tuple of column names"),  # type: ignore[arg-type]
        (lambda: Scd2(("k",), "at", tie_break="refuse"), "tuple of column names"),  # type: ignore[arg-type]
        (lambda: Upsert(("k",), "at", mark_deletes_in="is_deleted"), "which rows to mark"),
        (lambda: Upsert(("k",), "at", apply_as_deletes=DELETED, mark_deletes_in="k"), "cannot be a mark"),
        (lambda: Upsert(("k",), "at", apply_as_deletes=DELETED, tie_break="refuse"), "cannot refuse ties"),
        (lambda: Scd2(("k",), "at", track=()), "tracks columns"),
        (lambda: Scd2(("k",), "at", track="a"), "tracks columns"),  # type: ignore[arg-type]
        (lambda: Scd2(("k",), "at", surrogate_key="k"), "column of the history already"),
        (lambda: ApplyChanges(("k",), "at", track=("a",)), "only a history"),
        (lambda: ApplyChanges(("k",), "at", event_is_fixed=True), "needs late="),
        (lambda: ApplyChanges(("k",), "at", "d", "t", late=WINDOW, event_is_fixed=True), "no truncates"),
        (lambda: ApplyChanges(("k",), "at", "d", "t", nullable_keys=("k",)), "leave one key out"),
        (lambda: ApplyChanges(("k",), "at", ignore_null_updates=True, tie_break=("a",)), "ordered by itself"),
        (lambda: ApplyChanges(("k",), "at", "d", "t", stored_as_scd_type=2), "no truncates"),
    ],
)
def test_a_mode_that_contradicts_itself_is_refused(declare: Callable[[], object], complaint: str) -> None:
    with pytest.raises(JobDefinitionError, match=complaint):
        declare()


def test_an_upsert_that_deletes_rows_is_change_data_within_the_days_of_its_batches() -> None:
    mode = Upsert(("k",), "at", WINDOW, ("offset",), ("k",), apply_as_deletes=DELETED)
    assert Output("silver.things", mode).mode == ApplyChanges(
        ("k",),
        "at",
        apply_as_deletes=DELETED,
        late=WINDOW,
        event_is_fixed=True,
        tie_break=("offset",),
        nullable_keys=("k",),
    )
    marked = Upsert(("k",), "at", apply_as_deletes=DELETED, mark_deletes_in="is_deleted")
    assert Output("silver.things", marked).mode is marked


def test_a_history_of_changes_is_kept_as_scd2_says() -> None:
    mode = ApplyChanges(("k",), "at", stored_as_scd_type=2, track=("a",), untracked="ignore", surrogate_key="sk")
    assert mode.history == Scd2(("k",), "at", "sk", ("a",), "ignore")


def test_columns_that_break_ties_are_compared_first() -> None:
    assert ordered(Upsert(("k",), "at", tie_break=("c",)), ("k", "a", "c")) == ("c", "k", "a")
    assert ordered(Upsert(("k",), "at", tie_break="refuse"), ("k", "a")) == ("k", "a")
    with pytest.raises(JobDefinitionError, match="no column c"):
        ordered(Upsert(("k",), "at", tie_break=("c",)), ("k", "a"))
