"""The observer that logs runs: one line when a run starts, one per step, and one with all that it did when it ends."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING

from tidegate.model.events import Observer

if TYPE_CHECKING:
    from tidegate.model.events import RunStarted, StepStarted
    from tidegate.model.reports import PipelineReport, RunReport

_log = logging.getLogger("tidegate.runs")


class RunLog(Observer):
    """Logs to `tidegate.runs` at the level `info`; how a run that went wrong is judged is what alerts are for.

    The fields are `run_id`, `job`, `pipeline` and `parent_run_id` where there is one, and besides: for a step `step`
    and, where they are known, `rows`; for the end of a job's run `status`, `table`, `version`, `batch`, `seconds`,
    `error_type` and the rows of each outcome; for that of a pipeline's run `status`, `seconds` and the `jobs` per
    status. Never a value of the data, nor the text of an error.
    """

    def started(self, event: RunStarted) -> None:
        """Log that a run starts."""
        fields = {"run_id": event.run_id, "pipeline" if event.is_pipeline else "job": event.name}
        if event.pipeline is not None and event.parent_run_id is not None:
            fields |= {"pipeline": event.pipeline, "parent_run_id": event.parent_run_id}
        _log.info("run started", extra=fields)

    def step(self, event: StepStarted) -> None:
        """Log that a run enters a step."""
        rows = {} if event.rows is None else {"rows": event.rows}
        _log.info("step started", extra={"run_id": event.run_id, "job": event.job, "step": event.step, **rows})

    def ended(self, report: RunReport) -> None:
        """Log what a run of a job did, in one line."""
        output = report.output
        fields = {
            "run_id": report.run_id,
            "job": report.job,
            "status": report.status,
            "table": output.table if output else None,
            "version": output.version_after if output else None,
            "batch": report.batch,
            "seconds": report.seconds.get("total"),
            "error_type": report.error_type,
            "pipeline": report.pipeline,
            "parent_run_id": report.parent_run_id,
            **asdict(report.counts),
        }
        _log.info("run ended", extra={name: value for name, value in fields.items() if value is not None})

    def pipeline_ended(self, report: PipelineReport) -> None:
        """Log what a run of a pipeline did, in one line."""
        statuses = [job.status for job in report.jobs]
        fields = {
            "run_id": report.run_id,
            "pipeline": report.pipeline,
            "status": report.status,
            "seconds": report.seconds.get("total"),
            "jobs": {status: statuses.count(status) for status in sorted(set(statuses))},
        }
        _log.info("pipeline ended", extra=fields)
