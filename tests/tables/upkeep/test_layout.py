"""Statistics in, decisions out."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.tables.upkeep.layout import FileShape, Layout, Shape, Usage, Wishes, advise

MIB = 1024**2
GIB = 1024**3
ORDERS = Usage(keys=("order_id",), event_column="ordered_at")


def shape(files: int, size: int, *, days: int = 365, struck: int = 0, rows: int = 1_000) -> Shape:
    """Return a table of files of one size whose history ends with 2025."""
    last = date(2025, 12, 31)
    first = date.fromordinal(last.toordinal() - days + 1)
    return Shape(tuple(FileShape(size, rows, struck) for _ in range(files)), first, last)


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
    assert "100 of 100 files are small" in why(advise(shape(100, MIB), ORDERS), "compact now")
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
    layout = advise(shape(100, MIB), ORDERS, Wishes(target_file_mib=1, compression_level=9))
    assert (layout.target_file_bytes, layout.compression_level) == (MIB, 9)
    assert not layout.is_compaction_due
    assert why(layout, "file size") == why(layout, "compression") == "the configuration says so"


@given(sizes=st.lists(st.integers(1, 2 * GIB), max_size=50), more=st.lists(st.integers(1, 2 * GIB), max_size=50))
def test_every_choice_is_within_bounds_and_has_a_reason(sizes: list[int], more: list[int]) -> None:
    small = advise(Shape(tuple(FileShape(size) for size in sizes)), ORDERS)
    large = advise(Shape(tuple(FileShape(size) for size in (*sizes, *more))), ORDERS)
    assert small.compression_level <= large.compression_level
    assert 256 * 1024 <= large.target_file_bytes <= GIB
    assert [decision.what for decision in large.decisions] == [
        "partition by",
        "sort by",
        "file size",
        "compression",
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
