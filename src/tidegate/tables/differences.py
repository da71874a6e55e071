"""What differs between two versions of a table, as counts; no data value comes to the driver unless asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import TableError
from tidegate.tables.columns import column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame

_OLD, _NEW, _CHANGE = "_old", "_new", "_change"
_FALSE = False


@dataclass(frozen=True)
class Difference:
    """How many rows differ between two versions.

    Attributes:
        added: Rows (by key, where there is one) that only the second has.
        removed: Rows that only the first has.
        changed: Keys whose rows differ; None where rows have no key.
        unchanged: Rows that are the same in both.
        columns: Per column, the keys for which its value differs; only columns for which some do.
    """

    added: int
    removed: int
    changed: int | None
    unchanged: int
    columns: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """Two versions of a table, ready to be compared. Tidegate's own columns (`_…`) are left out.

    Attributes:
        old: Rows of the first version.
        new: Rows of the second.
        keys: Columns that identify a row; empty where nothing does.
    """

    old: DataFrame
    new: DataFrame
    keys: tuple[str, ...]

    def count(self) -> Difference:
        """Return how many rows differ. Rows without a key are compared as they are, each as often as it occurs.

        Raises:
            TableError: A key occurs twice in a version, or a version lacks a column of the key.
        """
        if not self.keys:
            return self._count_rows()
        self._check_keys()
        counted = {name: F.count_if(F.col(_CHANGE) == name) for name in ("added", "removed", "changed", "same")}
        differing = {name: F.count_if((F.col(_CHANGE) == "changed") & self._differs(name)) for name in self._values}
        aggregates = [*counted.values(), *differing.values()]
        (row,) = self._joined().agg(*(one.alias(f"c{place}") for place, one in enumerate(aggregates))).collect()
        added, removed, changed, same = row[:4]
        columns = {name: int(found) for name, found in zip(differing, row[4:], strict=True) if found}
        return Difference(added, removed, changed, same, columns)

    def examples(self, limit: int) -> list[tuple[str, str, str]]:
        """Return some of the rows that differ: what happened to each, and the row before and after as JSON.

        Args:
            limit: How many, at most; rows are in the order of their keys.
        """
        if not self.keys:
            gone = self._plain(self.old).exceptAll(self._plain(self.new))
            come = self._plain(self.new).exceptAll(self._plain(self.old))
            whole = F.to_json(F.struct("*"))
            rows = gone.select(F.lit("removed"), whole, F.lit("")).union(come.select(F.lit("added"), F.lit(""), whole))
        else:
            shown = (F.coalesce(F.to_json(F.col(side)), F.lit("")) for side in (_OLD, _NEW))
            order = [F.coalesce(F.col(f"{_OLD}.`{key}`"), F.col(f"{_NEW}.`{key}`")) for key in self.keys]
            rows = self._joined().filter(F.col(_CHANGE) != "same").orderBy(*order).select(_CHANGE, *shown)
        return [(str(row[0]), str(row[1]), str(row[2])) for row in rows.limit(limit).collect()]

    @property
    def _columns(self) -> tuple[str, ...]:
        names = dict.fromkeys([*self.old.columns, *self.new.columns])
        return tuple(name for name in names if not name.startswith("_"))

    @property
    def _values(self) -> tuple[str, ...]:
        return tuple(name for name in self._columns if name not in self.keys)

    def _plain(self, rows: DataFrame) -> DataFrame:
        """Return rows with the columns of both versions; those that a version lacks are null."""
        types = {field.name: field.dataType for field in (*self.old.schema.fields, *self.new.schema.fields)}
        return rows.select(
            *(
                column(name) if name in rows.columns else F.lit(None).cast(types[name]).alias(name)
                for name in self._columns
            )
        )

    def _joined(self) -> DataFrame:
        """Return one row per key of both versions, with what happened to it."""
        names = [column(name) for name in self._columns]
        old = self._plain(self.old).select(F.struct(*names).alias(_OLD))
        new = self._plain(self.new).select(F.struct(*names).alias(_NEW))
        on = F.lit(True)  # noqa: FBT003 - a literal, not a flag
        for key in self.keys:
            on = on & F.col(f"{_OLD}.`{key}`").eqNullSafe(F.col(f"{_NEW}.`{key}`"))
        differs = F.lit(_FALSE)
        for name in self._values:
            differs = differs | self._differs(name)
        change = (
            F.when(F.col(_OLD).isNull(), "added")
            .when(F.col(_NEW).isNull(), "removed")
            .when(differs, "changed")
            .otherwise("same")
        )
        return old.join(new, on, "full_outer").withColumn(_CHANGE, change)

    @staticmethod
    def _differs(name: str) -> Column:
        return ~F.col(f"{_OLD}.`{name}`").eqNullSafe(F.col(f"{_NEW}.`{name}`"))

    def _count_rows(self) -> Difference:
        old, new = self._plain(self.old), self._plain(self.new)
        removed, before = old.exceptAll(new).count(), old.count()
        return Difference(new.exceptAll(old).count(), removed, None, before - removed)

    def _check_keys(self) -> None:
        for rows in (self.old, self.new):
            missing = [key for key in self.keys if key not in rows.columns]
            if missing:
                raise TableError(
                    f"a version has no column {', '.join(missing)}", hint="name the columns of the key with --keys"
                )
            keys = [column(key) for key in self.keys]
            twice = rows.groupBy(*keys).count().filter("count > 1").count()
            if twice:
                raise TableError(
                    f"{twice} keys ({', '.join(self.keys)}) occur more than once in a version",
                    hint="name the columns that identify a row with --keys",
                )
