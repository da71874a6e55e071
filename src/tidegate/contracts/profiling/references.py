"""Which columns may refer to the key of another table: by name and type, then by values of a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.marks.sites import column as named
from tidegate.contracts.profiling.keys import singular
from tidegate.contracts.types import parse_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyspark.sql import DataFrame

    from tidegate.model.names import TableName

# Values that are looked for in the other table.
MOST_VALUES = 1_000


@dataclass(frozen=True)
class KeyColumn:
    """The key of a table, which is one column.

    Attributes:
        table: The table.
        column: The column.
        type: Its type, in DDL form.
    """

    table: TableName
    column: str
    type: str


@dataclass(frozen=True)
class MaybeReference:
    """A column that may refer to another table.

    Attributes:
        column: The column.
        key: The key that it may refer to.
        asked: Different values of the sample that were looked for.
        found: Those of them that the other table has.
    """

    column: str
    key: KeyColumn
    asked: int = 0
    found: int = 0

    @property
    def is_contained(self) -> bool:
        """Whether the other table has all values that were looked for."""
        return 0 < self.asked == self.found


def maybe_references(
    columns: Mapping[str, str], keys: Iterable[KeyColumn], own: TableName
) -> tuple[MaybeReference, ...]:
    """Return which columns may refer to which keys, by name and type.

    A column may refer to a key where both are of one family of types, and it is named like the key (`customer_id`),
    ends like it (`billing_customer_id`), or is named after the table (`customer_id` for the `id` of `customers`). A key
    that is named `id` alone says nothing about other columns of that name.

    Args:
        columns: Type of each column, by name.
        keys: Keys of other tables.
        own: The table itself, which does not refer to itself.
    """
    found = []
    for key in sorted(keys, key=lambda key: (str(key.table), key.column)):
        for name, kind in columns.items():
            if key.table != own and parse_type(kind).family == parse_type(key.type).family and _is_named(name, key):
                found.append(MaybeReference(name, key))
    return tuple(found)


def contained(maybe: MaybeReference, values: Sequence[str], table: DataFrame) -> MaybeReference:
    """Return the same with how many values the other table has. One Spark job, and none where there is no value.

    Args:
        maybe: What may be a reference.
        values: Different values of a sample, as text; the first 1,000 are looked for.
        table: The other table.
    """
    asked = values[:MOST_VALUES]
    if not asked:
        return maybe
    keys = table.select(named(maybe.key.column).cast("string").alias("value"))
    found = keys.where(F.col("value").isin(list(asked))).agg(F.count_distinct("value")).collect()[0][0]
    return MaybeReference(maybe.column, maybe.key, len(asked), found)


def _is_named(name: str, key: KeyColumn) -> bool:
    column, wanted = name.lower(), key.column.lower()
    own = {f"{singular(key.table.dataset)}_{wanted}", f"{key.table.dataset}_{wanted}"}
    if any(column == other or column.endswith(f"_{other}") for other in own):
        return True
    return wanted != "id" and (column == wanted or column.endswith(f"_{wanted}"))
