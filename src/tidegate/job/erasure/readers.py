"""Which jobs still have to read what would go with the files of old versions. No Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.job.base import SparkJob
from tidegate.model.commits import Token
from tidegate.model.declarations import Affected, New
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tidegate.job.context import RunContext
    from tidegate.job.port import Job

_IN_PLACE = "parquet"  # files are written anew under their own names, so a reader that is behind finds all of them


def readers_behind(
    jobs: Iterable[type[Job]], tables: Collection[TableName], context: RunContext
) -> Iterator[tuple[str, TableName]]:
    """Give the jobs that read what is new in a table and have not read all of it, each with the table.

    A job that has never run is not among them, as it begins with the table that there is then; nor is one that reads
    tables whole.

    Args:
        jobs: The jobs of the project.
        tables: Tables that exist.
        context: Where they are.
    """
    for job in jobs:
        if not issubclass(job, SparkJob):
            continue
        for name, declared in job.declared_inputs().items():
            if not isinstance(declared, New | Affected):
                continue
            table = TableName.parse(declared.table)
            if table in tables and _is_behind(job, name, table, context):
                yield job.name(), table


def _is_behind(job: type[SparkJob], name: str, table: TableName, context: RunContext) -> bool:
    output, application = job.output.name, Token(job.name(), 0, context.scope).application
    store, target = context.tables.store(table), context.tables.store(output)
    if store.format == _IN_PLACE or target.version(output) is None:
        return False
    last = target.last_commit(output, application)
    since = last.watermarks.get(name) if last else None
    if since is None:
        return False
    pending = store.pending(table, since)
    return pending.rows != 0 or pending.is_reduced
