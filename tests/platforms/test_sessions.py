"""A session beside another one has its settings, and keeps its own to itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.platforms.gateway import clone
from tidegate.platforms.sessions import session_beside

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

WAYS = ("cloned", "copied")
KEY = "spark.databricks.delta.commitInfo.userMetadata"


@pytest.fixture(params=WAYS, autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sessions be made in each of the ways; the second is that of platforms which forbid the first."""
    if request.param == "copied":
        monkeypatch.setattr("tidegate.platforms.sessions.clone", lambda _: None)


def test_settings_go_in_and_do_not_come_out(spark: SparkSession) -> None:
    main = spark.newSession()
    main.conf.set(KEY, "of the main session")
    main.conf.set("spark.sql.shuffle.partitions", "3")
    beside = session_beside(main)
    assert beside.conf.get(KEY) == "of the main session"
    assert beside.conf.get("spark.sql.shuffle.partitions") == "3"
    beside.conf.set(KEY, "its own")
    assert main.conf.get(KEY) == "of the main session"
    beside.range(1).createOrReplaceTempView("seen_by_one")
    assert not main.catalog.tableExists("seen_by_one")


def test_both_see_the_same_tables(spark: SparkSession) -> None:
    spark.range(3).createOrReplaceGlobalTempView("seen_by_both")
    try:
        assert session_beside(spark).table("global_temp.seen_by_both").count() == 3
    finally:
        spark.catalog.dropGlobalTempView("seen_by_both")


def test_a_clone_takes_no_query(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(spark), "sql", lambda *_: pytest.fail("a query"))
    assert clone(spark) is not spark
