"""Who reads and writes a table, and which changes of its contract concern each of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.contracts.dbt_models import model_name, model_texts, names_column, readers_of
from tidegate.factory.registry import discover
from tidegate.job.dbt import DbtJob
from tidegate.model.declarations import Affected, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidegate.config import Settings
    from tidegate.contracts.book import ContractBook
    from tidegate.contracts.changes.change import Audience, Change
    from tidegate.factory.registry import RegisteredJob
    from tidegate.model.names import TableName

ConsumerKind: TypeAlias = Literal["job", "contract", "dbt model"]


@dataclass(frozen=True)
class Consumer:
    """Somebody whom a change of a contract may concern.

    Attributes:
        kind: What it is.
        name: Its name.
        file: Its file.
        relation: `reads` or `writes` the table, or `refers to` it by a foreign key.
        how: How its changes were found.
        changes: The changes that concern it, what breaks first.
    """

    kind: ConsumerKind
    name: str
    file: str
    relation: Literal["reads", "writes", "refers to"]
    how: str
    changes: tuple[Change, ...]


def consumers_of(
    settings: Settings, book: ContractBook, table: TableName, changes: Sequence[Change]
) -> tuple[Consumer, ...]:
    """Return the jobs, contracts and dbt models that read or write a table and that a change concerns.

    A job's code is Python, so whatever matters to readers may concern a job that reads the table. Modules of jobs are
    imported.

    Args:
        settings: The settings; they say where jobs and the dbt project are.
        book: The contracts of the project.
        table: The table.
        changes: What changed of its contract; what is compatible concerns nobody.

    Raises:
        JobDefinitionError: A module of a job cannot be imported.
        ContractError: A contract of the project cannot be read.
        StorageError: A folder or file cannot be read.
    """
    folder = Path(settings.jobs.path)
    jobs = [job for job in discover(folder).jobs.values() if job.job] if folder.is_dir() else []
    is_model = any(job.job and issubclass(job.job, DbtJob) and table in job.job.outputs() for job in jobs)
    found = [
        *_jobs(jobs, table, changes),
        *_contracts(book, table, changes),
        *_models(settings.dbt.project_dir, table, changes, is_model=is_model),
    ]
    return tuple(consumer for consumer in found if consumer.changes)


def _jobs(jobs: Sequence[RegisteredJob], table: TableName, changes: Sequence[Change]) -> Iterator[Consumer]:
    for job in jobs:
        if job.job is None or issubclass(job.job, DbtJob):
            continue
        if table in job.job.outputs():
            how = "its code is Python: whatever matters to writers may concern it"
            yield Consumer("job", job.name, str(job.file), "writes", how, _for(changes, "writers"))
        if table in {table_of(declared) for declared in job.job.declared_inputs().values()}:
            yield Consumer("job", job.name, str(job.file), "reads", _reading(job, table), _for(changes, "readers"))


def _reading(job: RegisteredJob, table: TableName) -> str:
    declared = job.job.declared_inputs().values() if job.job else ()
    keys = {key for read in declared if isinstance(read, Affected) and table_of(read) == table for key in read.keys}
    named = f"it declares {', '.join(sorted(keys))}; otherwise " if keys else ""
    return f"{named}its code is Python: any column may concern it"


def _contracts(book: ContractBook, table: TableName, changes: Sequence[Change]) -> Iterator[Consumer]:
    for contract in (book.get(other) for other in book.tables if other != table):
        keys = [key for key in contract.foreign_keys if key.table == table]
        referred = frozenset(name for key in keys for name in key.references)
        if referred:
            how = f"its foreign key leads to {', '.join(sorted(referred))}"
            found = [change for change in changes if referred.intersection(change.columns)]
            place = (str(contract.table), contract.location)
            yield Consumer("contract", *place, "refers to", how, _for(found, "readers"))


def _models(project: str, table: TableName, changes: Sequence[Change], *, is_model: bool) -> Iterator[Consumer]:
    texts = model_texts(project)
    for file, is_direct in readers_of(table, texts, is_model=is_model).items():
        text = texts[file]

        found = [
            change
            for change in changes
            if any(names_column(text, name) for name in change.columns) or (is_direct and not change.columns)
        ]
        how = "its SQL names the columns" if is_direct else "its SQL, behind other models, names the columns"
        yield Consumer("dbt model", model_name(file), file, "reads", how, _for(found, "readers"))


def _for(changes: Sequence[Change], audience: Audience) -> tuple[Change, ...]:
    return tuple(change for change in changes if change.level != "compatible" and audience in change.concerns)
