"""OpenLineage events made from what observers are told. Needs the client; loaded only when an event is built."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    documentation_job,
    error_message_run,
    job_type_job,
    nominal_time_run,
    ownership_job,
    parent_run,
    processing_engine_run,
    test_run,
)
from openlineage.client.serde import Serde

from tidegate.lineage.facets import PRODUCER, VERSION, input_datasets, output_datasets, rule_facts
from tidegate.lineage.message import Message
from tidegate.lineage.naming import without_secrets
from tidegate.lineage.parts import KIND, PartStarted, parts_of
from tidegate.lineage.run_facet import NAME, run_facet
from tidegate.lineage.settings import Engine
from tidegate.model.events import RunStarted
from tidegate.model.reports import PipelineReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openlineage.client.event_v2 import InputDataset, OutputDataset
    from openlineage.client.facet_v2 import JobFacet, RunFacet

    from tidegate.lineage.message import Fact
    from tidegate.lineage.settings import LineageSettings
    from tidegate.model.reports import RuleResult, RunReport, RunStatus

_STATES: Mapping[RunStatus, RunState] = {
    "succeeded": RunState.COMPLETE,
    "nothing_new": RunState.COMPLETE,
    "failed": RunState.FAIL,
    "refused": RunState.FAIL,
    "partial": RunState.FAIL,
    "skipped": RunState.ABORT,
}


class EventBuilder:
    """Turns what observers are told into events: one START and one end for every run, and for every part of one."""

    def __init__(self, settings: LineageSettings) -> None:
        """Build events for these settings."""
        self._settings = settings
        self._open: dict[str, RunStarted] = {}

    def messages(self, fact: Fact) -> tuple[Message, ...]:
        """Return the events of a fact, in order; the end of a run that was never announced brings its START along."""
        if isinstance(fact, RunStarted):
            self._open[fact.run_id] = fact
            return (self._message(fact, RunState.START, fact.started_at),)
        late = () if fact.run_id in self._open else self.messages(_announcement(fact))
        announced = self._open.pop(fact.run_id)
        if isinstance(fact, PipelineReport):
            return (*late, self._pipeline_end(announced, fact))
        parts = (message for part in parts_of(fact) for message in self._part(announced, part))
        return (*late, *parts, self._job_end(announced, fact))

    def _job_end(self, announced: RunStarted, report: RunReport) -> Message:
        namespace = self._settings.namespace
        return self._message(
            announced,
            _STATES[report.status],
            report.ended_at,
            facets={NAME: run_facet(report, PRODUCER)} | _tests(report.rules) | _error(report.error),
            datasets=(input_datasets(report, namespace), output_datasets(report, namespace)),
        )

    def _part(self, whole: RunStarted, report: RunReport) -> tuple[Message, Message]:
        """Return the events of a part of a run, which is over when it is told."""
        announced, namespace = PartStarted.of(report, whole), self._settings.namespace
        datasets = input_datasets(report, namespace), output_datasets(report, namespace)
        return (
            self._message(announced, RunState.START, report.started_at),
            self._message(announced, RunState.COMPLETE, report.ended_at, datasets=datasets),
        )

    def _pipeline_end(self, announced: RunStarted, report: PipelineReport) -> Message:
        bad = [f"{job.job} ({job.status})" for job in report.jobs if job.exit_code]
        error = f"{len(bad)} of {len(report.jobs)} jobs did not succeed: {', '.join(bad)}" if report.exit_code else None
        return self._message(announced, _STATES[report.status], report.ended_at, facets=_error(error))

    def _message(
        self,
        announced: RunStarted,
        state: RunState,
        at: str,
        *,
        facets: Mapping[str, RunFacet] | None = None,
        datasets: tuple[list[InputDataset], list[OutputDataset]] | None = None,
    ) -> Message:
        inputs, outputs = datasets or ([], [])
        event = RunEvent(
            eventTime=at,
            eventType=state,
            run=Run(announced.run_id, {**self._surroundings(announced), **(facets or {})}),
            job=Job(self._settings.namespace, announced.name, _job_facets(announced)),
            inputs=inputs,
            outputs=outputs,
            producer=PRODUCER,
        )
        return Message(
            run_id=announced.run_id,
            day=announced.started_at[:10],
            state=state.value,
            text=Serde.to_json(event),
            is_last=state is not RunState.START,
        )

    def _surroundings(self, announced: RunStarted) -> dict[str, RunFacet]:
        facets: dict[str, RunFacet] = {}
        engine = self._settings.engine or _spark()
        if engine is not None:
            facets["processing_engine"] = processing_engine_run.ProcessingEngineRunFacet(
                engine.version, engine.name, openlineageAdapterVersion=VERSION, producer=PRODUCER
            )
        if announced.nominal is not None:
            facets["nominalTime"] = nominal_time_run.NominalTimeRunFacet(
                f"{announced.nominal.start}T00:00:00Z", f"{announced.nominal.end}T00:00:00Z", producer=PRODUCER
            )
        parent = self._parent(announced)
        return facets | ({"parent": parent} if parent else {})

    def _parent(self, announced: RunStarted) -> parent_run.ParentRunFacet | None:
        outer = self._settings.parent
        if announced.parent_run_id is not None:
            run_id, namespace, job = announced.parent_run_id, self._settings.namespace, announced.pipeline or "pipeline"
        elif outer is not None:
            run_id, namespace, job = outer.run_id, outer.namespace, outer.job
        else:
            return None
        top = self._settings.root_parent or outer
        root = (top.run_id, top.namespace, top.job) if top else (run_id, namespace, job)
        if isinstance(announced, PartStarted):
            above = self._parent(announced.whole)
            if above is not None and above.root is not None:  # a part has the root of its whole
                root = (above.root.run.runId, above.root.job.namespace, above.root.job.name)
        return parent_run.ParentRunFacet(
            run=parent_run.Run(run_id),
            job=parent_run.Job(namespace, job),
            root=parent_run.Root(run=parent_run.RootRun(root[0]), job=parent_run.RootJob(root[1], root[2])),
            producer=PRODUCER,
        )


def _announcement(report: RunReport | PipelineReport) -> RunStarted:
    if isinstance(report, PipelineReport):
        return RunStarted(report.run_id, report.pipeline, report.started_at, is_pipeline=True)
    return RunStarted(
        report.run_id,
        report.job,
        report.started_at,
        parent_run_id=report.parent_run_id,
        pipeline=report.pipeline,
    )


def _job_facets(announced: RunStarted) -> dict[str, JobFacet]:
    facets: dict[str, JobFacet] = {
        "jobType": job_type_job.JobTypeJobFacet(
            processingType="BATCH",
            integration="TIDEGATE",
            jobType="DAG" if announced.is_pipeline else KIND if isinstance(announced, PartStarted) else "JOB",
            producer=PRODUCER,
        )
    }
    if announced.description:
        facets["documentation"] = documentation_job.DocumentationJobFacet(
            without_secrets(announced.description), producer=PRODUCER
        )
    if announced.owner:
        facets["ownership"] = ownership_job.OwnershipJobFacet(
            [ownership_job.Owner(announced.owner, "OWNER")], producer=PRODUCER
        )
    return facets


def _error(message: str | None) -> dict[str, RunFacet]:
    if not message:
        return {}
    facet = error_message_run.ErrorMessageRunFacet(without_secrets(message), "PYTHON", producer=PRODUCER)
    return {"errorMessage": facet}


_TEST_STATUSES = {"passed": "pass", "unchecked": "skip"}


def _tests(rules: Sequence[RuleResult]) -> dict[str, RunFacet]:
    if not rules:
        return {}
    tests = [
        test_run.TestExecution(
            name=rule.id,
            status=_TEST_STATUSES.get(rule.status, "fail"),
            severity=rule.severity,
            type=rule.kind or None,
            description=without_secrets(rule.description) or None,
            params=rule_facts(rule),
        )
        for rule in rules
    ]
    return {"test": test_run.TestRunFacet(tests, producer=PRODUCER)}


def _spark() -> Engine | None:
    """Return the Spark that has been loaded, without loading it: a run with nothing new needs none."""
    version = getattr(sys.modules.get("pyspark"), "__version__", None)
    return Engine("Spark", str(version)) if version else None
