"""What the steps of one run share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.job.reading import describe_inputs, schema_fields
from tidegate.model.commits import Commit
from tidegate.model.evolution import Terms
from tidegate.model.reports import Counts
from tidegate.model.transfers import OutputWritten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from tidegate.contracts.gate import Gate
    from tidegate.contracts.marks.bounds import Bounds
    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.job.derivation import KnownLineage, PendingLineage
    from tidegate.job.plan import JobPlan
    from tidegate.model.contracts import Contract
    from tidegate.model.cursors import CursorMark
    from tidegate.model.erasures import HashedSubject
    from tidegate.model.late_rows import LateRows
    from tidegate.model.maintenance import Maintenance
    from tidegate.model.names import TableName
    from tidegate.model.reports import RuleResult
    from tidegate.model.transfers import InputRead, SchemaField
    from tidegate.tables.port import Pending, Published


@dataclass(frozen=True)
class Work:
    """A run that has something new: the job, its plan, its contract, the gate, what was read and who was erased.

    `row_counts` are the rows of earlier runs and of this one, per rule that asks for them. `bounds` say how far columns
    of the batch reach by which it is held against large tables.
    """

    job: SparkJob
    context: RunContext
    run_id: str
    plan: JobPlan
    contract: Contract
    gate: Gate
    marks: Mapping[str, CursorMark] = field(default_factory=dict)
    row_counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    erased: frozenset[HashedSubject] = frozenset()
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    _extents: dict[TableName, Pending] = field(default_factory=dict, repr=False, compare=False)

    def extent(self, table: TableName) -> Pending:
        """Return what a table that exists holds as a whole; its log is read once per run."""
        if table not in self._extents:
            self._extents[table] = self.context.tables.store(table).pending(table, None)
        return self._extents[table]

    @property
    def terms(self) -> Terms:
        """What the run may change of its table's columns."""
        required = frozenset(column.name for column in self.contract.columns if column.required)
        return Terms(self.context.tables.evolution(self.job.output.name), required)

    def commit(self, event_watermark: str | None) -> Commit:
        """Return what the table's commit says about this run."""
        files = tuple(file.identity for read in self.plan.inputs for file in read.files)
        return Commit(
            token=self.plan.token,
            run_id=self.run_id,
            watermarks=self.plan.watermarks(),
            event_watermark=event_watermark,
            contract_version=self.contract.version,
            files=files,
            cursors={**(self.plan.last.cursors if self.plan.last else {}), **self.marks},
            row_counts=self.row_counts,
        )


@dataclass
class Facts:
    """What a run knows so far; a failed run reports what it knew."""

    plan: JobPlan | None = None
    frames: Mapping[str, DataFrame] = field(default_factory=dict)
    columns_read: Mapping[str, tuple[SchemaField, ...]] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    erased: int = 0
    rules: tuple[RuleResult, ...] = ()
    score: float | None = None
    late: LateRows | None = None
    contract_version: str | None = None
    published: Published | None = None
    columns: tuple[SchemaField, ...] = ()
    quarantine: str | None = None
    maintenance: Maintenance | None = None
    derivation: PendingLineage | KnownLineage | None = None

    def take(self, frames: Mapping[str, DataFrame]) -> None:
        """Note what was read, and its columns while there is a Spark to ask."""
        self.frames, self.columns_read = frames, {name: schema_fields(frame) for name, frame in frames.items()}

    @property
    def quarantined_by(self) -> dict[str, int]:
        """Per rule of severity error, the rows that failed it."""
        return {rule.id: rule.failed for rule in self.rules if rule.severity == "error" and rule.failed}

    def inputs_read(self, context: RunContext) -> tuple[InputRead, ...]:
        """Return the record of the inputs."""
        return describe_inputs(self.plan, self.columns_read, context) if self.plan else ()

    def output(self, job: SparkJob, context: RunContext) -> OutputWritten | None:
        """Return the record of the output."""
        if self.plan is None:
            return None
        store = context.tables.store(job.output.name)
        published, is_rehearsal = self.published, self.plan.is_rehearsal
        has_written = published is not None and not is_rehearsal
        return OutputWritten(
            table=job.output.table,
            format=store.format,
            location=store.location(job.output.name),
            version_before=published.version_before if published and has_written else self.plan.version,
            version_after=published.version_after if published and has_written else self.plan.version,
            rows=self.counts.published if published else None,
            bytes=published.bytes if published else None,
            files=published.files if published else None,
            columns=self.columns,
            quarantine=self.quarantine,
            lineage=self.derivation.lineage() if self.derivation else None,
        )
