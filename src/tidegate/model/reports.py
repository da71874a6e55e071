"""The record of a run: what was read, what became of every row, which rules held, how long each step took."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 - decode() reads the annotations of these classes
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from tidegate.errors import ReportError
from tidegate.model.contracts import Scope, Severity  # noqa: TC001 - as above
from tidegate.model.decoding import decode
from tidegate.model.late_rows import LateRows  # noqa: TC001 - as above
from tidegate.model.maintenance import Maintenance  # noqa: TC001 - as above
from tidegate.model.resources import Resources  # noqa: TC001 - as above
from tidegate.model.rollbacks import RolledBack  # noqa: TC001 - as above
from tidegate.model.transfers import InputRead, OutputWritten  # noqa: TC001 - as above

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RunStatus: TypeAlias = Literal["succeeded", "nothing_new", "failed", "refused", "skipped", "partial"]
RuleStatus: TypeAlias = Literal["passed", "warned", "failed", "unchecked"]
Engine: TypeAlias = Literal["tidegate", "great_expectations"]

_UNDONE: Mapping[RunStatus, int] = {"failed": 1, "skipped": 1, "refused": 3, "partial": 4}
EXIT_CODES: Mapping[RunStatus, int] = {"succeeded": 0, "nothing_new": 0, **_UNDONE}


class Report:
    """What the record of anything that ran can do: end a command, and be written down.

    Attributes:
        status: How it ended.
    """

    status: RunStatus

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with this report."""
        return EXIT_CODES[self.status]

    def to_json(self) -> str:
        """Return the report as one JSON document."""
        return json.dumps(asdict(cast("DataclassInstance", self)), separators=(",", ":"))


@dataclass(frozen=True)
class Counts:
    """What became of every row that the run read; the outcomes are disjoint.

    Attributes:
        read: Rows of the new input, or, for a job that changes the grain, those that its transform made.
        published: Rows that the table now holds new or changed.
        unchanged: Rows that the table held already, or that a newer row had overtaken.
        quarantined: Rows set aside because a rule of severity error failed.
        dropped: Rows that the transform left out.
        deduplicated: Rows of the batch that another row of the same batch stands for.
        late: Rows beyond the late window that the policy kept out of the table, or set aside to be merged later.
        deleted: Rows that asked for a deletion.
        erased: Rows of persons who have been erased, kept out.
    """

    read: int = 0
    published: int = 0
    unchanged: int = 0
    quarantined: int = 0
    dropped: int = 0
    deduplicated: int = 0
    late: int = 0
    deleted: int = 0
    erased: int = 0

    def check(self, job: str) -> None:
        """Assert that every row read has exactly one outcome.

        Raises:
            ReportError: The outcomes do not add up to the rows read, or one is negative.
        """
        outcomes = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "read"}
        if self.read != sum(outcomes.values()) or min(outcomes.values()) < 0:
            shown = " + ".join(f"{count} {name}" for name, count in outcomes.items())
            raise ReportError(
                f"the rows of {job} do not add up: {self.read} read is not {shown}",
                where=job,
                hint="a transform that aggregates or explodes declares changes_grain = True; else report a defect",
            )

    def __add__(self, other: Counts) -> Counts:
        """Return the counts of both together."""
        return Counts(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})


@dataclass(frozen=True)
class RuleResult:
    """How one rule fared in one run.

    Attributes:
        id: The rule.
        severity: Its severity.
        scope: Its scope.
        checked: Rows that it was evaluated on.
        failed: Rows (or, for rules without rows of their own, 1) that failed it.
        status: `passed`; `warned`: it failed, and the run goes on; `failed`: it refused the batch; `unchecked`: there
            was nothing to compare with.
        kind: Kind of the rule.
        columns: Columns it reads.
        description: What it means.
        engine: What evaluated it: `tidegate`, or `great_expectations` for expectations that are no rule of tidegate's.
        nulls: Rows that it passes as a value is null, for rules that come from a suite; None where nobody counted.
        note: Why it was not checked; empty where it was.
    """

    id: str
    severity: Severity
    scope: Scope
    checked: int
    failed: int
    status: RuleStatus
    kind: str = ""
    columns: tuple[str, ...] = ()
    description: str = ""
    engine: Engine = "tidegate"
    nulls: int | None = None
    note: str = ""


