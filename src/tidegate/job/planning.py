"""What a run of a job of any kind would read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tidegate.errors import JobDefinitionError
from tidegate.job.base import SparkJob
from tidegate.job.dbt.job import DbtJob
from tidegate.job.dbt.plan import DbtPlan, plan_dbt_job
from tidegate.job.plan import JobPlan, plan_job
from tidegate.job.watch.job import WatchJob
from tidegate.job.watch.plan import plan_watch

if TYPE_CHECKING:
    from tidegate.job.context import RunContext
    from tidegate.job.port import Job

AnyPlan: TypeAlias = JobPlan | DbtPlan


def plan_of(job: type[Job], context: RunContext) -> AnyPlan:
    """Return what a run of the job would read now. No Spark, unless the job reads a database or Kafka: its Java asks.

    Raises:
        JobDefinitionError: The job is of a kind that cannot be planned, or cannot run as it is declared.
        TableError: A table went backwards, or one that is to be watched does not exist.
        SourceError: A database or Kafka cannot be asked, or went backwards.
    """
    if issubclass(job, DbtJob):
        return plan_dbt_job(job, context)
    if issubclass(job, SparkJob):
        return plan_job(job, context)
    if issubclass(job, WatchJob):
        return plan_watch(job, context)
    raise JobDefinitionError(
        f"{job.name()} is of a kind that cannot be planned", hint="make it a SparkJob, a DbtJob or a WatchJob"
    )
