"""`SparkJob`: a declaration of one table, and the pure function that makes its rows."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, ClassVar

from tidegate.errors import JobDefinitionError
from tidegate.model.declarations import Affected, Input, Output, Whole, as_input, snapshot_of, table_of
from tidegate.model.modes import ApplyChanges, Scd2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from tidegate.job.context import RunContext
    from tidegate.model.names import TableName
    from tidegate.model.reports import RunReport


class SparkJob:
    """One table: what it is made from, how it is written, and the function that makes its rows.

    A job is a declaration plus one pure method. It holds no session, no catalog and no configuration, so a test is
    `Orders().transform({"orders": frame})`.

    Attributes:
        inputs: Per name, what is read: a table name (its new rows), or `New`, `Whole`, `Affected`, `Files`, `Kafka`,
            `Database` or `Api`.
        output: The table that is written, and how.
        changes_grain: Whether `transform` makes other rows than it reads (aggregates, explodes, joins one to many).
            Then the rows that it returns are the rows the run accounts for.
    """

    inputs: ClassVar[Mapping[str, str | Input]]
    output: ClassVar[Output]
    changes_grain: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """Check the declaration as soon as the class is made; a class without `output` is an abstract job.

        Raises:
            JobDefinitionError: The declaration cannot run.
        """
        super().__init_subclass__()
        if hasattr(cls, "output"):
            _check_declaration(cls)

    @classmethod
    def name(cls) -> str:
        """Return the job's name, which is the name of the table that it writes."""
        return cls.output.table

    @classmethod
    def description(cls) -> str:
        """Return the first line of the class's documentation."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    @classmethod
    def outputs(cls) -> tuple[TableName, ...]:
        """Return the names of the tables that the job writes: one."""
        return (cls.output.name,)

    @classmethod
    def declared_inputs(cls) -> dict[str, Input]:
        """Return the inputs, each bare table name turned into `New`."""
        return {name: as_input(declared) for name, declared in cls.inputs.items()}

    @classmethod
    def driving_inputs(cls) -> dict[str, Input]:
        """Return the inputs whose new rows make a run start."""
        return {name: read for name, read in cls.declared_inputs().items() if not isinstance(read, Whole)}

    @classmethod
    def keeps_grain(cls) -> bool:
        """Return whether every row that is read has one outcome of its own."""
        driving = list(cls.driving_inputs().values())
        return not cls.changes_grain and len(driving) == 1 and not isinstance(driving[0], Affected)

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return the rows of the table, made from the inputs by column expressions alone.

        A job with one input may leave this out: its rows are taken as they are.

        Args:
            inputs: Per declared name, the rows to work on.

        Returns:
            The columns of the table's contract, by name; one row per row of the table (before duplicates are reduced).
        """
        (only,) = inputs.values()
        return only

    def on_success(self, report: RunReport) -> None:
        """Take note that a run succeeded; what this raises is logged and does not change the run."""

    def on_failure(self, error: Exception, report: RunReport) -> None:
        """Take note that a run failed; what this raises is logged and does not change the run."""

    def execute(self, context: RunContext) -> RunReport:
        """Run the whole life cycle and return its record.

        Args:
            context: The session, tables, contracts and observers of the run.

        Returns:
            The report; its `status` says how the run ended. Errors of the run are in the report and not raised.
        """
        from tidegate.job.runner import run_job  # noqa: PLC0415 - the runner knows this class; the class calls it late

        with context.own_session():
            return run_job(self, context)


def _check_declaration(job: type[SparkJob]) -> None:
    where = f"class {job.__name__} in {job.__module__}"
    if not isinstance(job.output, Output):
        raise JobDefinitionError(
            "output must be an Output", where=where, hint='output = Output("silver.orders", Append())'
        )
    job.output.name  # noqa: B018 - parsing the name checks it
    if not isinstance(getattr(job, "inputs", None), dict) or not job.inputs:
        raise JobDefinitionError(
            "inputs must name at least one input", where=where, hint='inputs = {"orders": "bronze.orders"}'
        )
    for declared in job.declared_inputs().values():
        table = table_of(declared)
        if str(table) == job.output.table:
            raise JobDefinitionError(f"{table} cannot be made from itself", where=where, hint="read another table")
        if snapshot_of(declared) and (len(job.inputs) > 1 or job.transform is not SparkJob.transform):
            raise JobDefinitionError(
                "a job that compares snapshots has one input and takes its rows as they are",
                where=where,
                hint="leave out transform, and transform the changes in the job that reads the table",
            )
    if len(job.inputs) > 1 and job.transform is SparkJob.transform:
        raise JobDefinitionError(
            f"{len(job.inputs)} inputs need a transform that joins them",
            where=where,
            hint="define transform(self, inputs)",
        )
    if isinstance(job.output.mode, Scd2 | ApplyChanges) and not job.keeps_grain():
        raise JobDefinitionError(
            f"a table written by {type(job.output.mode).__name__} needs one new input, row by row",
            where=where,
            hint="aggregate in another job",
        )
