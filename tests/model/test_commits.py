from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tidegate.model.commits import Commit, Deferral, Token
from tidegate.model.cursors import CursorMark

PRINTS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5).map(lambda prints: tuple(sorted(prints)))


@given(seen=PRINTS, columns=st.lists(st.text(max_size=5), max_size=3).map(tuple))
def test_how_far_a_database_was_read_survives_the_commit(seen: tuple[int, ...], columns: tuple[str, ...]) -> None:
    mark = CursorMark("2024-01-01T00:00:00.000000", "timestamp", "2023-12-31T23:50:00.000000", columns, seen, "at")
    commit = Commit(Token("bronze.orders", 3), "run", cursors={"orders": mark})
    assert Commit.from_json(commit.to_json()) == commit


def test_commits_of_releases_without_cursors_are_read() -> None:
    old = '{"tidegate":{"batch":2,"files":["a@1"],"job":"bronze.orders","run_id":"r","scope":"live","watermarks":{}}}'
    assert Commit.from_json(old) == Commit(Token("bronze.orders", 2), "r", files=("a@1",))


def test_a_commit_without_cursors_is_as_it_was_before_there_were_any() -> None:
    facts = json.loads(Commit(Token("bronze.orders", 2), "r").to_json())["tidegate"]
    assert "cursors" not in facts


@given(st.dictionaries(st.text(max_size=3), st.lists(st.integers(0, 10**12), max_size=3).map(tuple), max_size=3))
def test_the_rows_of_earlier_runs_survive_the_commit(counts: dict[str, tuple[int, ...]]) -> None:
    commit = Commit(Token("bronze.orders", 3), "run", row_counts=counts)
    assert Commit.from_json(commit.to_json()) == commit
    assert ("row_counts" in json.loads(commit.to_json())["tidegate"]) is bool(counts)


def test_ten_thousand_remembered_rows_take_about_a_hundred_kilobytes() -> None:
    mark = CursorMark("1", "sequence", "0", ("id",), tuple(range(10_000)))
    assert len(Commit(Token("bronze.orders", 1), "r", cursors={"orders": mark}).to_json()) < 110_000


@given(version=st.none() | st.integers(0, 9), folded=st.none() | st.integers(0, 9), basis=st.none() | st.integers(0, 9))
def test_what_waits_beside_a_table_survives_the_commit(
    version: int | None, folded: int | None, basis: int | None
) -> None:
    waits = Deferral(("order_id",), "updated_at", ("order_id", "amount"), "ordered_at", version, 3, folded, basis)
    commit = Commit(Token("silver.orders", 3), "run", deferred=waits)
    assert Commit.from_json(commit.to_json()) == commit
    assert "deferred" not in Commit(Token("silver.orders", 3), "run").to_json()
