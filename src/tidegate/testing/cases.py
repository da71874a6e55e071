"""Test a job's transform with rows written out in the test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pyspark.sql.types import ArrayType, MapType, StructType

from tidegate.model.nearest import did_you_mean
from tidegate.testing.guard import forbid_actions

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from pyspark.sql import DataFrame
    from pyspark.sql.types import DataType

    from tidegate.job.base import SparkJob

Cell = object


def job_case(job: SparkJob, inputs: Mapping[str, DataFrame], expected: Sequence[Mapping[str, Cell]]) -> None:
    """Assert that a job's transform makes exactly the expected rows, in any order, without running an action.

    Args:
        job: The job.
        inputs: Per declared input, a frame.
        expected: Rows, each a mapping of column to value; a struct is a mapping, too, or a tuple in the order of its
            fields. Only the columns of the first row are compared; another row may leave some out, which are then null.
            Where no row is expected, there must be none.

    Raises:
        AssertionError: Rows are missing or are too many (the message lists both), an input is not one that the job
            declares, or a column is not one that it makes or that is compared.
    """
    _check_names(job, "declares no input", inputs, job.declared_inputs())
    if missing := job.declared_inputs().keys() - inputs.keys():
        raise AssertionError(f"{job.name()} also wants the inputs: {', '.join(sorted(missing))}")
    with forbid_actions():
        made = job.transform(inputs)
    columns = list(expected[0]) if expected else list(made.columns)
    _check_names(job, "makes no column", columns, made.columns)
    for row in expected:
        if more := row.keys() - set(columns):
            raise AssertionError(f"the first expected row lacks {', '.join(sorted(more))}, so that is not compared")
    rows = made.select(*columns)
    kinds = [field.dataType for field in rows.schema]
    found = Counter(tuple(map(_comparable, row, kinds)) for row in rows.collect())
    wanted = Counter(tuple(map(_comparable, map(row.get, columns), kinds)) for row in expected)
    missing_rows, surplus = wanted - found, found - wanted
    if missing_rows or surplus:
        raise AssertionError(
            f"{job.name()} does not make the expected rows\n  columns: {columns}\n"
            f"  missing: {sorted(missing_rows.elements(), key=repr)}\n  surplus: {sorted(surplus.elements(), key=repr)}"
        )


def _check_names(job: SparkJob, wrong: str, names: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    for name in names:
        if name not in known:
            near = did_you_mean(name, known)
            raise AssertionError(f"{job.name()} {wrong} {name!r}{near}\n  there are: {', '.join(known)}")


def _comparable(value: Cell, kind: DataType) -> Hashable:
    """Return a value of a type so that equal ones are equal and have a hash, however the test has written it."""
    if isinstance(kind, StructType) and isinstance(value, Mapping) and value.keys() <= set(kind.names):
        return _comparable(tuple(map(value.get, kind.names)), kind)
    if isinstance(kind, StructType) and isinstance(value, tuple) and len(value) == len(kind):
        return tuple(_comparable(cell, field.dataType) for cell, field in zip(value, kind, strict=True))
    if isinstance(kind, ArrayType) and isinstance(value, list | tuple):
        return tuple(_comparable(one, kind.elementType) for one in value)
    if isinstance(kind, MapType) and isinstance(value, Mapping):
        return frozenset((_comparable(key, kind.keyType), _comparable(value[key], kind.valueType)) for key in value)
    plain = bytes(value) if isinstance(value, bytearray) else value
    try:
        hash(plain)
    except TypeError:
        return repr(plain)
    return plain
