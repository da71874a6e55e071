"""Late rows that wait beside a table: whether they can, and merging them once they are many."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError, TidegateError
from tidegate.model.mode_traits import defers
from tidegate.tables.catalog import DEFERRING, deferring

if TYPE_CHECKING:
    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.job.steps import Steps
    from tidegate.job.work import Work

_log = logging.getLogger("tidegate.job")


def check_deferral(job: type[SparkJob], context: RunContext) -> None:
    """Refuse a job whose late rows are to wait beside a table in a format that cannot let them. No Spark.

    Raises:
        JobDefinitionError: The layer has such a format.
    """
    table, mode = job.output.name, job.output.mode
    kind = context.tables.store(table).format if defers(mode) else DEFERRING[0]
    if kind not in DEFERRING:
        raise JobDefinitionError(
            f"late rows cannot wait beside a table in the format {kind}, which writes a merge's whole result anew",
            where=f"{job.name()}, LateWindow(beyond='defer')",
            hint=f"set the layer's format to {' or '.join(DEFERRING[:2])}, or declare beyond='merge' or 'quarantine'",
        )


def fold_when_many(work: Work, steps: Steps) -> None:
    """Merge what waits beside the table where it is as much as the settings allow to wait.

    The batch is published by now, so a failure is logged and the rows go on waiting; readers see them all the same.
    """
    table = work.job.output.name
    store = deferring(work.context.tables.store(table)) if defers(work.job.output.mode) else None
    if store is None or store.rows_waiting(table) < work.context.fold_rows:
        return
    with steps.step("fold"):
        try:
            store.fold(table, work.run_id)
        except TidegateError as error:
            _log.warning("late rows of %s go on waiting: %s", table, error.what)