@dataclass(frozen=True)
class RunReport(Report):
    """The whole record of one run of one job.

    Attributes:
        run_id: The run (UUID).
        job: The job.
        status: How it ended.
        started_at: ISO 8601, UTC.
        ended_at: ISO 8601, UTC.
        counts: What became of the rows.
        rules: Results of the rules.
        inputs: What was read.
        output: What was written; None where the run failed before it knew.
        seconds: Wall seconds per step, and `total`.
        batch: Number of the batch; None where nothing was new.
        late: Rows beyond the late window, where the table has one.
        quarantined_by: Per rule, the rows that it sent to quarantine (a row counts for each rule it failed).
        contract_version: The contract's version.
        parent_run_id: The pipeline's run; None for a job run by itself.
        pipeline: The pipeline; None for a job run by itself.
        error: What went wrong, in the error's three parts; None where nothing did.
        error_type: Name of the error's class.
        scope: `live`, the name of a backfill, `as-of`, or `replay`.
        interval: The days of the backfill's slice (`2024-01-01..2024-01-31`, or one day); None for any other run.
        maintenance: The upkeep that followed; None where none was due or asked for.
        score: How well the rules were kept, from 0 to 1; None where none were asked.
        resources: What the run used of the machine; None where nobody counted.
        attempt: Number of the attempt, from 1, where a pipeline runs a job again.
        is_retried: Whether the job is run again, because what went wrong may go away by itself.
    """

    run_id: str
    job: str
    status: RunStatus
    started_at: str
    ended_at: str
    counts: Counts = field(default_factory=Counts)
    rules: tuple[RuleResult, ...] = ()
    inputs: tuple[InputRead, ...] = ()
    output: OutputWritten | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    batch: int | None = None
    late: LateRows | None = None
    quarantined_by: Mapping[str, int] = field(default_factory=dict)
    contract_version: str | None = None
    parent_run_id: str | None = None
    pipeline: str | None = None
    error: str | None = None
    error_type: str | None = None
    scope: str = "live"
    interval: str | None = None
    maintenance: Maintenance | None = None
    score: float | None = None
    resources: Resources | None = None
    attempt: int = 1
    is_retried: bool = False

    @property
    def name(self) -> str:
        """The job."""
        return self.job

    @property
    def runs(self) -> tuple[RunReport, ...]:
        """The run itself, as the pipeline's report has the runs of its jobs."""
        return (self,)

    @classmethod
    def from_json(cls, text: str) -> RunReport:
        """Return the report that a JSON document holds.

        Raises:
            ReportError: It is not the document of such a report.
        """
        return decode(cls, text)


@dataclass(frozen=True)
class PipelineReport(Report):
    """The whole record of one run of a pipeline.

    Attributes:
        run_id: The pipeline's run (UUID); the parent of its jobs' runs.
        pipeline: The pipeline.
        status: `succeeded`, `nothing_new`, `failed`, `refused` or `partial` (some jobs went well, some did not).
        started_at: ISO 8601, UTC.
        ended_at: ISO 8601, UTC.
        jobs: Reports of the jobs, in the order they ran.
        seconds: Wall seconds: `total`.
        logical_at: The moment that the run is about: its start, or that of the run that it resumes.
        resumes: The run that it goes on with; None for any other.
        done_before: Jobs that earlier runs had done, for one that goes on.
        rolled_back: The tables that were taken back, for a run that failed and was rolled back.
    """

    run_id: str
    pipeline: str
    status: RunStatus
    started_at: str
    ended_at: str
    jobs: tuple[RunReport, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    logical_at: str | None = None
    resumes: str | None = None
    done_before: tuple[str, ...] = ()
    rolled_back: tuple[RolledBack, ...] = ()

    @property
    def name(self) -> str:
        """The pipeline."""
        return self.pipeline

    @property
    def runs(self) -> tuple[RunReport, ...]:
        """The runs of its jobs, in the order they ran."""
        return self.jobs

    @classmethod
    def from_json(cls, text: str) -> PipelineReport:
        """Return the report that a JSON document holds.

        Raises:
            ReportError: It is not the document of such a report.
        """
        return decode(cls, text)
