"""What every kind of job has in common, for those who order, plan and run jobs without caring what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tidegate.job.context import RunContext
    from tidegate.model.declarations import Input
    from tidegate.model.names import TableName
    from tidegate.model.reports import RunReport


class Job(Protocol):
    """A job: it says what it reads and writes, and runs."""

    @classmethod
    def name(cls) -> str:
        """Return the job's name."""

    @classmethod
    def description(cls) -> str:
        """Return what the job makes, in one line."""

    @classmethod
    def declared_inputs(cls) -> dict[str, Input]:
        """Return what the job reads, by the names that it gives."""

    @classmethod
    def outputs(cls) -> tuple[TableName, ...]:
        """Return the names of the tables that the job writes."""

    def execute(self, context: RunContext) -> RunReport:
        """Run the whole life cycle and return its record."""
