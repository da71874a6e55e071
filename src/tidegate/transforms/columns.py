"""Columns: their names and types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import JobDefinitionError
from tidegate.transforms.names import column, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame


def rename_columns(frame: DataFrame, names: Mapping[str, str]) -> DataFrame:
    """Return the frame with other names for some of its columns, in the same order.

    Args:
        frame: Any frame.
        names: New name by old name; names may be swapped.

    Raises:
        JobDefinitionError: A column does not exist, or two columns would have one name.
    """
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise JobDefinitionError(
            f"there is no column {missing[0]!r} to rename", hint=f"the frame has {', '.join(frame.columns)}"
        )
    renamed = [names.get(name, name) for name in frame.columns]
    twice = [name for name in renamed if renamed.count(name) > 1]
    if twice:
        raise JobDefinitionError(
            f"two columns would have the name {twice[0]!r}", hint="rename or drop the other one as well"
        )
    return frame.select(*(column(name).alias(new) for name, new in zip(frame.columns, renamed, strict=True)))


def cast_columns(frame: DataFrame, types: Mapping[str, str]) -> DataFrame:
    """Return the frame with some columns cast; null where a value does not fit, on every Spark alike.

    Args:
        frame: Any frame.
        types: Spark SQL type by column, such as `decimal(12,2)`; decimals are rounded half up.
    """
    cast = {name: F.expr(f"try_cast({quoted(name)} AS {kind})") for name, kind in types.items()}
    return frame.withColumns(cast) if cast else frame
