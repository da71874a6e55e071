"""What a run has used is a difference of two counts; where nobody counts, nothing is said."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.model.resources import Resources
from tidegate.platforms import gateway, usage

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COUNTS = st.builds(
    Resources,
    *[st.none() | st.floats(0, 1e6), st.none() | st.integers(0), st.none() | st.floats(0, 1e6)],
    *[st.none() | st.integers(0)] * 2,
)


@given(COUNTS, COUNTS)
def test_a_run_never_used_less_than_nothing_and_what_is_not_counted_is_not_known(
    now: Resources, then: Resources
) -> None:
    used = now.since(then)
    assert used.peak_memory_bytes == now.peak_memory_bytes
    for name in ("cpu_seconds", "task_seconds", "shuffle_read_bytes", "shuffle_write_bytes"):
        assert (getattr(used, name) is None) == (getattr(now, name) is None)
        assert (getattr(used, name) or 0) >= 0


def test_without_spark_the_process_itself_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pyspark", raising=False)
    found = usage.usage()
    assert found.task_seconds is None
    if sys.platform == "linux":
        assert found.cpu_seconds
        assert found.peak_memory_bytes
    monkeypatch.setattr(usage, "_process", lambda number: None)
    assert usage.usage() == Resources()


def test_a_process_that_is_gone_is_not_counted() -> None:
    assert usage._process(2**30) is None


@pytest.mark.spark
def test_tasks_and_shuffles_are_counted_by_spark(spark: SparkSession) -> None:
    before = usage.usage()
    assert spark.range(1000, numPartitions=2).repartition(2, "id").groupBy("id").count().count() == 1000
    used = usage.usage().since(before)
    assert used.cpu_seconds
    assert (used.shuffle_read_bytes or 0) > 0
    assert (used.shuffle_write_bytes or 0) > 0
    assert gateway.java_process() is not None
