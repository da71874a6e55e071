"""`WatchJob`: a declaration of the tables that are looked at after their load."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, ClassVar

from tidegate.model.declarations import Input, Whole
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.job.context import RunContext
    from tidegate.model.watching import CheckKind, WatchReport


class WatchJob:
    """Measures tables, compares the numbers with what their contracts promise and with how they were, and keeps them.

    Attributes:
        tables: The tables; empty for all that have a contract and exist.
        metrics: The table of the numbers: one row per run, table, metric and column.
        fails_on: Kinds of checks that end the run with exit code 3 where they do not pass, whatever else is said.
    """

    tables: ClassVar[tuple[str, ...]] = ()
    metrics: ClassVar[str] = "gold.table_metrics"
    fails_on: ClassVar[frozenset[CheckKind]] = frozenset()

    def __init__(self, only: Sequence[str] = ()) -> None:
        """Keep which tables this run is about.

        Args:
            only: The tables; empty for those that the class declares.
        """
        self.chosen = tuple(only) or self.tables

    @classmethod
    def name(cls) -> str:
        """Return the job's name: the class's, in lower case."""
        return cls.__name__.lower()

    @classmethod
    def description(cls) -> str:
        """Return the first line of the class's documentation."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    @classmethod
    def declared_inputs(cls) -> dict[str, Input]:
        """Return the tables that the class names, each read as it is; none where it watches all."""
        return {table: Whole(table) for table in cls.tables}

    @classmethod
    def outputs(cls) -> tuple[TableName, ...]:
        """Return the name of the table of the numbers."""
        return (TableName.parse(cls.metrics),)

    def execute(self, context: RunContext) -> WatchReport:
        """Measure, judge and keep, and return the record.

        Args:
            context: The session, tables and observers of the run.

        Returns:
            The report. `refused` says that a check failed whose severity is `error` or `fatal`, or which `fails_on`
            names; the numbers are kept all the same. Errors of the run are in the report and not raised.
        """
        from tidegate.job.watch.runner import run_watch  # noqa: PLC0415 - needs Spark

        return run_watch(self, context)
