"""How far the keys of a batch reach, looked for where the tables that they are held against are large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import (
    ByteType,
    DateType,
    DecimalType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    TimestampType,
)

from tidegate.contracts.marks.bounds import Bounds
from tidegate.contracts.personal import is_confidential
from tidegate.errors import GateError
from tidegate.job.held import tables_held_against
from tidegate.tables.columns import column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType

    from tidegate.job.work import Work
    from tidegate.model.names import TableName

# From where on reading a table costs more than reading the keys of a batch once more; and how much more it has to be.
LARGE_BYTES = 32 * 1024 * 1024
TIMES = 4
# A table of so many versions is taken for large: to add up its files its whole log would have to be read.
MANY_VERSIONS = 100

_OUTSIDE = "_is_outside"
# Types whose least and greatest values formats keep per file, and whose order is the same everywhere.
_ORDERED = (ByteType, ShortType, IntegerType, LongType, DecimalType, DateType, TimestampType, StringType)


def batch_bounds(rows: DataFrame, work: Work) -> Mapping[str, Bounds]:
    """Return the bounds of columns by which a batch is held against large tables: one more pass over these columns.

    Columns that a contract classifies have none, because they would stand in plans as literals.

    Args:
        rows: The batch, before any rule looks at it.
        work: The run.

    Returns:
        The bounds, by column; none where no table is large enough to be worth the pass.
    """
    names = tuple(dict.fromkeys(_names(rows, work)))
    if not names:
        return {}
    kinds = {name: rows.schema[name].dataType for name in names}
    ends = [end(_plain(name, kinds[name])) for name in names for end in (F.min, F.max)]
    found = iter(rows.agg(*(one.alias(f"_{at}") for at, one in enumerate(ends))).collect()[0])
    return {name: Bounds(_literal(next(found), kinds[name]), _literal(next(found), kinds[name])) for name in names}


def bounds_tally(work: Work) -> Mapping[str, Column]:
    """Return the aggregate that counts staged rows outside of the bounds, by name; none where there are no bounds."""
    if not work.bounds:
        return {}
    outside = F.lit(False)  # noqa: FBT003 - a literal
    for name, bounds in work.bounds.items():
        outside |= bounds.misses(name)
    return {_OUTSIDE: F.count_if(outside)}


def refuse_outside(work: Work, groups: Sequence[Mapping[str, object]]) -> None:
    """Refuse a batch whose keys were others when it was staged: it was held against the wrong part of the tables.

    Raises:
        GateError: They were.
    """
    outside = sum(int(str(group.get(_OUTSIDE) or 0)) for group in groups)
    if outside:
        raise GateError(
            f"{outside} rows have other keys each time the batch is made",
            where=f"{work.job.output.table}, {', '.join(work.bounds)}",
            hint="nothing was published; let transform make keys of what it reads, not of chance or the clock",
        )


def is_large(table: TableName, work: Work) -> bool:
    """Return whether a table is so much larger than the batch that bounds pay; *no Spark*.

    Args:
        table: A table that exists.
        work: The run.
    """
    if (work.context.tables.store(table).version(table) or 0) > MANY_VERSIONS:
        return True
    size = work.extent(table).bytes
    return size is not None and size >= max(LARGE_BYTES, TIMES * (work.plan.bytes or 0))


def _names(rows: DataFrame, work: Work) -> Iterator[str]:
    contract = work.contract
    is_open = {one.name: not is_confidential(one) and one.name not in contract.protected for one in contract.columns}
    for table, columns in tables_held_against(work).items():
        fitting = [name for name in columns if is_open.get(name) and name in rows.columns]
        fitting = [name for name in fitting if isinstance(rows.schema[name].dataType, _ORDERED)]
        if fitting and is_large(table, work):
            yield from fitting


def _plain(name: str, kind: DataType) -> Column:
    """Return a column as something that comes to the driver without a time zone."""
    return F.unix_micros(column(name)) if isinstance(kind, TimestampType) else column(name)


def _literal(value: object, kind: DataType) -> Column:
    if isinstance(kind, TimestampType):
        return F.timestamp_micros(F.lit(value).cast("bigint"))
    return F.lit(value).cast(kind)
