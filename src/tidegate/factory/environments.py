"""Compare the tables of two environments: rows, keys and sums by day. Nothing is written."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from tidegate.errors import ConfigError
from tidegate.factory.console import open_for_command
from tidegate.factory.lakehouse import Lakehouse
from tidegate.factory.places import table_places
from tidegate.factory.sessions import Sessions
from tidegate.factory.versions import keys_of
from tidegate.job.base import SparkJob
from tidegate.model.modes import late_window
from tidegate.model.names import TableName
from tidegate.platforms.port import SessionRequest
from tidegate.tables.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.factory.arguments import Arguments
    from tidegate.tables.tallies import Sum, Tally

_CLOSE = 1e-9  # broken numbers are added up in another order in another place


@dataclass(frozen=True)
class Question:
    """What is to be compared.

    Attributes:
        tables: Names such as `silver.orders`; empty for all that jobs of the project write.
        first: The first day; None for any.
        last: The last day, which counts; None for any.
        day: The column of the day; None for that of the late window.
        keys: Columns that identify a row; empty for the table's own.
    """

    tables: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    day: str | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class DayDifference:
    """A day on which two tables differ.

    Attributes:
        day: The day; None for rows without one.
        rows: Rows in the first and in the second.
        keys: Keys in both; None where rows have none.
        are_keys_equal: Whether both have the same keys.
        columns: Columns whose sums differ.
        sums: The sums of these columns in the first and in the second.
        are_values_equal: Whether all else is the same.
    """

    day: date | None
    rows: tuple[int, int]
    keys: tuple[int | None, int | None]
    are_keys_equal: bool
    columns: tuple[str, ...]
    sums: tuple[tuple[str, str], ...]
    are_values_equal: bool


@dataclass(frozen=True)
class Compared:
    """How a table is in two environments.

    Attributes:
        table: The table.
        rows: Rows in the first and in the second, on the days that were asked for.
        days: How many days were compared.
        missing_in: The environment that has no such table; None where both have it.
        schema: Columns that only one has, or that are of another type.
        differences: The days on which they differ, in order.
    """

    table: str
    rows: tuple[int, int] = (0, 0)
    days: int = 0
    missing_in: str | None = None
    schema: tuple[str, ...] = ()
    differences: tuple[DayDifference, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return self.missing_in is None and not self.schema and not self.differences


def compare_environments(arguments: Arguments, other: str, question: Question) -> tuple[Compared, ...]:
    """Return how each table is in two environments of one project; those that neither has are left out.

    One Spark reads both, with the settings of the first. Each table is read once, and only numbers per day leave Spark,
    so both may be in different accounts or formats.

    Args:
        arguments: The project and the first environment.
        other: The second environment.
        question: What is to be compared.

    Raises:
        ConfigError: There is no such environment, or both have the same tables.
        TableError: A table lacks a column of the key or of the day.
    """
    with open_for_command(arguments) as one:
        two = Lakehouse.open(replace(arguments, env=other))
        if one.settings.storage == two.settings.storage:
            raise ConfigError(
                "both environments have their tables in one place",
                where=f"storage of {arguments.env} and {other}",
                hint="name two environments whose storage differs",
            )
        catalogs = _catalogs(one, two)
        named = [TableName.parse(name) for name in question.tables] or _tables(one)
        found = [_compared(one, (arguments.env, other), catalogs, table, question) for table in named]
        return tuple(compared for compared in found if compared)


def _catalogs(one: Lakehouse, two: Lakehouse) -> tuple[Catalog, Catalog]:
    """Return the tables of both, read by one Spark that knows all their formats; catalogs of one name stay apart."""
    first, second = one.needs(), two.needs()
    request = SessionRequest(
        first.application,
        {**second.conf, **first.conf},
        first.formats | second.formats,
        first.secret_keys | second.secret_keys,
    )
    one.sessions = Sessions(one.platform, lambda: request)
    return one.tables, Catalog(table_places(two.settings.storage, two.environ), cache(lambda: _beside(one)))


def _beside(lakehouse: Lakehouse) -> SparkSession:
    from tidegate.platforms.sessions import session_beside  # noqa: PLC0415 - loads Spark

    return session_beside(lakehouse.session())


def _tables(lakehouse: Lakehouse) -> list[TableName]:
    return sorted((job.output.name for job in lakehouse.registry.classes if issubclass(job, SparkJob)), key=str)


def _compared(
    lakehouse: Lakehouse, names: Sequence[str], catalogs: Sequence[Catalog], table: TableName, question: Question
) -> Compared | None:
    from tidegate.tables.tallies import daily  # noqa: PLC0415 - loads Spark

    stores = [catalog.store(table) for catalog in catalogs]
    there = [store.version(table) is not None for store in stores]
    if not any(there):
        if question.tables:
            raise ConfigError(f"neither environment has {table}", where=str(table), hint="check the name")
        return None
    if not all(there):
        return Compared(str(table), missing_in=names[there.index(False)])
    day = question.day or _day_of(lakehouse, table)
    frames = [_asked(store.read(table), day, question) for store in stores]
    shared, schema = _columns(frames[0], frames[1])
    keys = question.keys or keys_of(lakehouse, table)
    first, second = (daily(frame, keys, day, shared) for frame in frames)
    days = sorted(first.keys() | second.keys(), key=lambda one: (one is None, one))
    rows = (sum(tally.rows for tally in first.values()), sum(tally.rows for tally in second.values()))
    return Compared(str(table), rows, len(days), None, schema, tuple(_differences(first, second, days)))


def _day_of(lakehouse: Lakehouse, table: TableName) -> str | None:
    registered = lakehouse.registry.jobs.get(str(table))
    job = registered.job if registered else None
    window = late_window(job.output.mode) if job is not None and issubclass(job, SparkJob) else None
    return window.column if window else None


def _asked(rows: DataFrame, day: str | None, question: Question) -> DataFrame:
    from pyspark.sql import functions as F  # noqa: PLC0415 - loads Spark

    from tidegate.tables.columns import column  # noqa: PLC0415

    if (question.first or question.last) and day is None:
        raise ConfigError(
            "a table has no column of a day to choose days by", where="--from and --to", hint="name one with --day"
        )
    if day is None or day not in rows.columns:
        return rows
    if question.first:
        rows = rows.filter(F.to_date(column(day)) >= F.lit(question.first))
    return rows.filter(F.to_date(column(day)) <= F.lit(question.last)) if question.last else rows


def _columns(one: DataFrame, two: DataFrame) -> tuple[list[str], tuple[str, ...]]:
    """Return the columns to compare, and what the schemas have differently; tidegate's own columns are left out."""
    first, second = (
        {field.name: field.dataType.simpleString() for field in frame.schema.fields if not field.name.startswith("_")}
        for frame in (one, two)
    )
    told = [
        f"{name}: {first.get(name, 'missing')} and {second.get(name, 'missing')}"
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    ]
    return sorted(name for name in first if first[name] == second.get(name)), tuple(told)


