"""Which jobs of a pipeline a run takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError
from tidegate.model.nearest import names_there_are

if TYPE_CHECKING:
    from tidegate.pipeline.graph import Graph


@dataclass(frozen=True)
class Selection:
    """Some jobs of a pipeline. What is left out counts as done.

    Attributes:
        only: These alone; empty for all.
        from_job: This one and all that depend on it; None for all.
        skip: All but these.
    """

    only: tuple[str, ...] = ()
    from_job: str | None = None
    skip: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return not (self.only or self.from_job or self.skip)

    def of(self, graph: Graph) -> Graph:
        """Return the part of a pipeline that is to run.

        Args:
            graph: The whole pipeline.

        Raises:
            JobDefinitionError: A name is no job of the pipeline, or nothing is left.
        """
        if self.is_whole:
            return graph
        skipped = {_known(name, graph) for name in self.skip}
        chosen = {_known(name, graph) for name in self.only} or set(graph.order)
        if self.from_job is not None:
            chosen &= graph.downstream([_known(self.from_job, graph)])
        if not chosen - skipped:
            raise JobDefinitionError(
                "no job is left to run", where="--only, --from-job, --skip", hint=f"jobs: {', '.join(graph.order)}"
            )
        return graph.among(chosen - skipped)


def _known(name: str, graph: Graph) -> str:
    """Return a job of the pipeline by its name, or by its dataset where only one layer has it."""
    short = [job for job in graph.order if job.rpartition(".")[2] == name]
    if name in graph.upstream or len(short) == 1:
        return name if name in graph.upstream else short[0]
    raise JobDefinitionError(f"the pipeline has no job {name!r}", hint=names_there_are(name, graph.order, "jobs"))
