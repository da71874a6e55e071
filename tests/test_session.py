from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def test_a_merge_updates_matched_rows_and_inserts_the_others(spark: SparkSession, tmp_path: Path) -> None:
    path = str(tmp_path / "t")
    spark.createDataFrame([(1, "a"), (2, "b")], "id INT, v STRING").write.format("delta").save(path)
    batch = spark.createDataFrame([(2, "c"), (3, "d")], "id INT, v STRING")
    spark.sql(
        f"MERGE INTO delta.`{path}` t USING {{batch}} s ON t.id = s.id"
        " WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
        batch=batch,
    )
    rows = spark.read.format("delta").load(path).orderBy("id").collect()
    assert [(row.id, row.v) for row in rows] == [(1, "a"), (2, "c"), (3, "d")]


def test_the_session_speaks_utc(spark: SparkSession) -> None:
    first = spark.sql("SELECT CAST(TIMESTAMP '1970-01-01 00:00:00' AS LONG) AS seconds").first()
    assert first is not None
    assert first.seconds == 0
