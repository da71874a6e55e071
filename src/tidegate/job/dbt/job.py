"""`DbtJob`: a declaration of the tables that a dbt project makes, and of what it makes them from."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tidegate.errors import JobDefinitionError
from tidegate.model.declarations import Affected, Files, Input, New, Pulled, as_input
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.job.context import RunContext
    from tidegate.job.dbt.request import Variable
    from tidegate.model.reports import RunReport


@dataclass(frozen=True)
class DbtPlace:
    """Where a dbt project is, and where it may write on this machine.

    Attributes:
        project_dir: Folder of `dbt_project.yml`.
        target_path: Folder, outside the project, for what dbt compiles and remembers; its log goes to `logs` in it.
        profiles_dir: Folder of `profiles.yml`; None takes the project's own.
    """

    project_dir: str
    target_path: str
    profiles_dir: str | None = None

    @property
    def log_path(self) -> str:
        """Folder of dbt's log."""
        return f"{self.target_path.rstrip('/')}/logs"


class DbtJob:
    """The tables that a dbt project makes of other tables: one run is one `dbt build`, all or nothing.

    Attributes:
        inputs: Per name, a table that the project's sources name: `New` (or a bare name) where its new rows make a run
            due, `Whole` where they do not. Each is read at one version.
        tables: The tables that the project's models make, all in one layer. The first takes the commit that says that a
            run is complete, so let it be a small one.
        affected: Per variable of the project, the input and the date column whose days the variable lists: those of the
            rows that came, changed (as they were, too) or went since the last complete run.
        variables: Other variables of the project.
    """

    inputs: ClassVar[Mapping[str, str | Input]]
    tables: ClassVar[tuple[str, ...]]
    affected: ClassVar[Mapping[str, tuple[str, str]]] = {}
    variables: ClassVar[Mapping[str, Variable]] = {}

    def __init_subclass__(cls) -> None:
        """Check the declaration as soon as the class is made; a class without `tables` is an abstract job.

        Raises:
            JobDefinitionError: The declaration cannot run.
        """
        super().__init_subclass__()
        if hasattr(cls, "tables"):
            _check_declaration(cls)

    def __init__(self, place: DbtPlace) -> None:
        """Keep where the project is."""
        self.place = place

    @classmethod
    def name(cls) -> str:
        """Return the job's name, which is the layer that it writes."""
        return cls.outputs()[0].layer

    @classmethod
    def description(cls) -> str:
        """Return the first line of the class's documentation."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    @classmethod
    def outputs(cls) -> tuple[TableName, ...]:
        """Return the names of the tables that the job writes."""
        return tuple(TableName.parse(table) for table in cls.tables)

    @classmethod
    def declared_inputs(cls) -> dict[str, Input]:
        """Return the inputs, each bare table name turned into `New`."""
        return {name: as_input(declared) for name, declared in cls.inputs.items()}

    @classmethod
    def driving_inputs(cls) -> dict[str, Input]:
        """Return the inputs whose new rows make a run due."""
        return {name: read for name, read in cls.declared_inputs().items() if isinstance(read, New)}

    def on_success(self, report: RunReport) -> None:
        """Take note that a run succeeded; what this raises is logged and does not change the run."""

    def on_failure(self, error: Exception, report: RunReport) -> None:
        """Take note that a run failed; what this raises is logged and does not change the run."""

    def execute(self, context: RunContext) -> RunReport:
        """Run the whole life cycle and return its record.

        Args:
            context: The session, tables and observers of the run.

        Returns:
            The report; its `status` says how the run ended. Errors of the run are in the report and not raised.
        """
        from tidegate.job.dbt.runner import run_dbt_job  # noqa: PLC0415 - needs Spark; a run with nothing new does not

        return run_dbt_job(self, context)


def _check_declaration(job: type[DbtJob]) -> None:
    where = f"class {job.__name__} in {job.__module__}"
    tables: object = job.tables
    if not isinstance(tables, tuple) or not job.tables or len({table.layer for table in job.outputs()}) > 1:
        raise JobDefinitionError(
            "tables must name at least one table, all of one layer",
            where=where,
            hint='tables = ("gold.daily_revenue",)',
        )
    if not isinstance(getattr(job, "inputs", None), dict) or not job.inputs:
        raise JobDefinitionError(
            "inputs must name at least one input", where=where, hint='inputs = {"orders": "silver.orders"}'
        )
    for name, declared in job.declared_inputs().items():
        if isinstance(declared, Affected | Files | Pulled):
            raise JobDefinitionError(
                f"the input {name!r} of a dbt project must be New or Whole",
                where=where,
                hint="the models decide which rows they read; `affected` hands them the days",
            )
    for variable, (name, _) in job.affected.items():
        if name not in job.inputs:
            raise JobDefinitionError(
                f"the variable {variable!r} lists days of {name!r}, which is no input",
                where=where,
                hint=f"inputs: {', '.join(job.inputs)}",
            )
