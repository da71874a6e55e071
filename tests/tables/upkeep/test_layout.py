"""Statistics in, decisions out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.tables.upkeep.advice import advise
from tidegate.tables.upkeep.layout import FileShape, Layout, Shape, Usage, Wishes
from tidegate.tables.upkeep.spread import overlap

MIB = 1024**2
GIB = 1024**3
ORDERS = Usage(keys=("order_id",), event_column="ordered_at")


def shape(files: int, size: int, *, days: int = 365, struck: int = 0, rows: int = 1_000) -> Shape:
    """Return a table of files of one size whose history ends with 2025."""
    last = date(2025, 12, 31)
    first = date.fromordinal(last.toordinal() - days + 1)
    return Shape(tuple(FileShape(size, rows, struck) for _ in range(files)), first_day=first, last_day=last)


def why(layout: Layout, what: str) -> str:
    (found,) = [decision.why for decision in layout.decisions if decision.what == what]
    return found


@pytest.mark.parametrize(
    ("files", "size", "days", "expected"),
    [(10, 128 * MIB, 365, "none"), (3_650, 10 * MIB, 365, "month"), (3_650, 128 * MIB, 365, "day")],
)
def test_folders_only_where_a_unit_of_time_fills_them(files: int, size: int, days: int, expected: str) -> None:
    assert advise(shape(files, size, days=days), ORDERS).partition == expected


def test_a_table_without_event_time_has_no_folders() -> None:
    layout = advise(shape(10_000, 128 * MIB), Usage(keys=("id",)))
    assert layout.partition == "none"
    assert "no event time" in why(layout, "partition by")


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (ORDERS, ("ordered_at", "order_id")),
        (Usage(keys=("id", "day"), event_column="day"), ("day", "id")),
        (Usage(keys=("id",)), ("id",)),
        (Usage(keys=("id",), event_column="day", cluster_by=("shop",)), ("shop",)),
        (Usage(), ()),
    ],
)
def test_rows_are_sorted_by_what_merges_look_for(usage: Usage, expected: tuple[str, ...]) -> None:
    assert advise(shape(1, MIB), usage).cluster_by == expected


def test_many_small_files_are_a_debt_and_a_few_are_not() -> None:
    assert advise(shape(100, MIB), ORDERS).is_compaction_due
    assert "of 100 files, 99 could go" in why(advise(shape(100, MIB), ORDERS), "compact now")
    assert not advise(shape(8, MIB), ORDERS).is_compaction_due
    assert not advise(shape(0, MIB), ORDERS).is_compaction_due


def test_batches_that_keep_their_files_are_never_compacted() -> None:
    layout = advise(Shape(shape(100, MIB).files, is_rewritable=False), ORDERS)
    assert not layout.is_compaction_due
    assert "keeps its files" in why(layout, "compact now")


def test_a_few_small_files_beside_many_full_ones_wait() -> None:
    full, small = shape(100, 64 * MIB, rows=2_000_000).files, shape(12, MIB).files
    assert not advise(Shape((*full, *small)), ORDERS).is_compaction_due


@pytest.mark.parametrize(("rows", "files"), [(1_000, 1), (1_000_000, 4), (16_000_000, 64), (64_000_000, 64)])
def test_files_are_as_large_as_a_publish_makes_them(rows: int, files: int) -> None:
    layout = advise(Shape((FileShape(rows * 50, rows),)), ORDERS)
    assert layout.target_file_bytes == max(rows * 50 // files, 256 * 1024)


def test_struck_rows_are_a_debt() -> None:
    assert advise(shape(2, 16 * MIB, rows=900, struck=100), ORDERS).is_compaction_due
    assert not advise(shape(2, 16 * MIB, rows=950, struck=50), ORDERS).is_compaction_due


def test_the_configuration_has_the_last_word() -> None:
    layout = advise(shape(100, MIB), ORDERS, Wishes(target_file_mib=1, compression_level=4, encodings=1))
    assert (layout.target_file_bytes, layout.compression_level, layout.encodings) == (MIB, 4, 1)
    assert not layout.is_compaction_due
    prescribed = {why(layout, what) for what in ("file size", "compression", "encodings")}
    assert prescribed == {"the configuration says so"}


def test_how_large_a_debt_is_one_can_be_prescribed() -> None:
    assert not advise(shape(100, MIB), ORDERS, Wishes(small_files=100)).is_compaction_due
    assert not advise(shape(2, 16 * MIB, rows=800, struck=200), ORDERS, Wishes(struck_share=0.3)).is_compaction_due


def test_files_of_deletes_are_a_debt_too() -> None:
    few = tuple(FileShape(1_000, struck=1) for _ in range(8))
    layout = advise(replace(shape(4, 64 * MIB), strikes=few), ORDERS)
    assert (layout.is_compaction_due, layout.is_purge_due) == (True, False)
    assert "of 4 files and 8 of deletes, 11 could go" in why(layout, "compact now")
    many = (FileShape(1_000, struck=400),)
    assert advise(replace(shape(4, 64 * MIB), strikes=many), ORDERS).is_purge_due


def test_rows_that_files_of_deletes_strike_out_do_not_count() -> None:
    assert replace(shape(4, MIB), strikes=(FileShape(10, struck=1_500),)).rows == 2_500


COLUMNS = ("order_id", "ordered_at", "updated_at", "customer_id", "amount", "note")
LINES = Usage(
    keys=("order_id",), event_column="ordered_at", filters=("customer_id", "note"), times=("ordered_at", "updated_at")
)


def known(overlaps: dict[str, float]) -> Shape:
    return replace(shape(10, MIB), columns=COLUMNS, overlaps=overlaps)


def test_statistics_are_kept_where_they_leave_files_out() -> None:
    unmeasured = advise(known({}), LINES)
    assert unmeasured.statistics == ("ordered_at", "order_id", "customer_id", "note", "updated_at")
    measured = advise(known({"customer_id": 1.0, "updated_at": 0.95, "amount": 0.2, "order_id": 1.0}), LINES)
    assert measured.statistics == ("ordered_at", "order_id", "note", "amount")
    assert "of 6 columns only these" in why(measured, "statistics")


def test_where_nothing_is_known_all_statistics_stay() -> None:
    assert advise(known({}), Usage()).statistics == ()
    assert advise(shape(10, MIB), LINES).statistics == ()


def test_what_grows_with_the_order_of_rows_needs_no_dictionary() -> None:
    layout = advise(known({"amount": 0.9, "note": 0.1}), LINES)
    assert layout.without_dictionary == ("ordered_at", "order_id", "updated_at", "note")
    assert advise(known({"note": 0.1}), LINES, Wishes(encodings=1)).without_dictionary == ()
    assert advise(known({}), Usage()).without_dictionary == ()


def test_what_a_formats_writers_cannot_do_is_not_advised() -> None:
    layout = advise(replace(known({}), encodings=1), LINES, Wishes(encodings=2))
    assert (layout.encodings, layout.without_dictionary) == (1, ())


def test_a_table_that_nobody_merges_into_is_sorted_by_what_jobs_look_for() -> None:
    assert advise(shape(1, MIB), Usage(filters=("day", "shop"))).cluster_by == ("day",)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 5)), max_size=12))
def test_the_overlap_is_the_share_of_pairs_that_meet(drawn: list[tuple[int, int, int]]) -> None:
    files = [(min(one, other), max(one, other), size) for one, other, size in drawn]
    pairs = list(combinations(files, 2))
    meeting = sum(a[2] * b[2] for a, b in pairs if a[0] <= b[1] and b[0] <= a[1])
    expected = meeting / sum(a[2] * b[2] for a, b in pairs) if pairs else None
    assert overlap(files) == pytest.approx(expected)


def test_values_that_cannot_be_compared_tell_nothing() -> None:
    assert overlap([(1.5, 2.5, 1), (0.5, "NaN", 1)]) is None


@given(sizes=st.lists(st.integers(1, 2 * GIB), max_size=50), more=st.lists(st.integers(1, 2 * GIB), max_size=50))
def test_every_choice_is_within_bounds_and_has_a_reason(sizes: list[int], more: list[int]) -> None:
    large = advise(Shape(tuple(FileShape(size) for size in (*sizes, *more))), ORDERS)
    assert 256 * 1024 <= large.target_file_bytes <= GIB
    assert [decision.what for decision in large.decisions] == [
        "partition by",
        "sort by",
        "file size",
        "compression",
        "encodings",
        "dictionary",
        "statistics",
        "compact now",
    ]
    assert all(decision.why for decision in large.decisions)


@given(sizes=st.lists(st.integers(1, 64 * MIB), min_size=1, max_size=200))
def test_compaction_pays_once(sizes: list[int]) -> None:
    """What compaction would leave, full files and a rest, is not due again."""
    before = advise(Shape(tuple(FileShape(size) for size in sizes)), ORDERS)
    target, total = before.target_file_bytes, sum(sizes)
    left = [target] * (total // target) + ([total % target] if total % target else [])
    assert not advise(Shape(tuple(FileShape(size) for size in left)), ORDERS).is_compaction_due
