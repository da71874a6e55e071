"""Two versions of a table are compared as plain Python would compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.errors import TableError
from tidegate.tables.differences import Comparison, Difference

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

SCHEMA = "k int, a string, b int, _run_id string"
values = st.tuples(st.sampled_from(["x", "y", None]), st.integers(0, 1) | st.none())
versions = st.dictionaries(st.integers(1, 4) | st.none(), values, max_size=4)


@settings(max_examples=5)
@given(versions, versions)
def test_counts_are_those_of_the_model(
    spark: SparkSession,
    old: dict[int | None, tuple[str | None, int | None]],
    new: dict[int | None, tuple[str | None, int | None]],
) -> None:
    both = [key for key in old if key in new]
    changed = [key for key in both if old[key] != new[key]]
    columns = {name: sum(old[key][place] != new[key][place] for key in both) for place, name in enumerate(("a", "b"))}
    frames = [
        spark.createDataFrame([(key, *pair, run) for key, pair in rows.items()], SCHEMA)
        for rows, run in ((old, "r1"), (new, "r2"))
    ]
    compared = Comparison(frames[0], frames[1], ("k",))
    assert compared.count() == Difference(
        added=len(new) - len(both),
        removed=len(old) - len(both),
        changed=len(changed),
        unchanged=len(both) - len(changed),
        columns={name: count for name, count in columns.items() if count},
    )
    assert len(compared.examples(9)) == len(old) + len(new) - 2 * len(both) + len(changed)


def test_rows_without_a_key_are_compared_as_often_as_they_occur(spark: SparkSession) -> None:
    old = spark.createDataFrame([(1, "x"), (1, "x"), (2, "y")], "k int, a string")
    new = spark.createDataFrame([(1, "x"), (3, "z")], "k int, a string")
    found = Comparison(old, new, ()).count()
    assert (found.added, found.removed, found.changed, found.unchanged) == (1, 2, None, 1)
    with pytest.raises(TableError, match="1 keys \\(k\\) occur more than once"):
        Comparison(old, new, ("k",)).count()


def test_a_column_that_came_is_a_change_of_the_rows_that_have_it(spark: SparkSession) -> None:
    old = spark.createDataFrame([(1,), (2,)], "k int")
    new = spark.createDataFrame([(1, "x"), (2, None)], "k int, a string")
    found = Comparison(old, new, ("k",)).count()
    assert (found.changed, found.unchanged, found.columns) == (1, 1, {"a": 1})
