"""What a watch would look at, found without Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import TableError
from tidegate.job.plan import InputPlan, JobPlan
from tidegate.model.commits import Token
from tidegate.model.declarations import Whole
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.job.context import RunContext
    from tidegate.job.watch.job import WatchJob


def plan_watch(job: type[WatchJob], context: RunContext, only: Sequence[str] = ()) -> JobPlan:
    """Return which tables a watch would look at now, each whole; it is due where there is one.

    Args:
        job: The watch.
        context: The run's surroundings.
        only: The tables; empty for those that the job declares, or all that have a contract and exist.

    Raises:
        TableError: A table that is named does not exist.
    """
    named = set(map(TableName.parse, only or job.tables))
    inputs = []
    for table in sorted(named or context.contracts.tables):
        version = context.tables.store(table).version(table)
        if version is not None:
            inputs.append(InputPlan(str(table), Whole(str(table)), until=version))
        elif named:
            raise TableError("a table that is to be watched does not exist", where=str(table), hint="load it first")
    kept, application = job.outputs()[0], Token(job.name(), 0).application
    store = context.tables.store(kept)
    at = store.version(kept)
    last = None if at is None else store.last_commit(kept, application)
    return JobPlan(Token(job.name(), (last.token.batch if last else 0) + 1), tuple(inputs), bool(inputs), at, last)
