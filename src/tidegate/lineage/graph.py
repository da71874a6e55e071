"""Tables and columns, and what leads from one to another, by the newest events of each. No Spark, no client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tidegate.lineage.history import LineageEvent
    from tidegate.lineage.made_of import DatasetUse, FieldUse

Direction: TypeAlias = Literal["upstream", "downstream"]


@dataclass(frozen=True, order=True)
class Place:
    """A table, or one column of it.

    Attributes:
        table: The table; for files, the address of the feed.
        column: The column; empty for the table as a whole.
    """

    table: str
    column: str = ""

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.table}.{self.column}" if self.column else self.table


@dataclass(frozen=True, order=True)
class Link:
    """One place bears on another.

    Attributes:
        source: What bears.
        target: On what.
        job: The job that makes it so.
        run_id: The newest run that did.
        ways: How, in OpenLineage's words; empty between tables.
        is_masked: Whether the values of the source cannot be told from the target.
    """

    source: Place
    target: Place
    job: str
    run_id: str
    ways: tuple[str, ...] = ()
    is_masked: bool = False


@dataclass(frozen=True)
class Graph:
    """What is known of tables and columns.

    Attributes:
        links: Between columns, and between tables.
        deciding: Per table, the links from columns that decide which rows it has.
        columns: Per table, its columns as they were made last.
        personal: Columns that hold personal data.
        unknown: What is not known of a column, or of the rows of a table.
    """

    links: frozenset[Link]
    deciding: Mapping[str, tuple[Link, ...]]
    columns: Mapping[str, tuple[str, ...]]
    personal: frozenset[Place]
    unknown: Mapping[Place, str]

    def has(self, place: Place) -> bool:
        """Return whether any event names a place."""
        decided = (link for links in self.deciding.values() for link in links)
        is_made = place.column in self.columns.get(place.table, ())
        return is_made or any(place in {link.source, link.target} for link in (*self.links, *decided))

    @property
    def tables(self) -> tuple[str, ...]:
        """All tables that an event names, sorted."""
        return tuple(sorted({place.table for link in self.links for place in (link.source, link.target)}))

    def next(self, place: Place, direction: Direction) -> tuple[Link, ...]:
        """Return the links that lead on from a place, sorted.

        What decides which rows a table has bears on all of the table, so it is on the ways downstream. On the ways
        upstream it is not: `deciding` has it.
        """
        if direction == "upstream":
            return tuple(sorted(link for link in self.links if link.target == place))
        decided = (link for links in self.deciding.values() for link in links)
        return tuple(sorted(link for link in (*self.links, *decided) if link.source == place))

    def reach(self, place: Place, direction: Direction) -> tuple[Link, ...]:
        """Return every link on the ways that lead on from a place, nearest first."""
        found: dict[Link, None] = {}
        seen, waiting = {place}, [place]
        while waiting:
            for link in self.next(waiting.pop(0), direction):
                found[link] = None
                there = link.source if direction == "upstream" else link.target
                if there not in seen:
                    seen.add(there)
                    waiting.append(there)
        return tuple(found)


def build_graph(events: Iterable[LineageEvent], *, until: str | None = None) -> Graph:
    """Return what the newest run of each job that completed says of the tables that it wrote.

    Args:
        events: The events, in any order.
        until: A moment (ISO 8601, UTC): what came after it does not count. None takes all.
    """
    known = [event for event in events if event.state == "COMPLETE" and event.outputs]
    tables = {(use.namespace, use.name): use.table for event in known for use in (*event.inputs, *event.outputs)}
    newest: dict[tuple[str, str], tuple[LineageEvent, DatasetUse]] = {}
    for event in sorted(known, key=lambda one: (one.at, one.run_id)):
        if until is None or event.at <= until:
            newest.update({(event.job, use.table): (event, use) for use in event.outputs})
    makings = list(newest.values())
    return Graph(
        links=frozenset(link for event, use in makings for link in _links(event, use, tables)),
        deciding={use.table: tuple(_deciding(event, use, tables)) for event, use in makings},
        columns={use.table: tuple(use.made_of.columns) for _, use in makings if use.made_of},
        personal=frozenset(Place(use.table, column) for _, use in makings for column in use.personal),
        unknown={
            Place(use.table, column): said
            for _, use in makings
            for column, said in (use.made_of.unknown.items() if use.made_of else ())
        },
    )


def _links(event: LineageEvent, use: DatasetUse, tables: Mapping[tuple[str, str], str]) -> Iterator[Link]:
    made = use.made_of
    fields = [(Place(use.table, column), one) for column, ones in made.columns.items() for one in ones] if made else []
    links = [_link(event, field, target, tables) for target, field in fields]
    yield from links
    sources = {link.source.table for link in (*links, *_deciding(event, use, tables))}
    if made is None or made.unknown or not sources:  # any table that was read may be among what it is made of
        sources |= {one.table for one in event.inputs}
    for source in sources - {use.table}:
        yield Link(Place(source), Place(use.table), event.job, event.run_id)


def _deciding(event: LineageEvent, use: DatasetUse, tables: Mapping[tuple[str, str], str]) -> Iterator[Link]:
    for field in use.made_of.rows if use.made_of else ():
        yield _link(event, field, Place(use.table), tables)


def _link(event: LineageEvent, field: FieldUse, target: Place, tables: Mapping[tuple[str, str], str]) -> Link:
    source = Place(tables.get((field.namespace, field.name), field.name), field.column)
    return Link(source, target, event.job, event.run_id, field.ways, field.is_masked)
