"""Where a batch waits for the gate: the same rows at every reading, and nothing left behind."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, NoReturn

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrameWriter
from pyspark.sql import functions as F

from tidegate.tables.staging import FileStaging, MemoryStaging
from tidegate.tables.staging_in_place import InPlaceStaging

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tidegate.tables.staging import Staging

pytestmark = pytest.mark.spark


@pytest.fixture(params=["files", "memory", "in_place"])
def staging(request: pytest.FixtureRequest, spark: SparkSession, tmp_path: Path) -> Staging:
    if request.param == "in_place":
        return InPlaceStaging(str(tmp_path), lambda: spark)
    return MemoryStaging() if request.param == "memory" else FileStaging(str(tmp_path), lambda: spark)


def test_staged_rows_are_made_once(staging: Staging, spark: SparkSession) -> None:
    rows = spark.range(1_000).selectExpr("id", "uuid() AS random", "cast(null AS string) AS nothing")
    staged = staging.stage(rows, "run", F.lit(True))
    first = {tuple(row) for row in staged.rows.collect()}
    assert {tuple(row) for row in staged.rows.collect()} == first
    assert staged.rows.columns == rows.columns
    assert staged.rows.filter("id < 10").count() == 10
    staged.discard()


def test_where_nothing_is_kept_in_memory_rows_wait_in_files(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> NoReturn:
        raise AnalysisException("[NOT_SUPPORTED_WITH_SERVERLESS] PERSIST TABLE is not supported on serverless compute.")

    rows = spark.range(10)
    monkeypatch.setattr(type(rows), "persist", refused)
    staged = MemoryStaging(str(tmp_path)).stage(rows, "run", F.lit(True))
    assert staged.rows.count() == 10
    assert list(tmp_path.rglob("*.parquet"))
    staged.discard()
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_frame_of_no_rows_keeps_its_columns(staging: Staging, spark: SparkSession) -> None:
    staged = staging.stage(spark.createDataFrame([], "id int, at timestamp"), "run", F.lit(True))
    assert staged.rows.count() == 0
    assert [field.dataType.simpleString() for field in staged.rows.schema.fields] == ["int", "timestamp"]
    staged.discard()


def test_in_place_the_rows_that_pass_have_files_of_their_own(spark: SparkSession, tmp_path: Path) -> None:
    staged = InPlaceStaging(str(tmp_path), lambda: spark).stage(spark.range(10), "run", F.expr("nullif(id, 3) < 7"))
    assert {row.id for row in staged.passing.collect()} == {0, 1, 2, 4, 5, 6}
    assert {row.id for row in staged.failing.collect()} == {3, 7, 8, 9}
    assert staged.rows.columns == staged.passing.columns == staged.failing.columns == ["id"]
    assert staged.place is not None
    assert {row.id for row in spark.read.parquet(str(tmp_path / staged.place)).collect()} == {0, 1, 2, 4, 5, 6}


def test_in_place_what_is_handed_over_stays_and_the_rest_goes(spark: SparkSession, tmp_path: Path) -> None:
    staged = InPlaceStaging(str(tmp_path), lambda: spark).stage(spark.range(10), "run", F.expr("id < 7"))
    staged.discard(is_handed_over=True)
    assert staged.place is not None
    kept = [path for path in tmp_path.rglob("*.parquet") if not path.is_relative_to(tmp_path / staged.place)]
    assert kept == []
    assert spark.read.parquet(str(tmp_path / staged.place)).count() == 7


def test_in_place_a_batch_that_is_refused_leaves_nothing(spark: SparkSession, tmp_path: Path) -> None:
    staged = InPlaceStaging(str(tmp_path), lambda: spark).stage(spark.range(10), "run", F.expr("id < 7"))
    staged.discard()
    assert list(tmp_path.rglob("*.parquet")) == []


def test_only_what_dead_runs_left_is_cleaned(spark: SparkSession, tmp_path: Path) -> None:
    folder = tmp_path / "_tidegate" / "staging"
    old, young, other = run_id(days_ago=8), run_id(days_ago=6), "somebody's"
    for name in (old, young, other):
        (folder / name).mkdir(parents=True)
    staged = FileStaging(str(tmp_path), lambda: spark).stage(spark.range(1), "run", F.lit(True))
    assert {path.name for path in folder.iterdir()} == {young, other, "run"}
    staged.discard()
    assert {path.name for path in folder.iterdir()} == {young, other}


def run_id(days_ago: int) -> str:
    """Return a run id (UUID version 7) that was given out some days ago."""
    milliseconds = int((time.time() - days_ago * 86_400) * 1_000)
    return str(uuid.UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | 1))


@pytest.mark.parametrize("kind", ["memory", "files"])
def test_files_of_a_run_wait_below_the_lake_and_those_of_dead_runs_go(kind: str, tmp_path: Path) -> None:
    def none() -> SparkSession:
        raise AssertionError("a folder needs no session")

    root = str(tmp_path)
    staging = MemoryStaging(root) if kind == "memory" else FileStaging(root, none)
    waiting = tmp_path / "_tidegate" / "staging"
    (waiting / run_id(days_ago=8)).mkdir(parents=True)
    assert staging.folder("run") == str(waiting / "run")
    assert not list(waiting.iterdir())


def test_what_a_write_relies_on_is_not_taken_from_another_thread_of_the_session(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Spark plans a write by its session's settings and reads them again later. Through Spark Connect all threads have
    # one session, so that settings put back after one write would fail the other that was planned with them.
    def settings() -> set[tuple[str, str]]:
        return {(row["key"], row["value"]) for row in spark.sql("SET").collect()}

    within: list[set[tuple[str, str]]] = []
    write = DataFrameWriter.parquet

    def watched(writer: DataFrameWriter, path: str) -> None:
        within.append(settings())
        write(writer, path)

    monkeypatch.setattr(DataFrameWriter, "parquet", watched)
    staged = InPlaceStaging(str(tmp_path), lambda: spark).stage(spark.range(10), "run", F.col("id") > 4)
    assert within == [settings()]
    assert staged.passing.count() == 5
