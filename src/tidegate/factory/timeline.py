"""A drawing of when each job of a run was at work, and at which step, in SVG."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tidegate.factory.html import Markup, element, joined
from tidegate.factory.render import status_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidegate.model.reports import RunReport

_NAMES, _BARS, _ROW, _BAR = 230, 640, 24, 14  # widths and heights in pixels
_LEAST = 1.5  # so that the shortest step is seen
_COLOURS = ("#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#eeca3b", "#b279a2", "#9d755d")


def timeline(reports: Sequence[RunReport]) -> Markup:
    """Return a row per job that was at work: its bar lies where its time lies, cut by steps, which a legend names.

    Args:
        reports: The jobs' records, from top to bottom.
    """
    shown = [report for report in reports if report.seconds.get("total")]
    if not shown:
        return Markup("")
    start = min(map(_start, shown))
    span = max(_start(report) + report.seconds["total"] - start for report in shown)
    colours = dict(zip(dict.fromkeys(step for report in shown for step, _ in _steps(report)), _endless(), strict=False))
    rows = (_row(number, report, start, _BARS / span, colours) for number, report in enumerate(shown))
    told = f"{len(shown)} jobs in {span:.1f} seconds"
    drawn = element(
        "svg",
        *rows,
        **{"width": str(_NAMES + _BARS), "height": str(_ROW * len(shown)), "role": "img", "aria-label": told},
    )
    legend = (
        element("span", element("span", "■ ", style=f"color:{colour}"), step, "  ") for step, colour in colours.items()
    )
    return joined([element("div", drawn, kind="scroll"), element("p", *legend, kind="soft")])


def _row(number: int, report: RunReport, start: float, scale: float, colours: dict[str, str]) -> Markup:
    top = number * _ROW
    at, end = _start(report) - start, _start(report) - start + report.seconds["total"]
    told = f"{report.job}: {status_text(report.status)}, from {at:.1f} s to {end:.1f} s"
    bars = [_bar(at * scale, report.seconds["total"] * scale, top, "#8886")]
    for step, seconds in _steps(report):
        bars.append(_bar(at * scale, seconds * scale, top, colours[step], f"{report.job}: {step} {seconds:.2f} s"))
        at += seconds
    name = element("text", report.job, **{"x": "0", "y": f"{top + _BAR}", "fill": "currentColor", "font-size": "13"})
    return element("g", element("title", told), name, *bars)


def _bar(left: float, width: float, top: int, colour: str, told: str = "") -> Markup:
    return element(
        "rect",
        *([element("title", told)] if told else []),
        x=f"{_NAMES + left:.1f}",
        y=f"{top + 3}",
        width=f"{max(width, _LEAST):.1f}",
        height=f"{_BAR}",
        fill=colour,
    )


def _steps(report: RunReport) -> list[tuple[str, float]]:
    """Return the steps with their seconds; a part of a step (`build.parse`) is in its step."""
    return [(step, seconds) for step, seconds in report.seconds.items() if step != "total" and "." not in step]


def _start(report: RunReport) -> float:
    return datetime.fromisoformat(report.started_at).timestamp()


def _endless() -> Iterator[str]:
    while True:
        yield from _COLOURS
