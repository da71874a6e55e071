"""A pipeline as a picture; needs the extra `dag`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.errors import MissingExtraError
from tidegate.pipeline.drawing import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.axes import Axes

    from tidegate.pipeline.drawing import Arrow, Drawing

_WIDTH, _HEIGHT = 3.2, 0.62  # inches for a job and the gap beside it
_DOTS = 150
_LEFT, _RIGHT = 1.45, 1.05  # from the place of a job to the sides of its box
_SWEEPS = 3  # how often columns are put in the order of what leads to them, and of what they lead to

# A job, or the place of an arrow from one job to another in a column between them.
Stop: TypeAlias = "str | tuple[str, str, int]"


def picture(drawing: Drawing, kind: Literal["svg", "png"]) -> bytes:
    """Return a drawing as a picture: from left to right, each job in a column after those that it needs.

    Args:
        drawing: The drawing.
        kind: Its format.

    Raises:
        MissingExtraError: networkx or matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context  # noqa: PLC0415 - an extra
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtraError("matplotlib", extra="dag", purpose="drawing a picture") from error
    routes = _routes(drawing)
    places = _places(drawing, routes.values())
    columns = 1 + max(node.level for node in drawing.nodes)
    rows = 1 + 2 * max(abs(y) for _, y in places.values()) / _HEIGHT
    # The same drawing is the same file: no random ids, no date.
    with rc_context({"svg.hashsalt": drawing.name, "svg.fonttype": "none"}):
        figure = Figure(figsize=(columns * _WIDTH, (rows + 1) * _HEIGHT))
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_xlim(-_WIDTH / 2, (columns - 0.5) * _WIDTH)
        axes.set_ylim(-(rows + 1) * _HEIGHT / 2, (rows + 1) * _HEIGHT / 2)
        axes.set_axis_off()
        _arrows(axes, routes, places)
        _boxes(axes, drawing, places)
        _words(axes, drawing)
        out = io.BytesIO()
        metadata: dict[str, str | None] = {"Date": None} if kind == "svg" else {}
        figure.savefig(out, format=kind, dpi=_DOTS, facecolor="white", metadata=metadata)
    return out.getvalue()


def _routes(drawing: Drawing) -> Mapping[Arrow, tuple[Stop, ...]]:
    """Return what each arrow passes: a stop of its own in every column between its two jobs."""
    level = {node.job: node.level for node in drawing.nodes}
    return {
        one: (
            one.before,
            *((one.before, one.after, between) for between in range(level[one.before] + 1, level[one.after])),
            one.after,
        )
        for one in drawing.arrows
    }


def _places(drawing: Drawing, routes: Iterable[tuple[Stop, ...]]) -> Mapping[Stop, tuple[float, float]]:
    """Return where each job and each stop of an arrow is, in inches: in its column, near what leads to it."""
    try:
        import networkx as nx  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("networkx", extra="dag", purpose="drawing a picture") from error
    graph = nx.DiGraph()
    graph.add_nodes_from(node.job for node in drawing.nodes)
    for route in routes:
        nx.add_path(graph, route)
    columns = [sorted(column, key=str) for column in nx.topological_generations(graph)]
    rows = {stop: place - len(column) / 2 for column in columns for place, stop in enumerate(column)}
    for neighbours in (graph.predecessors, graph.successors) * _SWEEPS:
        for column in columns if neighbours == graph.predecessors else reversed(columns):
            means = {stop: _mean([rows[other] for other in neighbours(stop)], rows[stop]) for stop in column}
            column.sort(key=lambda stop, means=means: (means[stop], str(stop)))  # type: ignore[misc]
            rows.update((stop, place - (len(column) - 1) / 2) for place, stop in enumerate(column))
    return {stop: (level * _WIDTH, -rows[stop] * _HEIGHT) for level, column in enumerate(columns) for stop in column}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _boxes(axes: Axes, drawing: Drawing, places: Mapping[Stop, tuple[float, float]]) -> None:
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415 - an extra

    for node in drawing.nodes:
        x, y = places[node.job]
        corner = (x - _LEFT + 0.05, y - 0.17)
        style = "round,pad=0.05,rounding_size=0.08"
        fill = STATUSES[node.status][0]
        axes.add_patch(
            FancyBboxPatch(
                corner, _LEFT + _RIGHT - 0.1, 0.34, boxstyle=style, facecolor=fill, edgecolor="#616161", zorder=2
            )
        )
        axes.text(x - 0.2, y, node.job, ha="center", va="center", fontsize=9, color="#212121", zorder=3)


def _arrows(axes: Axes, routes: Mapping[Arrow, tuple[Stop, ...]], places: Mapping[Stop, tuple[float, float]]) -> None:
    from matplotlib.patches import FancyArrowPatch  # noqa: PLC0415 - an extra
    from matplotlib.path import Path  # noqa: PLC0415

    for one, route in routes.items():
        points = [(places[route[0]][0] + _RIGHT, places[route[0]][1])]
        codes = [Path.MOVETO]
        for stop in route[1:]:
            (x0, y0), (x1, y1) = points[-1], places[stop]
            middle = (x0 + x1 - _LEFT) / 2
            points += [(middle, y0), (middle, y1), (x1 - _LEFT, y1)]
            codes += [Path.CURVE4] * 3
            if stop != route[-1]:
                points.append((x1 + _RIGHT, y1))
                codes.append(Path.LINETO)
        line = "--" if one.kind == "refers" else "-"
        path = Path(points, codes)
        axes.add_patch(
            FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=9, color="#757575", linestyle=line, zorder=1)
        )


def _words(axes: Axes, drawing: Drawing) -> None:
    from matplotlib.patches import Patch  # noqa: PLC0415 - an extra

    axes.text(0.01, 0.98, drawing.title, transform=axes.transAxes, ha="left", va="top", fontsize=11, color="#212121")
    used = dict.fromkeys(node.status for node in drawing.nodes)
    patches = [Patch(facecolor=STATUSES[one][0], edgecolor="#616161", label=STATUSES[one][1]) for one in used]
    axes.legend(
        handles=patches, loc="lower left", bbox_to_anchor=(0.0, 0.0), ncols=len(patches), frameon=False, fontsize=8
    )
