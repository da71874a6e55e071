"""Answers about where data comes from and where it goes, from the events in the lake and the tables' own logs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import SelectionError
from tidegate.lineage.graph import Place, build_graph
from tidegate.lineage.history import read_events
from tidegate.lineage.tracing import steps_of, trace
from tidegate.model.declarations import Files
from tidegate.model.names import TableName
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.lineage.graph import Direction, Graph, Link
    from tidegate.lineage.history import LineageEvent
    from tidegate.lineage.tracing import Step
    from tidegate.tables.port import Version

_SIZE_AND_TAG = re.compile(r"@\d+(#.*)?$")


@dataclass(frozen=True)
class PlaceAnswer:
    """What a table or a column is made of, or what is made of it.

    Attributes:
        place: The table or column.
        direction: `upstream` for what it is made of, `downstream` for what is made of it.
        links: Every link on the ways, nearest first.
        deciding: What decides which rows the tables on the ways have; empty downstream, where `links` has it.
        unknown: What is not known of the places on the ways.
        personal: Those of them that hold personal data.
    """

    place: Place
    direction: Direction
    links: tuple[Link, ...]
    deciding: tuple[Link, ...]
    unknown: tuple[tuple[Place, str], ...]
    personal: tuple[Place, ...]


@dataclass(frozen=True)
class TraceAnswer:
    """The versions that rows of a batch, a run or a file have gone to, or come from.

    Attributes:
        name: What was asked for.
        direction: `downstream` for where they went, `upstream` for where they came from.
        steps: The versions, in the order of time.
        files: Per version (table and number) that was made of landing files, those files.
    """

    name: str
    direction: Direction
    steps: tuple[Step, ...]
    files: tuple[tuple[str, int, tuple[str, ...]], ...]


def place_lineage(lakehouse: Lakehouse, name: str, direction: Direction, *, as_of: str | None = None) -> PlaceAnswer:
    """Return what a table or a column is made of, or what is made of it.

    Args:
        lakehouse: The project.
        name: A table, or a column of one.
        direction: Which way to look.
        as_of: A run: what was made after it ended does not count. None takes everything.

    Raises:
        SelectionError: No event names such a table, column or run.
    """
    events = _events(lakehouse)
    graph = build_graph(events, until=None if as_of is None else _ended_at(events, as_of))
    place = _place(name, graph)
    links = graph.reach(place, direction)
    places = dict.fromkeys((place, *(end for link in links for end in (link.source, link.target))))
    tables = dict.fromkeys(one.table for one in places) if direction == "upstream" else {}
    concerned = {*places, *(Place(one.table) for one in places)}
    return PlaceAnswer(
        place=place,
        direction=direction,
        links=links,
        deciding=tuple(link for table in tables for link in sorted(graph.deciding.get(table, ()))),
        unknown=tuple(sorted((one, said) for one, said in graph.unknown.items() if one in concerned)),
        personal=tuple(sorted(graph.personal & set(places))),
    )


def batch_lineage(lakehouse: Lakehouse, name: str, batch: int, scope: str, direction: Direction) -> TraceAnswer:
    """Return where the rows of a batch of a table went, or came from.

    Args:
        lakehouse: The project.
        name: The table.
        batch: Number of the batch.
        scope: `live`, or the name of a backfill.
        direction: Which way to look.

    Raises:
        SelectionError: No event tells of such a batch.
    """
    known = steps_of(_events(lakehouse))
    of_table = [step for step in known if step.table == name and step.scope == scope]
    start = [(step.table, step.version) for step in of_table if step.batch == batch]
    if not start:
        have = sorted({step.batch for step in of_table if step.batch is not None})
        raise SelectionError(
            f"no event tells of batch {batch} of {name}",
            hint=f"it has batches {have[0]} to {have[-1]}" if have else "see `tidegate runs`",
        )
    return _traced(lakehouse, f"{name}, batch {batch}", known, start, direction)


def run_lineage(lakehouse: Lakehouse, name: str | None, run_id: str, direction: Direction) -> TraceAnswer:
    """Return where the rows that a run wrote went, or came from.

    Args:
        lakehouse: The project.
        name: Only those of this table; None for all tables that the run wrote.
        run_id: The run.
        direction: Which way to look.

    Raises:
        SelectionError: No event tells that such a run has written.
    """
    known = steps_of(_events(lakehouse))
    start = [(step.table, step.version) for step in known if step.run_id == run_id and name in {None, step.table}]
    if not start:
        raise SelectionError(f"no event tells that run {run_id} has written a table", hint="see `tidegate runs`")
    return _traced(lakehouse, f"run {run_id}", known, start, direction)


def file_lineage(lakehouse: Lakehouse, name: str) -> TraceAnswer:
    """Return the versions of tables that rows of a landing file have gone to.

    Args:
        lakehouse: The project.
        name: The file: its address, or its path below the landing zone or its feed.

    Raises:
        SelectionError: No table has read such a file.
    """
    start = [
        (table, version.number)
        for table, feed, version in _landed(lakehouse)
        if any(_is_file(name, feed, path) for path in paths_of(version))
    ]
    if not start:
        raise SelectionError(
            f"no table has read the file {name}", hint="write its path as it is below the landing zone"
        )
    return _traced(lakehouse, name, steps_of(_events(lakehouse)), start, "downstream")


def _events(lakehouse: Lakehouse) -> list[LineageEvent]:
    root = lakehouse.settings.storage.root
    events = list(read_events(root))
    if not events:
        raise SelectionError(
            "there are no lineage events yet",
            where=f"{root}/_tidegate/events",
            hint="set `lineage.enabled: true` in the configuration and run a job",
        )
    return events


def _ended_at(events: Iterable[LineageEvent], run_id: str) -> str:
    ended = [event.at for event in events if event.run_id == run_id and event.state != "START"]
    if not ended:
        raise SelectionError(f"no event tells of the end of run {run_id}", hint="see `tidegate runs`")
    return max(ended)


def _place(name: str, graph: Graph) -> Place:
    table, _, column = name.rpartition(".")
    found = next((one for one in (Place(name), Place(table, column)) if graph.has(one)), None)
    if found is not None:
        return found
    if table in graph.tables:
        known = graph.columns.get(table, ())
        if not known and Place(table) in graph.unknown:
            raise SelectionError(
                f"what the columns of {table} are made of is not known: {graph.unknown[Place(table)]}",
                hint=f"`tidegate lineage {table}` tells the tables; columns are known once Spark shows a plan",
            )
        raise SelectionError(
            f"no event tells of a column {column} of {table}{did_you_mean(column, known)}",
            hint=f"its columns: {', '.join(known) or 'not known'}",
        )
    raise SelectionError(
        f"no event tells of {name}{did_you_mean(name, graph.tables)}",
        hint=f"tables: {', '.join(graph.tables)}",
    )


def _traced(
    lakehouse: Lakehouse,
    name: str,
    known: dict[Step, LineageEvent],
    start: Sequence[tuple[str, int]],
    direction: Direction,
) -> TraceAnswer:
    steps = trace(known, start, direction)
    versions = {(step.table, step.version) for step in steps} | set(start)
    files = [
        (table, version.number, tuple(f"{feed}/{path}" for path in paths_of(version)))
        for table, feed, version in _landed(lakehouse, {table for table, _ in versions})
        if (table, version.number) in versions
    ]
    return TraceAnswer(name, direction, steps, tuple(sorted(files)))


def _landed(lakehouse: Lakehouse, tables: set[str] | None = None) -> Iterator[tuple[str, str, Version]]:
    """Yield every version of a table that was made of files, with the feed of the files."""
    for job in lakehouse.registry.classes:
        feeds = [read.feed for read in job.declared_inputs().values() if isinstance(read, Files)]
        if not feeds or (tables is not None and job.name() not in tables):
            continue
        table = TableName.parse(job.name())
        for version in lakehouse.tables.store(table).history(table):
            if version.commit is not None and version.commit.files:
                yield str(table), feeds[0], version


def paths_of(version: Version) -> tuple[str, ...]:
    """Return the landing files that a version was made of, by their paths below the feed."""
    files = version.commit.files if version.commit else ()
    return tuple(_SIZE_AND_TAG.sub("", file) for file in files)


def _is_file(name: str, feed: str, path: str) -> bool:
    given, whole = name.rstrip("/"), f"{feed}/{path}"
    return given in {path, whole} or given.endswith(f"/{whole}")
