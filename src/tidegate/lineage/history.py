"""Where a table comes from and where it goes, read from the event files. No Spark, no client."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import MissingFileError
from tidegate.lineage.documents import at, listed, text
from tidegate.lineage.event_files import EVENTS
from tidegate.lineage.made_of import RunFacts, run_facts, use_of
from tidegate.lineage.parts import KIND
from tidegate.storage import join, list_files, list_names, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tidegate.lineage.documents import Json
    from tidegate.lineage.made_of import DatasetUse

_log = logging.getLogger("tidegate.lineage")


@dataclass(frozen=True)
class LineageEvent:
    """What an event says of a run.

    Attributes:
        run_id: The run.
        job: The job.
        state: `START`, `COMPLETE`, `FAIL` or `ABORT`.
        at: ISO 8601, UTC.
        inputs: What was read.
        outputs: What was written, or was to be.
        facts: What the run did, by its own facet; None where it has none, as at a START or by another producer.
    """

    run_id: str
    job: str
    state: str
    at: str
    inputs: tuple[DatasetUse, ...] = ()
    outputs: tuple[DatasetUse, ...] = ()
    facts: RunFacts | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """What tells it from any other event."""
        return self.run_id, self.state, self.at


@dataclass(frozen=True, order=True)
class Edge:
    """A job has made one table from another."""

    source: str
    job: str
    target: str


def read_events(root: str, *, days: int | None = None) -> Iterator[LineageEvent]:
    """Yield the events in the lake, by day of the run's start, then by file, then in their order; each once.

    Events of parts are passed over: the whole says it, too, with the versions that were written. A line that is not an
    event is left out, with a warning per file.

    Args:
        root: Root of the lake.
        days: Only the newest so many days that have events; None for all.

    Raises:
        StorageError: The events cannot be listed or read.
    """
    folder = join(root, *EVENTS)
    names = [name for name in list_names(folder) if name.startswith("date=")]
    for name in names if days is None else names[len(names) - days :] if days < len(names) else names:
        seen: set[tuple[str, str, str]] = set()
        for event in _day(join(folder, name)):
            if event.identity not in seen:
                seen.add(event.identity)
                yield event


def edges(events: Iterable[LineageEvent]) -> frozenset[Edge]:
    """Return which table was made from which by which job, in the runs that completed; no table is its own source."""
    return frozenset(
        Edge(source.table, event.job, target.table)
        for event in events
        if event.state == "COMPLETE"
        for source in event.inputs
        for target in event.outputs
        if source.table != target.table
    )


def upstream(known: Iterable[Edge], table: str) -> frozenset[Edge]:
    """Return the edges by which rows have come into a table, directly or through other tables."""
    return _reach({edge: (edge.target, edge.source) for edge in known}, table)


def downstream(known: Iterable[Edge], table: str) -> frozenset[Edge]:
    """Return the edges by which rows of a table have gone on, directly or through other tables."""
    return _reach({edge: (edge.source, edge.target) for edge in known}, table)


def _reach(steps: Mapping[Edge, tuple[str, str]], table: str) -> frozenset[Edge]:
    reached, waiting = {table}, [table]
    while waiting:
        here = waiting.pop()
        beyond = {there for near, there in steps.values() if near == here} - reached
        reached |= beyond
        waiting += beyond
    return frozenset(edge for edge, (near, _) in steps.items() if near in reached)


def _day(folder: str) -> Iterator[LineageEvent]:
    """Yield the events of a day; those of a file that was compacted meanwhile from the one that has them now."""
    has_all = False
    while not has_all:
        has_all = True
        for file in list_files(folder, suffix=".jsonl"):
            try:
                yield from _events(file.uri)
            except MissingFileError:
                has_all = False


def _events(uri: str) -> Iterator[LineageEvent]:
    bad = 0
    for line in read_bytes(uri).decode(errors="replace").splitlines():
        document = document_of(line)
        if text(document, "job", "facets", "jobType", "jobType") == KIND:
            continue
        event = _event(document)
        if event is None:
            bad += 1
        else:
            yield event
    if bad:
        _log.warning("%d lines of %s are not OpenLineage events; they are left out", bad, uri)


def document_of(line: str) -> Json:
    """Return the document in a line of an event file; None where it is none."""
    try:
        document: Json = json.loads(line)
    except ValueError:
        return None
    return document


def _event(document: Json) -> LineageEvent | None:
    run_id, job = text(document, "run", "runId"), text(document, "job", "name")
    state, moment = text(document, "eventType"), text(document, "eventTime")
    if not (run_id and job and state and moment):
        return None
    inputs, outputs = (tuple(use_of(item) for item in listed(at(document, role))) for role in ("inputs", "outputs"))
    return LineageEvent(run_id, job, state, moment, inputs, outputs, run_facts(document))