def _differences(
    first: Mapping[date | None, Tally], second: Mapping[date | None, Tally], days: Sequence[date | None]
) -> Iterator[DayDifference]:
    for day in days:
        one, two = first.get(day), second.get(day)
        rows = (one.rows if one else 0, two.rows if two else 0)
        keys = (one.keys if one else 0, two.keys if two else 0)
        sums = [
            (name, _text(one, name), _text(two, name))
            for name in (one or two).sums  # type: ignore[union-attr] # a day is there because one of them has it
            if not _is_close(one.sums[name] if one else None, two.sums[name] if two else None)
        ]
        has_keys = bool(one and two and one.key_print == two.key_print and rows[0] == rows[1] and keys[0] == keys[1])
        has_values = bool(one and two and one.row_print == two.row_print)
        if sums or not has_keys or not has_values:
            columns, shown = tuple(one[0] for one in sums), tuple((before, after) for _, before, after in sums)
            yield DayDifference(day, rows, keys, has_keys, columns, shown, has_values)


def _is_close(one: Sum, two: Sum) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        return math.isclose(one, two, rel_tol=_CLOSE) or (math.isnan(one) and math.isnan(two))
    return one == two


def _text(tally: Tally | None, name: str) -> str:
    value = tally.sums[name] if tally else None
    return "-" if value is None else str(value)
