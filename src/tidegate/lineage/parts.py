"""The parts of a job that writes several tables: each model of dbt is told as a run of its own within the job's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from tidegate.model.events import RunStarted
from tidegate.model.reports import Counts, RunReport
from tidegate.model.transfers import InputRead

if TYPE_CHECKING:
    from tidegate.model.column_lineage import ColumnLineage
    from tidegate.model.transfers import OutputWritten

# What OpenLineage's own integration of dbt calls a job that makes one table.
KIND = "MODEL"


@dataclass(frozen=True)
class PartStarted(RunStarted):
    """A part of a run has started.

    Attributes:
        whole: The run.
    """

    whole: RunStarted = field(kw_only=True)

    @classmethod
    def of(cls, report: RunReport, whole: RunStarted) -> PartStarted:
        """Return the start of a part that was reported."""
        return cls(
            report.run_id,
            report.job,
            report.started_at,
            parent_run_id=report.parent_run_id,
            pipeline=report.pipeline,
            owner=whole.owner,
            nominal=whole.nominal,
            whole=whole,
        )


def parts_of(report: RunReport) -> tuple[RunReport, ...]:
    """Return what each part of a run would report, in the order of the tables; nothing for a job of one table.

    A part is a table that the run has made a version of. It read the inputs and the other tables of the job that its
    columns are made from, or all inputs where nobody knows. Its id follows from the run's, so it is the same whenever
    it is told.

    Args:
        report: The run. Of one that did not succeed no table stays, so that it has no parts.
    """
    written = report.output.tables if report.output and report.status == "succeeded" else ()
    return tuple(_part(one, written, report) for one in written if one.version_after != one.version_before)


def _part(one: OutputWritten, written: tuple[OutputWritten, ...], report: RunReport) -> RunReport:
    return RunReport(
        run_id=str(uuid5(NAMESPACE_URL, f"{report.run_id}/{one.table}")),
        job=one.table,
        status=report.status,
        started_at=report.started_at,
        ended_at=report.ended_at,
        counts=Counts(),
        inputs=_inputs(one, written, report),
        output=replace(one, tables=()),
        parent_run_id=report.run_id,
        pipeline=report.job,
    )


def _inputs(one: OutputWritten, written: tuple[OutputWritten, ...], report: RunReport) -> tuple[InputRead, ...]:
    if one.lineage is None:
        return report.inputs
    named = _sources(one.lineage)
    outside = [read for read in report.inputs if named & {read.name, read.table}]
    inside = [_read(other) for other in written if other.table in named and other.table != one.table]
    return (*outside, *inside)


def _sources(lineage: ColumnLineage) -> frozenset[str]:
    derivations = (lineage.rows, *lineage.columns.values())
    return frozenset(influence.source for made in derivations for influence in made.influences)


def _read(table: OutputWritten) -> InputRead:
    """Return a table of the same job as its models read it: whole, as the run has left it."""
    return InputRead(
        table.table,
        table.table,
        "whole",
        format=table.format,
        location=table.location,
        version_to=table.version_after,
        columns=table.columns,
    )
