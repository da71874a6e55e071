"""The rows that an Iceberg table lost are found in the files that went, and what had gone before is not found again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tests.tables.batches import commit, rows_batch

from tidegate.model.modes import Append, ReplaceWindow
from tidegate.tables.iceberg import IcebergStore
from tidegate.tables.iceberg_changes import IcebergChanges
from tidegate.tables.iceberg_files import Removals

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tidegate.model.modes import WriteMode
    from tidegate.model.names import TableName

pytestmark = [pytest.mark.spark, pytest.mark.default_line]

ROWS = "day date, label string"
FIRST, SECOND = date(2024, 1, 1), date(2024, 1, 2)


@pytest.fixture
def name() -> TableName:
    from tidegate.model.names import TableName  # noqa: PLC0415 - as a value

    return TableName("layer", "orders")


def test_the_rows_of_files_that_are_gone_are_told_beside_those_that_came(
    spark: SparkSession, tmp_path: Path, name: TableName
) -> None:
    """Each day is in a file of its own, so a window that is replaced takes a whole file away."""
    store = IcebergStore(str(tmp_path / "lake"), lambda: spark)
    batches: list[tuple[WriteMode, date, list[str]]] = [
        (Append(), FIRST, ["a", "b"]),
        (Append(), SECOND, ["c", "d"]),
        (ReplaceWindow("day"), SECOND, ["d", "e"]),
    ]
    for number, (mode, day, labels) in enumerate(batches, start=1):
        rows = spark.createDataFrame([(day, label) for label in labels], ROWS).coalesce(1)
        store.publish(replace(rows_batch(rows, name, mode), days=(day,)), commit(number))
    told = Counter(map(tuple, store.touched(name, ("day", "label"), 2, 3).collect()))
    assert told == {(SECOND, "c"): 1, (SECOND, "d"): 2, (SECOND, "e"): 1}, "before and after"
    assert {row.label for row in store.changes(name, 2, 3).collect()} == {"d", "e"}


@pytest.mark.parametrize(("struck", "told"), [([1], set()), ([1, 2], {"c"}), ([0, 1, 2], {"a", "c"})])
def test_rows_that_had_been_struck_out_before_are_not_told_again(
    spark: SparkSession, tmp_path: Path, struck: list[int], told: set[str]
) -> None:
    """Whoever writes a list of struck rows anew puts those of the old one into it."""
    rows = spark.createDataFrame([(FIRST, label) for label in "abc"], ROWS).coalesce(1)
    rows.write.parquet(f"{tmp_path}/data")
    (file,) = rows.sparkSession.read.parquet(f"{tmp_path}/data").inputFiles()
    lists = {"old": [1], "new": struck}
    for list_, places in lists.items():
        spark.createDataFrame([(file, place) for place in places], "file_path string, pos bigint").write.parquet(
            f"{tmp_path}/{list_}"
        )
    target: Any = SimpleNamespace(session=spark, schema=lambda: rows.schema)
    nothing: Any = None
    changes = IcebergChanges(nothing, nothing, target, nothing)
    taken = changes._taken(Removals((), (f"{tmp_path}/new",), (f"{tmp_path}/old",)))
    assert {row.label for frame in taken for row in frame.collect()} == told
