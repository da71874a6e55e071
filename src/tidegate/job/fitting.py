"""Whether a job fits what is around it: the columns that it names, and the tables that it reads. No Spark."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import JobDefinitionError, TableError
from tidegate.model.declarations import Affected, table_of
from tidegate.model.mode_traits import named_columns
from tidegate.model.nearest import did_you_mean
from tidegate.sources.listing import feed_folder
from tidegate.tables.catalog import format_in_place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.model.declarations import Files
    from tidegate.model.names import TableName

_log = logging.getLogger("tidegate.job")

_OF_HISTORIES = ("valid_from", "valid_to", "is_current")


def check_columns(job: type[SparkJob], context: RunContext) -> None:
    """Refuse a job that names columns which no contract has; where a table has no contract, nothing is known of it.

    Raises:
        JobDefinitionError: It names such columns; all of them are told.
    """
    contract = context.contracts.find(job.output.name)
    faults = [] if contract is None else list(_of_mode(job, contract.column_names))
    faults += _of_inputs(job, context)
    if faults:
        raise JobDefinitionError(
            f"the job does not fit the contracts: {'; '.join(faults)}",
            where=f"{job.name()} in {job.__module__}" + (f", contract {contract.location}" if contract else ""),
            hint="mend the name in the job, or give the contract that column",
        )


def check_existence(name: str, table: TableName, context: RunContext) -> None:
    """Refuse an input that does not exist and of which no contract of the project says that it will: a mistaken name.

    Args:
        name: Name that the job gives the input.
        table: The table, which does not exist.
        context: The context of runs.

    Raises:
        TableError: It has no contract.
    """
    if context.contracts.is_of_project and context.contracts.find(table) is None:
        known = map(str, context.contracts.tables)
        raise TableError(
            f"{table} does not exist, and there is no contract of it{did_you_mean(str(table), known)}",
            where=f"input {name!r}",
            hint="mend the name; for a table that others write and that is still to come, add its contract",
        )


def check_place(table: TableName, context: RunContext) -> None:
    """Refuse to take a table for new whose folder has one in another format; both would be in one folder.

    Args:
        table: The table, which the store of its layer does not know.
        context: The context of runs.

    Raises:
        TableError: There is such a table.
    """
    store = context.tables.store(table)
    other = format_in_place(store, table)
    if other is not None:
        raise TableError(
            f"{table} is there in the format {other}, and its layer has the format {store.format}",
            where=store.location(table),
            hint=f"give the layer the format {other} again; or move the folder away, and the table is made anew from "
            "what its inputs still hold",
        )


def tell_of_silence(declared: Files, context: RunContext) -> None:
    """Log that nothing of a feed has ever come, and what there is instead: its name may be a mistake.

    Args:
        declared: The feed, of which there is no file, and of which none was read.
        context: The context of runs.
    """
    folder = feed_folder(context.landing, declared)
    if storage.exists(folder):
        return
    parent, _, name = folder.rpartition("/")
    _log.warning("nothing has ever arrived at %s%s", folder, did_you_mean(name, storage.list_names(parent)))


def _of_mode(job: type[SparkJob], columns: Collection[str]) -> Iterator[str]:
    for role, name in named_columns(job.output.mode):
        if name not in columns and not name.startswith("_"):
            yield f"{role} {name} is no column of {job.output.table}{did_you_mean(name, columns)}"


def _of_inputs(job: type[SparkJob], context: RunContext) -> Iterator[str]:
    for declared in job.declared_inputs().values():
        table = table_of(declared)
        contract = context.contracts.find(table) if table is not None and isinstance(declared, Affected) else None
        if contract is None or not isinstance(declared, Affected):
            continue
        known = (*contract.column_names, *_OF_HISTORIES)
        for name in declared.keys:
            if name not in known and not name.startswith("_"):
                yield f"the key {name} is no column of {table}{did_you_mean(name, known)}"
