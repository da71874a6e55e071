"""What a run has used is a difference of two counts; where nobody counts, nothing is said."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import Window
from pyspark.sql import functions as F

from tidegate.model.resources import Resources
from tidegate.platforms import gateway, usage
from tidegate.platforms.sessions import session_beside
from tidegate.platforms.usage import Usage

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COUNTS = st.builds(
    Resources,
    *[st.none() | st.floats(0, 1e6), st.none() | st.integers(0), st.none() | st.floats(0, 1e6)],
    *[st.none() | st.integers(0)] * 5,
)


@given(COUNTS, COUNTS)
def test_a_run_never_used_less_than_nothing_and_what_is_not_counted_is_not_known(
    now: Resources, then: Resources
) -> None:
    used = now.since(then)
    assert used.peak_memory_bytes == now.peak_memory_bytes
    assert used.executor_peak_memory_bytes == now.executor_peak_memory_bytes
    counted = ("shuffle_read_bytes", "shuffle_write_bytes", "spill_memory_bytes", "spill_disk_bytes")
    for name in ("cpu_seconds", "task_seconds", *counted):
        assert (getattr(used, name) is None) == (getattr(now, name) is None)
        assert (getattr(used, name) or 0) >= 0


def test_without_spark_the_process_itself_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pyspark", raising=False)
    found = Usage()()
    assert found.task_seconds is None
    if sys.platform == "linux":
        assert found.cpu_seconds
        assert found.peak_memory_bytes
    monkeypatch.setattr(usage, "_process", lambda number: None)
    assert Usage()() == Resources()


def test_a_process_that_is_gone_is_not_counted() -> None:
    assert usage._process(2**30) is None


@pytest.mark.spark
def test_tasks_and_shuffles_are_counted_by_spark(spark: SparkSession) -> None:
    before = Usage()()
    assert spark.range(1000, numPartitions=2).repartition(2, "id").groupBy("id").count().count() == 1000
    used = Usage()().since(before)
    assert used.cpu_seconds
    assert (used.shuffle_read_bytes or 0) > 0
    assert (used.shuffle_write_bytes or 0) > 0
    assert gateway.java_process() is not None


@pytest.mark.spark
def test_rows_that_have_no_room_in_memory_and_the_peak_of_executors_are_counted(spark: SparkSession) -> None:
    """A window whose rows are told to leave memory early spills as one does that has too many."""
    count = Usage()
    before = count()
    beside = session_beside(spark)
    beside.conf.set("spark.sql.windowExec.buffer.in.memory.threshold", "10")
    beside.conf.set("spark.sql.windowExec.buffer.spill.threshold", "100")
    whole = Window.partitionBy((F.col("id") % 2).alias("half"))
    assert beside.range(5000).withColumn("all", F.sum("id").over(whole)).groupBy("all").count().count() == 2
    java = spark.sparkContext._jsc.sc()
    java.listenerBus().waitUntilEmpty()
    used = count().since(before)
    assert (used.spill_memory_bytes or 0) > 0
    assert (used.spill_disk_bytes or 0) > 0
    quiet = count()
    assert spark.range(10).count() == 10
    java.listenerBus().waitUntilEmpty()
    after = count().since(quiet)
    assert (after.spill_memory_bytes, after.spill_disk_bytes) == (0, 0)
    _beat(spark)
    java.listenerBus().waitUntilEmpty()
    assert (count().executor_peak_memory_bytes or 0) > 10 * 1024**2


stages = st.lists(
    st.tuples(st.sampled_from(["COMPLETE", "FAILED", "SKIPPED", "ACTIVE"]), st.integers(0, 9), st.integers(0, 2)),
    max_size=40,
)


@given(stages, st.lists(st.integers(1, 6), max_size=10))
def test_what_stages_have_spilled_is_counted_once_however_often_spark_is_asked(
    told: list[tuple[str, int, int]], steps: list[int]
) -> None:
    """A stage is told of as under way until it has ended, in any order of ends; an attempt more is a stage more."""
    count, known = Usage(), 0
    listed = [
        {"stageId": number, "attemptId": attempt, "memoryBytesSpilled": spilled, "diskBytesSpilled": 2 * spilled}
        for number, (_, spilled, attempts) in enumerate(told)
        for attempt in range(attempts + 1)
    ]
    for step in [*steps, len(told)]:
        known = min(known + step, len(told))
        seen = [one for one in listed if one["stageId"] < known]
        found = count._added([{**one, "status": _status(told, one["stageId"], known)} for one in reversed(seen)])
        total = sum(one["memoryBytesSpilled"] for one in seen)
        assert found == (total, 2 * total)


def _status(told: list[tuple[str, int, int]], number: int, known: int) -> str:
    """Return how a stage stands; one that is under way has ended once six others are known."""
    status = told[number][0]
    return "COMPLETE" if status == "ACTIVE" and known > number + 6 else status


def _beat(spark: SparkSession) -> None:
    """Let the driver tell of its memory now: by itself it does after ten seconds, and then every ten."""
    jvm, java = spark.sparkContext._jvm, spark.sparkContext._jsc.sc()
    kinds = spark.sparkContext._gateway.new_array(jvm.java.lang.Class, 1)  # type: ignore[union-attr]
    kinds[0] = jvm.java.lang.Class.forName("scala.Option")  # type: ignore[union-attr]
    method = java.getClass().getDeclaredMethod("reportHeartBeat", kinds)
    method.setAccessible(True)
    given = spark.sparkContext._gateway.new_array(jvm.java.lang.Object, 1)  # type: ignore[union-attr]
    given[0] = jvm.scala.Option.empty()  # type: ignore[union-attr]
    method.invoke(java, given)
