"""The order of a pipeline's jobs, from declared inputs and outputs and from the contracts' foreign keys."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError
from tidegate.model.declarations import table_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.contracts.book import ContractBook
    from tidegate.job.port import Job


@dataclass(frozen=True)
class Graph:
    """Jobs in an order in which each comes after those it depends on.

    Attributes:
        order: Names of the jobs; where the dependencies leave a choice, in the order the pipeline lists them.
        upstream: Per job, the jobs of the pipeline that it depends on directly.
    """

    order: tuple[str, ...]
    upstream: Mapping[str, frozenset[str]]


def build_graph(name: str, jobs: Sequence[type[Job]], contracts: ContractBook) -> Graph:
    """Return the order of a pipeline's jobs.

    A job comes after the jobs that write its inputs, and after those that write the tables its contract refers to.

    Args:
        name: Name of the pipeline, for messages.
        jobs: The jobs, in the order that the pipeline lists them.
        contracts: All contracts.

    Raises:
        JobDefinitionError: The jobs depend on each other in a circle; the message shows it.
    """
    writers = {str(table): job.name() for job in jobs for table in job.outputs()}
    upstream = {
        job.name(): frozenset({writers[table] for table in _tables(job, contracts) if table in writers} - {job.name()})
        for job in jobs
    }
    sorter = TopologicalSorter({job: sorted(needed) for job, needed in upstream.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        raise JobDefinitionError(
            f"the jobs of {name} depend on each other in a circle",
            where=" -> ".join(reversed(error.args[1])),
            hint="let one of them read another table",
        ) from error
    position = {job.name(): place for place, job in enumerate(jobs)}
    ready: list[str] = []
    order: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=lambda job: position[job])
        first = ready.pop(0)
        order.append(first)
        sorter.done(first)
    return Graph(tuple(order), upstream)


def _tables(job: type[Job], contracts: ContractBook) -> set[str]:
    read = {str(table) for table in map(table_of, job.declared_inputs().values()) if table is not None}
    written = [contracts.find(table) for table in job.outputs()]
    referred = {str(key.table) for contract in written if contract for key in contract.foreign_keys}
    return read | referred
