"""What a watch finds: numbers about tables after their load, and which expectations they meet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - as below
from typing import Literal, TypeAlias

from tidegate.model.contracts import Severity  # noqa: TC001 - decode() reads the annotations of these classes
from tidegate.model.reports import RuleStatus, RunReport

CheckKind: TypeAlias = Literal["freshness", "completeness", "row_count", "consistency", "drift"]


@dataclass(frozen=True)
class Measure:
    """A number about a table or a column of it.

    Attributes:
        metric: `row_count`; `null_share`, `distinct_count` (approximate) and `mean` of a column; `age_hours` of a
            column's greatest time; `difference_share` from the row count of the source that `column` names;
            `orphan_share` of the columns of a reference, joined by commas.
        column: The column; empty where the number is about the table.
        value: The number; None where there is none, as for the mean of nothing.
    """

    metric: str
    column: str
    value: float | None


@dataclass(frozen=True)
class Point:
    """One number of the past.

    Attributes:
        metric: The metric.
        column: The column; empty for the table.
        measured_at: When it was measured.
        value: The number.
    """

    metric: str
    column: str
    measured_at: datetime
    value: float


@dataclass(frozen=True)
class CheckResult:
    """How one expectation fared.

    Attributes:
        kind: What was checked.
        column: The column, the source or the reference; empty where it is the table.
        severity: `info` counts, `warn` alerts, `error` and `fatal` also end the run with exit code 3.
        status: `passed`; `warned` or `failed`, by the severity.
        found: What was found and what is allowed, in words; no value of a row.
    """

    kind: CheckKind
    column: str
    severity: Severity
    status: RuleStatus
    found: str

    @property
    def name(self) -> str:
        """What was checked, in words."""
        return f"{self.kind} of {self.column}" if self.column else self.kind


@dataclass(frozen=True)
class WatchedTable:
    """One table as a watch found it.

    Attributes:
        table: The table.
        version: The version that was measured.
        measures: The numbers.
        checks: The expectations, and how they fared.
    """

    table: str
    version: int
    measures: tuple[Measure, ...] = ()
    checks: tuple[CheckResult, ...] = ()

    @property
    def broken(self) -> tuple[CheckResult, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if check.status != "passed")


@dataclass(frozen=True)
class WatchReport(RunReport):
    """The record of a run of a watch.

    Attributes:
        watched: The tables, in order of their names.
    """

    watched: tuple[WatchedTable, ...] = ()
