"""The laws, for a user's own jobs: replay is a no-op, order does not matter, rows are conserved."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import DataFrame

    from tidegate.job.base import SparkJob
    from tidegate.testing.sandbox import Sandbox


def check_replay(job: SparkJob, sandbox: Sandbox) -> None:
    """Assert law 1: running a job again changes no row and makes no new version.

    Args:
        job: The job, whose inputs have arrived in the sandbox.
        sandbox: The lakehouse to run in.

    Raises:
        AssertionError: The second run changed the table.
    """
    sandbox.run(job)
    before = sandbox.version(job.output.table), sandbox.rows(job.output.table)
    again = sandbox.run(job)
    after = sandbox.version(job.output.table), sandbox.rows(job.output.table)
    if again.status != "nothing_new" or before != after:
        raise AssertionError(
            f"{job.name()}: a second run ended {again.status} and version {before[0]} became {after[0]}"
        )


def check_order(
    job: SparkJob, source: str, orders: Sequence[Sequence[DataFrame]], new_sandbox: Callable[[], Sandbox]
) -> None:
    """Assert law 2: however records are cut into batches, and in whatever order they come, the tables end up equal.

    Args:
        job: The job.
        source: The input table that the batches arrive in.
        orders: Several sequences of batches that hold the same records.
        new_sandbox: Makes an empty lakehouse, with the job's other inputs in place.

    Raises:
        AssertionError: Two sequences end in different rows.
    """
    ends = []
    for batches in orders:
        sandbox = new_sandbox()
        for batch in batches:
            sandbox.arrive(source, batch)
            sandbox.run(job)
        ends.append(sandbox.rows(job.output.table))
    for number, end in enumerate(ends[1:], start=2):
        if end != ends[0]:
            only_first = [row for row in ends[0] if row not in end]
            only_other = [row for row in end if row not in ends[0]]
            raise AssertionError(
                f"{job.name()}: order 1 and order {number} end in different tables\n"
                f"  only in 1: {only_first}\n  only in {number}: {only_other}"
            )


def check_conservation(job: SparkJob, sandbox: Sandbox) -> None:
    """Assert law 5: every row that was read has exactly one outcome, and the published rows are in the table.

    Args:
        job: The job, whose inputs have arrived in the sandbox.
        sandbox: The lakehouse to run in.

    Raises:
        AssertionError: Rows are missing from the account or from the table.
    """
    before = len(sandbox.rows(job.output.table))
    report = sandbox.run(job)
    report.counts.check(job.name())
    grown = len(sandbox.rows(job.output.table)) - before
    if grown > report.counts.published:
        raise AssertionError(
            f"{job.name()}: the table grew by {grown} rows and {report.counts.published} were published"
        )
