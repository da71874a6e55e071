"""Test a job's transform with rows written out in the test."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tidegate.testing.guard import forbid_actions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from tidegate.job.base import SparkJob

Cell = object


def job_case(job: SparkJob, inputs: Mapping[str, DataFrame], expected: Sequence[Mapping[str, Cell]]) -> None:
    """Assert that a job's transform makes exactly the expected rows, in any order, without running an action.

    Args:
        job: The job.
        inputs: Per declared input, a frame.
        expected: Rows, each a mapping of column to value. Only the columns that occur in the first row are compared.

    Raises:
        AssertionError: Rows are missing or are too many; the message lists both.
    """
    with forbid_actions():
        made = job.transform(inputs)
    columns = list(expected[0]) if expected else list(made.columns)
    found = Counter(tuple(map(_comparable, row)) for row in made.select(*columns).collect())
    wanted = Counter(tuple(_comparable(row.get(column)) for column in columns) for row in expected)
    missing, surplus = wanted - found, found - wanted
    if missing or surplus:
        raise AssertionError(
            f"{job.name()} does not make the expected rows\n  columns: {columns}\n"
            f"  missing: {sorted(missing.elements(), key=repr)}\n  surplus: {sorted(surplus.elements(), key=repr)}"
        )


def _comparable(value: Cell) -> Cell:
    if isinstance(value, list):
        return tuple(map(_comparable, value))
    if isinstance(value, dict):
        return tuple(sorted((key, _comparable(cell)) for key, cell in value.items()))
    return value
