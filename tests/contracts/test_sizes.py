"""Contracts of a size that nobody writes by hand: all that they say is read, checked and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contracts.documents import LINES_ABOVE, document, problems, read

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COLUMNS, RULES = 2_000, 10_000


def wide(about: str) -> str:
    """Return a document of many columns, a line each."""
    columns = "\n".join(f"- {{name: c{number}, physicalType: int, {about}}}" for number in range(COLUMNS))
    return document(f"properties:\n{columns}")


def test_ten_thousand_rules_are_read() -> None:
    item = "{{type: custom, engine: tidegate, id: r{0}, implementation: {{rule: between, column: c0, min: -{0}}}}}"
    listed = "\n".join(f"- {item.format(number)}" for number in range(RULES))
    contract = read(document(f"properties: [{{name: c0, physicalType: int}}]\nquality:\n{listed}"))
    assert [rule.argument("min") for rule in contract.rules] == [-number for number in range(RULES)]


def test_every_one_of_two_thousand_mistakes_is_told_with_its_line() -> None:
    (_, nothing), *found = problems(wide("required: 3"))
    assert "there is no rule" in nothing
    assert [line for line, _ in found] == [LINES_ABOVE + 2 + number for number in range(COLUMNS)]


@pytest.mark.spark
@pytest.mark.default_line
def test_every_one_of_two_thousand_columns_is_checked(spark: SparkSession) -> None:
    from pyspark.sql import functions as F  # noqa: PLC0415 - collecting these tests must not load Spark
    from tests.contracts.frames import failed_rules  # noqa: PLC0415

    from tidegate.contracts.compiling import compile_gate  # noqa: PLC0415

    gate = compile_gate(read(wide("required: true")))
    names = [f"c{number}" for number in range(COLUMNS)]
    rows = spark.range(2).select(*(F.when(F.col("id") == 0, F.lit(1)).alias(name) for name in names), "id")
    marked = gate.mark(rows.withColumnRenamed("id", "_row"), references={}, existing=None)
    assert failed_rules(gate, marked, "_row") == {0: set(), 1: {f"{name}_is_not_null" for name in names}}
