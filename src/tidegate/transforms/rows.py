"""Choose rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from tidegate.transforms.names import column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from tidegate.model.contracts import Contract

_RANK = "_rank_by_key"


def latest_by_key(frame: DataFrame, keys: Sequence[str], order_by: str) -> DataFrame:
    """Return one row per key: the one with the greatest `order_by`, nulls lowest.

    A tie is broken by comparing all other columns in the frame's order, so it does not matter how the rows lie. Columns
    of type map cannot be compared and take no part. Null keys are a key like any other.

    Args:
        frame: Any frame.
        keys: Columns of the key.
        order_by: Column that orders the rows of a key.
    """
    others = [
        field.name
        for field in frame.schema.fields
        if field.name not in {*keys, order_by} and "map<" not in field.dataType.simpleString()
    ]
    newest = [column(name).desc_nulls_last() for name in (order_by, *others)]
    window = Window.partitionBy(*map(column, keys)).orderBy(*newest)
    return frame.withColumn(_RANK, F.row_number().over(window)).filter(column(_RANK) == 1).drop(_RANK)


def select_columns(frame: DataFrame, columns: Sequence[str]) -> DataFrame:
    """Return some columns, in their order, and tidegate's own (`_…`), which say where a row comes from.

    Args:
        frame: A frame that has the columns.
        columns: Columns by their plain names.
    """
    own = [name for name in frame.columns if name.startswith("_") and name not in columns]
    return frame.select(*map(column, (*columns, *own)))


def conform(frame: DataFrame, contract: Contract) -> DataFrame:
    """Return the contract's columns in the contract's order; all others are left out.

    Args:
        frame: A frame that has the columns of the contract, under their names.
        contract: The contract.
    """
    return frame.select(*map(column, contract.column_names))
