"""Whether a number of a row is what another table has of the row's key in all."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import DecimalType, DoubleType, FloatType

from tidegate.contracts.marks.neighbours import Found, with_total
from tidegate.contracts.marks.sites import column
from tidegate.contracts.rules.others import other_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType

    from tidegate.model.contracts import Rule
    from tidegate.model.names import TableName

_WHOLE = "decimal(20,0)"  # holds every whole number of 64 bits, and its difference from another


def with_balance(rows: DataFrame, rule: Rule, references: Mapping[TableName, DataFrame], mark: str) -> Found:
    """Return whether the rule's last column is further from the other table's total of the key than it tolerates.

    A key without rows there has nothing in all, 0. A sum that does not fit its type is further from everything; so is
    NaN, on either side.

    Args:
        rows: The rows.
        rule: The rule: columns of the key, then the number.
        references: The other tables.
        mark: Name of the column that is added.
    """
    *keys, own = rule.columns
    other, summed = references[other_table(rule)], rule.argument("sum")
    total = F.count(F.lit(1)).cast(_WHOLE) if summed is None else F.try_sum(_exact(str(summed), other))
    # A total that overflows is null just as one of no rows is, so it is told by its rows.
    both = F.struct(total.alias("total"), _values(summed).alias("values"))
    columns = dict(zip(keys, map(str, rule.listed("references")), strict=True))
    joined = with_total(rows, columns, other, both, mark)
    there = F.col(mark)
    is_nothing = there.isNull() | (there["values"] == 0)
    wanted = F.when(is_nothing, F.lit(0).cast(_type_of(joined, mark))).otherwise(there["total"])
    return Found(joined, F.coalesce(_is_beyond(rule, _exact(own, rows), wanted), F.expr("true")))


def _values(summed: object) -> Column:
    return F.count(F.lit(1)) if summed is None else F.count(column(str(summed)))


def _exact(name: str, frame: DataFrame) -> Column:
    """Return a number as one that adds up and compares exactly, where its type lets it."""
    kind = frame.schema[name].dataType
    if isinstance(kind, DecimalType):
        return column(name)
    return column(name).cast("double" if isinstance(kind, FloatType | DoubleType) else _WHOLE)


def _type_of(joined: DataFrame, mark: str) -> DataType:
    found: DataType = joined.select(F.col(mark)["total"].alias("total")).schema["total"].dataType
    return found


def _is_beyond(rule: Rule, own: Column, wanted: Column) -> Column:
    """Return whether two numbers are too far apart; null where that cannot be worked out."""
    apart = F.abs(F.call_function("try_subtract", own, wanted))
    most, share = (rule.scalar(name) for name in ("max_difference", "max_difference_share"))
    found = [apart > F.lit(Decimal(format(Decimal(str(most)), "f")))] if most is not None else []
    if share is not None:
        found.append(apart.cast("double") > F.abs(wanted).cast("double") * F.lit(float(str(share))))
    return reduce(or_, [*found, F.isnan(apart.cast("double"))])
