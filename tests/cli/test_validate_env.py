"""Two environments are the same when every day of every table has the same rows, keys and sums; and only then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.running import NewProcess, Running

from tidegate.cli.commands import tidegate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from click.testing import Result
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

BASE = """
project: {name: shop}
storage: {root: data, layers: {silver: {format: delta}}}
lineage: {enabled: false}
jobs: {path: jobs}
"""
JOB = '''
"""Silver: orders."""

from tidegate import LateWindow, Output, SparkJob, Upsert, entrypoint


class Orders(SparkJob):
    """Every order."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Upsert(("id",), "at", late=LateWindow("day", days=3)))

    def transform(self, inputs):
        """Return them."""
        return inputs["orders"]


JOB = entrypoint(Orders)
'''
ROWS = [(1, "2024-01-01", "a", 10, 0.1), (2, "2024-01-01", "b", 20, 0.2), (3, "2024-01-02", None, None, 0.3)]
COLUMNS = "id int, day string, name string, cents bigint, weight double"


@pytest.fixture
def project(tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {
        "config/base.yaml": BASE,
        "config/dev.yaml": "storage: {root: dev}\n",
        "config/prod.yaml": "storage: {root: prod}\n",
        "jobs/orders.py": JOB,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr("tidegate.factory.lakehouse.choose_platform", lambda *_: Running(spark))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(
    project: Path, spark: SparkSession, env: str, rows: Sequence[tuple[object, ...]], columns: str = COLUMNS
) -> None:
    frame = spark.createDataFrame(rows, columns).selectExpr(
        "*", "cast(day as date) as d", f"uuid() as _run_{env}"
    ).drop("day").withColumnRenamed("d", "day")  # fmt: skip
    frame.coalesce(1).write.format("delta").mode("overwrite").option("overwriteSchema", "true").save(
        str(project / env / "silver/orders")
    )


def validate(*arguments: str) -> Result:
    return NewProcess().invoke(tidegate, ["validate-env", "dev", "prod", *arguments])


def found(*arguments: str) -> dict[str, Any]:
    done = validate("--json", *arguments)
    assert done.exit_code in (0, 3), (done.output, done.exception)
    (table,) = json.loads(done.stdout)["tables"]
    assert table["is_equal"] == (done.exit_code == 0)
    return dict(table)


def test_environments_are_compared_by_day(project: Path, spark: SparkSession) -> None:
    write(project, spark, "dev", ROWS)
    assert found()["missing_in"] == "prod"

    write(project, spark, "prod", ROWS[::-1])
    same = found()
    assert (same["rows"], same["days"], same["differences"]) == ([3, 3], 2, [])

    one, two, three = ROWS
    # Per change of the second environment: the day, its rows, whether keys are equal, the columns whose sums differ.
    for changed, day, rows, are_keys_equal, columns in [
        ([one, two], "2024-01-02", [1, 0], False, ["weight"]),
        ([one, two, three, three], "2024-01-02", [1, 2], False, ["id", "weight"]),
        ([one, (9, *two[1:]), three], "2024-01-01", [2, 2], False, ["id"]),
        ([(*one[:3], 11, one[4]), two, three], "2024-01-01", [2, 2], True, ["cents"]),
        ([(*one[:2], "x", *one[3:]), two, three], "2024-01-01", [2, 2], True, []),
    ]:
        write(project, spark, "prod", changed)
        told = found()
        (difference,) = told["differences"]
        assert (difference["day"], difference["rows"], difference["are_keys_equal"]) == (day, rows, are_keys_equal)
        assert set(columns) <= set(difference["columns"])
        assert "sums" not in difference

    write(project, spark, "prod", [(*one[:3], 11, one[4]), two, three])
    text = validate("--show").stdout
    assert "2024-01-01: 2 and 2 rows; other sums of cents" in text
    assert "cents: 30 and 31" in text
    assert found("--from", "2024-01-02")["is_equal"], "a day that was not asked about does not count"

    write(project, spark, "prod", [(*row, 1) for row in ROWS], f"{COLUMNS}, more int")
    assert found()["schema"] == ["more: missing and int"]


def test_what_cannot_be_compared_is_said(project: Path, spark: SparkSession) -> None:
    assert "neither environment has silver.orders" in str(validate("--table", "silver.orders").exception)
    done = NewProcess().invoke(tidegate, ["validate-env", "dev", "dev"])
    assert "in one place" in str(done.exception)
    write(project, spark, "dev", ROWS)
    write(project, spark, "prod", ROWS)
    assert "neither a date nor a timestamp" in str(validate("--day", "name").exception)
    assert "no column nothing" in str(validate("--keys", "nothing").exception)
