"""`tidegate run JOB --trigger …` as it is typed: one document at the end, and mistakes told without Spark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cli.running import NewProcess, Running
from tests.pipeline.project import land, order, write_project

from tidegate.cli.commands import tidegate

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from pyspark.sql import SparkSession


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*words: str) -> Result:
    return NewProcess().invoke(tidegate, ["run", *words])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bronze.orders", "--trigger", "soon"], "is no trigger"),
        (["shop", "--trigger", "available-now"], "is a pipeline"),
        (["nothing", "--trigger", "available-now"], "nothing"),
        (["gold.checked", "--trigger", "available-now"], "in iceberg"),
        (["silver.orders", "--trigger", "available-now"], "bronze.orders does not exist yet"),
        (["bronze.orders", "--trigger", "1 hour", "--logical-at", "2024-01-31"], "about no moment"),
        (["bronze.orders", "--trigger", "1 hour", "--as-of", "1"], "leave one of them out"),
        (["bronze.orders", "--trigger", "1 hour", "--resume"], "is no pipeline"),
    ],
)
@pytest.mark.usefixtures("project")
def test_what_cannot_be_a_stream_is_told_and_ends_with_2(words: list[str], said: str) -> None:
    result = typed(*words)
    assert said in result.output
    assert result.exit_code == (1 if "exist" in said else 2)


@pytest.mark.spark
def test_a_stream_ends_with_one_document_or_one_summary(
    project: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.factory.lakehouse.choose_platform", lambda *_: Running(spark))
    land(project, "one", order(1, " open ", 1), order(2, "open", 1))
    first = typed("bronze.orders", "--trigger", "available-now", "--json")
    assert first.exit_code == 0, first.output
    told = json.loads(first.stdout)
    assert (told["status"], told["ended_by"], told["runs"], told["counts"]["published"]) == ("succeeded", "end", 1, 2)
    second = typed("bronze.orders", "--trigger", "available-now")
    assert second.exit_code == 0
    assert "bronze.orders: nothing new, all is taken  (stream, available-now)" in second.stdout
    (checkpoint,) = (project / "lake" / "_tidegate" / "streams" / "bronze.orders").iterdir()
    assert (checkpoint / "commits").is_dir()
