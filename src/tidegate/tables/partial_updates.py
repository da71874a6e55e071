"""Changes that say only some of a row's columns: each column keeps its newest value, by the sequence it came with.

A delete sets every column to nothing at its own sequence, so of an older change nothing stands, and of a newer one only
what it says itself. Which value stands is a maximum per column, and a maximum knows no order of arrival.
"""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F
from pyspark.sql.types import MapType

from tidegate.errors import PublishError
from tidegate.tables.change_columns import (
    CHANGED_AT,
    FLOOR,
    HAS_EFFECT,
    IS_CHANGED,
    IS_DELETED,
    IS_GONE,
    PLACE,
    WAS_DELETED,
)
from tidegate.tables.columns import column, rank
from tidegate.tables.ties import NEW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.model.modes import ApplyChanges

_ALL = "*"
_CUT = "_cut"
_OLD_CUT = "_old_cut"


def judged(both: DataFrame, mode: ApplyChanges, compared: Sequence[str]) -> DataFrame:
    """Return rows and changes with what stands for their key on the one with `_place` 1.

    Args:
        both: Rows of the table and changes of it, told apart by `_is_new`.
        mode: The mode.
        compared: Columns that make a row what it is.

    Raises:
        PublishError: A column has a type whose values have no order.
    """
    said = [name for name in compared if name not in {*mode.keys, mode.sequence_by}]
    _check_types(both, said)
    names = (mode.sequence_by, *said)
    key = Window.partitionBy(*map(column, mode.keys))
    is_new = F.col(NEW) == 1
    moment = column(mode.sequence_by)
    is_whole = is_new | F.col(CHANGED_AT).isNull()  # a row from before the mode was a partial one has no such record
    cut = F.when(is_whole, F.when(F.col(IS_DELETED), moment)).otherwise(_since(_ALL))
    rows = both.withColumns({_CUT: F.max(cut).over(key), _OLD_CUT: F.max(F.when(~is_new, cut)).over(key)})
    given = {_given(place): _candidate(name, mode) for place, name in enumerate(names)}
    rows = rows.withColumns(given)
    alive = {place: _is_alive(F.col(_given(place))["at"]) for place in range(len(names))}
    best = {_best(place): F.max(F.when(alive[place], F.col(_given(place)))).over(key) for place in alive}
    held = {_held(place): F.max(F.when(~is_new, F.col(_given(place)))).over(key) for place in alive}
    rows = rows.withColumns({**best, **held})
    rows = rows.withColumns({HAS_EFFECT: _has_effect(mode, len(names)), "_has_lost": _has_lost(len(names))})
    first = key.orderBy(F.col(HAS_EFFECT).desc(), _effective(moment).desc_nulls_last(), F.col(NEW).asc())
    changed = F.max(F.col(HAS_EFFECT) | F.col("_has_lost")).over(key)
    rows = rows.withColumns({PLACE: F.row_number().over(first), IS_CHANGED: changed, WAS_DELETED: F.col(IS_DELETED)})
    return _resolved(rows, mode, names)


def _resolved(rows: DataFrame, mode: ApplyChanges, names: Sequence[str]) -> DataFrame:
    """Return the rows with the values that stand for their key."""
    is_there = F.col(_best(0)).isNotNull()
    values = {name: F.col(_best(place))["value"] for place, name in enumerate(names)}
    if mode.late and mode.late.column in values:
        late = mode.late.column
        values[late] = F.when(is_there, values[late]).otherwise(column(late))
    values[mode.sequence_by] = F.coalesce(values[mode.sequence_by], F.col(_CUT))
    floor = F.coalesce(F.col(_CUT) < F.col(FLOOR), F.col(_CUT).isNull())
    is_marker = reduce(and_, (column(name).isNull() for name in mode.keys))
    entries = [
        F.struct(F.lit(name).alias("key"), F.col(_best(place))["at"].alias("value")) for place, name in enumerate(names)
    ]
    entries.append(F.struct(F.lit(_ALL).alias("key"), F.col(_CUT).alias("value")))
    known = F.filter(F.array(*entries), lambda entry: entry["value"].isNotNull())
    return rows.withColumns(
        {
            IS_GONE: ~is_there & floor & ~is_marker,
            IS_DELETED: F.when(~is_there, F.lit(True)),  # noqa: FBT003 - a literal
            CHANGED_AT: F.map_from_entries(known),
            **values,
        }
    )


def _candidate(name: str, mode: ApplyChanges) -> Column:
    """Return what a row says about a column and since when: null where it says nothing."""
    moment = column(mode.sequence_by)
    is_whole = (F.col(NEW) == 1) | F.col(CHANGED_AT).isNull()
    since = F.when(is_whole, moment).otherwise(_since(name))
    says = F.col(IS_DELETED).isNull() & column(name).isNotNull() & since.isNotNull()
    return F.when(says, F.struct(since.alias("at"), column(name).alias("value")))


def _since(name: str) -> Column:
    return F.try_element_at(F.col(CHANGED_AT), F.lit(name))


def _is_alive(at: Column) -> Column:
    """Return whether what was said at a sequence is neither deleted nor truncated."""
    is_deleted = F.coalesce(at <= F.col(_CUT), F.lit(False))  # noqa: FBT003
    return at.isNotNull() & ~is_deleted & ~F.coalesce(at < F.col(FLOOR), F.lit(False))  # noqa: FBT003


def _has_effect(mode: ApplyChanges, count: int) -> Column:
    """Return whether a change is part of what stands, and was not so before."""
    parts = [
        F.col(_given(place)).isNotNull()
        & F.col(_given(place)).eqNullSafe(F.col(_best(place)))
        & ~F.col(_given(place)).eqNullSafe(F.col(_held(place)))
        for place in range(count)
    ]
    deletes = F.col(IS_DELETED).isNotNull() & column(mode.sequence_by).eqNullSafe(F.col(_CUT))
    deletes &= ~F.col(_OLD_CUT).eqNullSafe(F.col(_CUT))
    return (F.col(NEW) == 1) & (deletes | reduce(or_, parts))


def _has_lost(count: int) -> Column:
    """Return whether a row of the table had a value that a delete or a truncate has taken."""
    lost = [F.col(_given(place)).isNotNull() & ~_is_alive(F.col(_given(place))["at"]) for place in range(count)]
    return (F.col(NEW) == 0) & reduce(or_, lost)


def _effective(moment: Column) -> Column:
    return F.when(F.col(HAS_EFFECT), moment)


def _check_types(rows: DataFrame, names: Sequence[str]) -> None:
    rank(names, rows.schema)  # refuses maps within other values
    maps = [name for name in names if isinstance(rows.schema[name].dataType, MapType)]
    if maps:
        raise PublishError(
            f"{', '.join(maps)} is a map, whose values have no order to choose the newest of two by",
            hint="with ignore_null_updates turn the map into an array of structs sorted by key",
        )


def _given(place: int) -> str:
    return f"_given_{place}"


def _best(place: int) -> str:
    return f"_best_{place}"


def _held(place: int) -> str:
    return f"_held_{place}"
