"""A drawing of what a run read and wrote: feeds and tables from left to right, in SVG."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, TypeAlias

from tidegate.factory.html import Markup, element
from tidegate.factory.render import status_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tidegate.model.reports import RunReport, RunStatus

_WIDTH, _HEIGHT, _ACROSS, _DOWN = 200, 34, 36, 14  # of a box, and between boxes, in pixels
_FITS = 29  # characters in a box
_Cell: TypeAlias = "tuple[int, str]"  # a column, and who stands or passes there
KINDS: Mapping[RunStatus, str] = {
    "succeeded": "good",
    "nothing_new": "soft",
    "failed": "bad",
    "refused": "bad",
    "skipped": "odd",
    "partial": "odd",
}


@dataclass(frozen=True)
class RunGraph:
    """What depends on what.

    Attributes:
        kinds: Per box, how it is coloured; feeds and tables that no job of the run writes have no colour.
        told: Per box, what is said of it.
        edges: From a box to one that is made from it.
    """

    kinds: Mapping[str, str]
    told: Mapping[str, str]
    edges: frozenset[tuple[str, str]]


def graph_of(reports: Sequence[RunReport], earlier: Iterable[RunReport] = ()) -> RunGraph:
    """Return the graph of a run.

    Args:
        reports: The records of its jobs.
        earlier: Records of earlier runs, newest first: they say what a job reads that did not come to read this time.
    """
    writers = {report.output.table if report.output else report.job: report.job for report in reports}
    kinds = {report.job: KINDS[report.status] for report in reports}
    told = {report.job: f"{report.job}: {status_text(report.status)}" for report in reports}
    known = {report.job: report.inputs for report in reversed([*reports, *earlier]) if report.inputs}
    edges = set()
    for report in reports:
        for read in known.get(report.job, ()):
            source = writers.get(read.table, read.table)
            if read.kind in {"files", "database"}:
                source = f"{read.table} ({read.format or read.kind})"
            if source != report.job:
                edges.add((source, report.job))
    for source in sorted({source for source, _ in edges}):
        kinds.setdefault(source, "")
        told.setdefault(source, source)
    return RunGraph(kinds, told, frozenset(edges))


def draw_graph(graph: RunGraph) -> Markup:
    """Return the graph as boxes and lines; the longest way to a box says how far to the right it stands.

    A line that passes a column goes through a row of its own there, not through a box.
    """
    depths = _depths(graph)
    ways = {edge: _way(*edge, depths) for edge in sorted(graph.edges)}
    places = _places([(depth, name) for name, depth in depths.items()], [*ways.values()])
    lines = [_line(places[cell], places[after]) for way in ways.values() for cell, after in pairwise(way)]
    lines += [_through(places[cell]) for way in ways.values() for cell in way[1:-1]]
    boxes = (_box(name, places[depth, name], graph) for name, depth in depths.items())
    told = f"{len(graph.kinds)} feeds and tables, {len(graph.edges)} dependencies"
    size = {
        "width": str(max((x + _WIDTH for x, _ in places.values()), default=0)),
        "height": str(max((y + _HEIGHT for _, y in places.values()), default=0)),
    }
    drawn = element("svg", *lines, *boxes, **{**size, "role": "img", "aria-label": told})
    return element("div", drawn, kind="scroll")


def _way(source: str, target: str, depths: Mapping[str, int]) -> list[_Cell]:
    """Return the cells that a line goes through; in the columns that it passes they are named like its source."""
    return [*((depth, source) for depth in range(depths[source], depths[target])), (depths[target], target)]


def _places(boxes: Sequence[_Cell], ways: Sequence[Sequence[_Cell]]) -> dict[_Cell, tuple[int, int]]:
    """Return where each cell begins; a cell stands about as low as those that lead to it."""
    before: dict[_Cell, list[_Cell]] = {}
    for way in ways:
        for cell, after in pairwise(way):
            before.setdefault(after, []).append(cell)
    cells = [*dict.fromkeys([*boxes, *(cell for way in ways for cell in way)])]
    rows: dict[_Cell, int] = {}
    for depth in sorted({depth for depth, _ in cells}):
        column = [cell for cell in cells if cell[0] == depth]
        lowness = {cell: fmean(rows[one] for one in before.get(cell, ())) for cell in column if cell in before}
        rows |= {cell: row for row, cell in enumerate(sorted(column, key=lambda cell: lowness.get(cell, 0)))}
    return {cell: (cell[0] * (_WIDTH + _ACROSS), row * (_HEIGHT + _DOWN)) for cell, row in rows.items()}


def _depths(graph: RunGraph) -> dict[str, int]:
    """Return the length of the longest way to each box; a circle, which no run has, ends after a step per box."""
    depths = dict.fromkeys(graph.kinds, 0)
    for _ in depths:
        deeper = {target: depths[source] + 1 for source, target in graph.edges if depths[source] >= depths[target]}
        if not deeper:
            break
        depths |= deeper
    return depths


def _box(name: str, place: tuple[int, int], graph: RunGraph) -> Markup:
    x, y = place
    short = name if len(name) <= _FITS else name[: _FITS - 1] + "…"
    frame = element(
        "rect",
        x=str(x + 1),
        y=str(y + 1),
        width=str(_WIDTH - 2),
        height=str(_HEIGHT - 2),
        rx="6",
        **{"fill": "none", "stroke": "currentColor", "stroke-width": "1.5"},
    )
    text = element("text", short, **{"x": str(x + 10), "y": str(y + 21), "fill": "currentColor", "font-size": "12"})
    return element("g", element("title", graph.told[name]), frame, text, kind=graph.kinds[name])


def _line(source: tuple[int, int], target: tuple[int, int]) -> Markup:
    x, y = source[0] + _WIDTH, source[1] + _HEIGHT // 2
    to_x, to_y = target[0], target[1] + _HEIGHT // 2
    bend = _ACROSS // 2
    return _path(f"M{x},{y} C{x + bend},{y} {to_x - bend},{to_y} {to_x},{to_y}")


def _through(place: tuple[int, int]) -> Markup:
    return _path(f"M{place[0]},{place[1] + _HEIGHT // 2} h{_WIDTH}")


def _path(drawn: str) -> Markup:
    return element("path", d=drawn, fill="none", stroke="#8889")
