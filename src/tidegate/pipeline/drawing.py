"""A pipeline as a drawing: its jobs, what leads from one to the other, and how the last run of each ended."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.pipeline.graph import Graph
    from tidegate.pipeline.journal import Past

# Per status: how a job is filled, and the words for it.
STATUSES: Mapping[str, tuple[str, str]] = {
    "succeeded": ("#c8e6c9", "succeeded"),
    "nothing_new": ("#e3f2fd", "nothing new"),
    "failed": ("#ffcdd2", "failed"),
    "refused": ("#ffe0b2", "refused by the gate"),
    "skipped": ("#fff9c4", "skipped"),
    "undone": ("#e1bee7", "rolled back"),
    "not_run": ("#f5f5f5", "not run"),
}


@dataclass(frozen=True)
class Node:
    """A job.

    Attributes:
        job: Its name.
        level: How many jobs stand before it on the longest way to it.
        status: How it ended in the last run; `undone` where that was taken back, `not_run` where it did not run.
    """

    job: str
    level: int
    status: str


@dataclass(frozen=True)
class Arrow:
    """One job comes before another.

    Attributes:
        before: The one.
        after: The other.
        kind: `reads`, or `refers` where a contract refers to a table that the job does not read.
    """

    before: str
    after: str
    kind: str


@dataclass(frozen=True)
class Drawing:
    """A pipeline as it is drawn.

    Attributes:
        name: Its name.
        nodes: Its jobs, in their order.
        arrows: What leads from one to another.
        run_id: The last run; None where there was none.
        logical_at: The moment that it is about (ISO 8601, UTC).
        status: How it ended; None where it was killed, or where there was none.
    """

    name: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    run_id: str | None = None
    logical_at: str | None = None
    status: str | None = None

    @property
    def title(self) -> str:
        """What stands above it."""
        if self.run_id is None:
            return f"{self.name}: no run yet"
        return f"{self.name}: {self.status or 'killed, or under way'}, {(self.logical_at or '')[:16]}"

    def to_json(self) -> str:
        """Return it as one JSON document."""
        return json.dumps(asdict(self), indent=2)

    def to_mermaid(self) -> str:
        """Return it as the text of a Mermaid flowchart."""
        number = {node.job: f"n{place}" for place, node in enumerate(self.nodes)}
        lines = [f"%% {self.title}", "flowchart LR"]
        lines += [f'  {number[node.job]}["{node.job}"]:::{node.status}' for node in self.nodes]
        shapes = {"reads": "-->", "refers": "-.->"}
        lines += [f"  {number[one.before]} {shapes[one.kind]} {number[one.after]}" for one in self.arrows]
        used = dict.fromkeys(node.status for node in self.nodes)
        lines += [f"  classDef {status} fill:{STATUSES[status][0]},stroke:#616161,color:#212121" for status in used]
        return "\n".join(lines) + "\n"


def draw(name: str, graph: Graph, past: Past | None) -> Drawing:
    """Return a pipeline as it is drawn.

    Args:
        name: Its name.
        graph: Its jobs and their order.
        past: Its last run; None where there was none.
    """
    levels: dict[str, int] = {}
    for job in graph.order:
        levels[job] = max((levels[above] + 1 for above in graph.upstream[job]), default=0)
    statuses = _statuses(past)
    arrows = tuple(
        Arrow(above, job, "refers" if above in graph.referred.get(job, ()) else "reads")
        for job in graph.order
        for above in sorted(graph.upstream[job])
    )
    nodes = tuple(Node(job, levels[job], statuses.get(job, "not_run")) for job in graph.order)
    if past is None:
        return Drawing(name, nodes, arrows)
    status = past.end.status if past.end else None
    return Drawing(name, nodes, arrows, past.beginning.run_id, past.beginning.logical_at, status)


def _statuses(past: Past | None) -> dict[str, str]:
    if past is None:
        return {}
    undone = set(past.end.undone) if past.end else set()
    done = dict.fromkeys(past.beginning.done, "succeeded")
    told = {
        note.job: "undone" if not undone.isdisjoint(note.versions) and note.status == "succeeded" else note.status
        for note in past.notes
    }
    return done | {job: status if status in STATUSES else "not_run" for job, status in told.items()}
