"""New values for columns of quarantined rows."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import SelectionError
from tidegate.job.quarantine.actions import FIXED
from tidegate.job.quarantine.selection import assignment
from tidegate.tables.columns import column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from tidegate.model.contracts import Contract


def changed(rows: DataFrame, changes: Sequence[tuple[str, str]], contract: Contract) -> DataFrame:
    """Return the rows that get other values, with these; `_fixed` names all columns that were ever set.

    All expressions see the values as they were before.

    Args:
        rows: Rows of a quarantine.
        changes: Columns and the expressions of their values.
        contract: Contract of their table.

    Raises:
        SelectionError: There is no such column, it is set twice, or an expression cannot give it a value.
    """
    names = [name for name, _ in changes]
    if len(set(names)) != len(names):
        raise SelectionError("a column is set twice", where=f"--set, {contract.table}", hint="set each column once")
    values = {name: assignment(name, text, rows, contract) for name, text in changes}
    both = rows.withColumns({f"_new_{place}": values[name][1] for place, name in enumerate(names)})
    differs = reduce(or_, (~F.col(f"_new_{place}").eqNullSafe(column(name)) for place, name in enumerate(names)))
    ever = F.array_union(F.coalesce(F.col(FIXED), F.array().cast("array<string>")), F.array(*map(F.lit, names)))
    now = {name: F.col(f"_new_{place}") for place, name in enumerate(names)}
    return (
        both.filter(differs).withColumns({**now, FIXED: ever}).drop(*(f"_new_{place}" for place in range(len(names))))
    )


def misfits(rows: DataFrame, changes: Sequence[tuple[str, str]], contract: Contract) -> dict[str, int]:
    """Return, per column, in how many rows the value of its expression does not fit the column's type; one pass.

    Raises:
        SelectionError: There is no such column, or an expression cannot give it a value.
    """
    values = {name: assignment(name, text, rows, contract) for name, text in changes}
    lost = [F.count_if(value.isNotNull() & fitting.isNull()) for value, fitting in values.values()]
    (found,) = rows.agg(*lost).collect()
    return {name: int(count) for name, count in zip(values, found, strict=True) if count}
