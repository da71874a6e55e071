"""`job_case` passes where the transform makes the expected rows, and says what is otherwise."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import pytest

from tidegate import Append, Output, SparkJob, Whole
from tidegate.testing import job_case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

TYPES = (
    "id int, price decimal(9,2), day date, raw binary, tags array<string>, sizes map<string,int>, "
    "place struct<x:int,y:array<int>>"
)
FULL = (1, Decimal("1.50"), date(2024, 2, 29), b"ab", ["a", None], {"s": 1, "l": None}, (1, [2, 3]))
WRITTEN = dict(zip(("id", "price", "day", "raw", "tags", "sizes", "place"), FULL, strict=True))


class AsTheyAre(SparkJob):
    """Rows as they are."""

    inputs: ClassVar = {"rows": Whole("bronze.rows")}
    output = Output("silver.rows", Append())

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        return inputs["rows"]


def rows(spark: SparkSession, *given: tuple[object, ...]) -> dict[str, DataFrame]:
    return {"rows": spark.createDataFrame(list(given), TYPES)}


def told(inputs: Mapping[str, DataFrame], *expected: Mapping[str, object]) -> str:
    with pytest.raises(AssertionError) as raised:
        job_case(AsTheyAre(), inputs, expected)
    return str(raised.value)


def test_rows_are_equal_whatever_their_order_and_however_a_value_is_written(spark: SparkSession) -> None:
    empty = (2, *[None] * 6)
    made = rows(spark, FULL, empty, empty)
    structs = {**WRITTEN, "price": Decimal("1.5"), "tags": ("a", None), "place": {"y": [2, 3], "x": 1}}
    job_case(AsTheyAre(), made, [{**WRITTEN, "id": 2, **dict.fromkeys(list(WRITTEN)[1:])}, {"id": 2}, structs])
    job_case(AsTheyAre(), made, [{"id": 1}, {"id": 2}, {"id": 2}])
    job_case(AsTheyAre(), rows(spark), [])


def test_rows_that_are_missing_and_too_many_are_listed(spark: SparkSession) -> None:
    said = told(rows(spark, FULL, FULL), {"id": 1}, {"id": 3})
    assert "silver.rows does not make the expected rows" in said
    assert "missing: [(3,)]" in said
    assert "surplus: [(1,)]" in said, "a row that comes twice where once is expected"
    assert "surplus: [(1," in told(rows(spark, FULL)), "where none is expected"


CELLS = (
    {"tags": ["a"]},
    {"sizes": {"s": 1}},
    {"place": {"x": 1}},
    {"place": {"x": 1, "y": [2, 3], "z": 4}},
    {"place": (1, [2, 3], 4)},
    {"raw": b"a"},
    {"day": [1]},
    {"price": ([1],)},
)


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_cell_that_differs_is_a_row_that_differs(spark: SparkSession, cell: dict[str, object]) -> None:
    assert "missing" in told(rows(spark, FULL), {**WRITTEN, **cell})


def test_a_name_that_nobody_declares_or_makes_is_told_with_the_one_that_was_meant(spark: SparkSession) -> None:
    made = rows(spark, FULL)
    assert "declares no input 'row'; did you mean rows?" in told({"row": made["rows"]})
    assert "also wants the inputs: rows" in told({})
    assert "makes no column 'prize'; did you mean price?" in told(made, {"prize": 1})
    assert "the first expected row lacks price" in told(made, {"id": 1}, {"id": 1, "price": 2})
