"""The order of a pipeline's jobs, from declared inputs and outputs and from the contracts' foreign keys."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError
from tidegate.model.declarations import table_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tidegate.contracts.book import ContractBook
    from tidegate.job.port import Job


@dataclass(frozen=True)
class Graph:
    """Jobs in an order in which each comes after those it depends on.

    Attributes:
        order: Names of the jobs; where the dependencies leave a choice, in the order the pipeline lists them.
        upstream: Per job, the jobs of the pipeline that it depends on directly.
        referred: Per job, those of them whose tables it does not read: its contract refers to them.
    """

    order: tuple[str, ...]
    upstream: Mapping[str, frozenset[str]]
    referred: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def downstream(self, jobs: Collection[str]) -> frozenset[str]:
        """Return some jobs and all that depend on them, directly or through others."""
        reached = set(jobs)
        for job in self.order:
            if not reached.isdisjoint(self.upstream[job]):
                reached.add(job)
        return frozenset(reached)

    def among(self, chosen: Collection[str]) -> Graph:
        """Return the same order of fewer jobs; what they depended on through one that is left out, they still do."""
        through: dict[str, frozenset[str]] = {}
        for job in self.order:
            above = self.upstream[job]
            kept = {name for name in above if name in chosen}
            through[job] = frozenset(kept.union(*(through[name] for name in above if name not in chosen)))
        order = tuple(job for job in self.order if job in chosen)
        referred = {job: self.referred.get(job, frozenset()) & through[job] for job in order}
        return Graph(order, {job: through[job] for job in order}, referred)


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
    read = {job.name(): _writing(_read(job), writers) - {job.name()} for job in jobs}
    referred = {job.name(): _writing(_referred(job, contracts), writers) - {job.name()} for job in jobs}
    upstream = {job: read[job] | referred[job] for job in read}
    return Graph(_ordered(name, upstream), upstream, {job: referred[job] - read[job] for job in read})


def _ordered(name: str, upstream: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Return the jobs in order; of several that could come next, the first that the pipeline lists does."""
    sorter = TopologicalSorter({job: sorted(needed) for job, needed in upstream.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        raise JobDefinitionError(
            f"the jobs of {name} depend on each other in a circle",
            where=" -> ".join(reversed(error.args[1])),
            hint="let one of them read another table",
        ) from error
    listed = list(upstream)
    position = {job: place for place, job in enumerate(listed)}
    ready: list[int] = []
    order: list[str] = []
    while sorter.is_active():
        for job in sorter.get_ready():
            heapq.heappush(ready, position[job])
        order.append(listed[heapq.heappop(ready)])
        sorter.done(order[-1])
    return tuple(order)


def _writing(tables: Iterable[str], writers: Mapping[str, str]) -> frozenset[str]:
    return frozenset(writers[table] for table in tables if table in writers)


def _read(job: type[Job]) -> set[str]:
    return {str(table) for table in map(table_of, job.declared_inputs().values()) if table is not None}


def _referred(job: type[Job], contracts: ContractBook) -> set[str]:
    written = [contracts.find(table) for table in job.outputs()]
    return {str(key.table) for contract in written if contract for key in contract.foreign_keys}
