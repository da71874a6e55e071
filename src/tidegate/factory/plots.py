"""Small drawings of how a number went over time, in SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.factory.html import Markup, element

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WIDTH, _HEIGHT, _MARGIN = 240, 60, 4
_SIDE_BY_SIDE = "display:inline-block;margin:.6rem 1.2rem .6rem 0;vertical-align:top;width:17rem"
_WHOLE = 1000  # from here on a fraction says nothing


def plot(title: str, times: Sequence[float], values: Sequence[float]) -> Markup:
    """Return a line of values over time, with a caption that says the newest, the range and how many there are.

    Args:
        title: What the numbers are.
        times: When each was measured, in seconds, not falling; at least one.
        values: The numbers, one per time.
    """
    places = [*_places(times, values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    told = f"{title}: {_shown(values[-1])} (from {_shown(min(values))} to {_shown(max(values))}, {len(values)} runs)"
    drawn = element(
        "svg",
        element("polyline", points=line, fill="none", stroke="currentColor"),
        element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="3", fill="currentColor"),
        **{"width": str(_WIDTH), "height": str(_HEIGHT), "role": "img", "aria-label": told},
    )
    return element("figure", drawn, element("figcaption", told, kind="soft"), style=_SIDE_BY_SIDE)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value:.4g}"


def _places(times: Sequence[float], values: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Give the place of each point: time goes to the right, value up; what does not move is a line in the middle."""
    for time, value in zip(times, values, strict=True):
        along = (time - times[0]) / (times[-1] - times[0]) if times[-1] > times[0] else 1.0
        up = (value - min(values)) / (max(values) - min(values)) if max(values) > min(values) else 0.5
        yield _MARGIN + along * (_WIDTH - 2 * _MARGIN), _HEIGHT - _MARGIN - up * (_HEIGHT - 2 * _MARGIN)
