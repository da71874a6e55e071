"""Pages for people: one HTML file each, without scripts, fonts or pictures from elsewhere, so that it can be mailed."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STYLE = """
:root { color-scheme: light dark; --line: #8885; --soft: #8881; --good: #1a7f37; --odd: #9a6700; --bad: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --odd: #d29922; --bad: #f85149; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .25rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { font-weight: 600; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td { overflow-wrap: anywhere; } table.facts { width: auto; } table.facts th { padding-left: 0; }
.good { color: var(--good); } .odd { color: var(--odd); } .bad { color: var(--bad); } .status { font-weight: 600; }
.soft { opacity: .7; } code { font-family: ui-monospace, monospace; font-size: .92em; }
.bar { background: var(--soft); display: inline-block; height: .55rem; vertical-align: middle; width: 5rem; }
.bar span { background: var(--bad); display: block; height: 100%; }
@media print { body { margin: 0; max-width: none; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Markup(str):
    """Text that is HTML already; any other text is escaped where it is put into a page."""

    __slots__ = ()


def element(tag: str, *children: str, kind: str = "", **attributes: str) -> Markup:
    """Return an element; children that are not markup are escaped.

    Args:
        tag: Its name.
        children: What is in it.
        kind: Its class.
        attributes: Other attributes; their values are escaped.
    """
    given = {**({"class": kind} if kind else {}), **attributes}
    opened = "".join(f' {name}="{html.escape(value)}"' for name, value in given.items())
    return Markup(f"<{tag}{opened}>{''.join(map(_escaped, children))}</{tag}>")


def joined(children: Iterable[str]) -> Markup:
    """Return parts one after the other, each escaped where it is not markup."""
    return Markup("".join(map(_escaped, children)))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> Markup:
    """Return a table.

    Args:
        head: What is over the columns.
        rows: The rows.
        numbers: Positions of the columns that hold numbers, which are flush right.
    """

    def line(tag: str, cells: Sequence[str]) -> Markup:
        kinds = ["number" if place in numbers else "" for place in range(len(cells))]
        return element("tr", *(element(tag, cell, kind=kind) for cell, kind in zip(cells, kinds, strict=True)))

    body = element("tbody", *(line("td", row) for row in rows))
    return element("div", element("table", element("thead", line("th", head)), body), kind="scroll")


def facts(named: Iterable[tuple[str, str]]) -> Markup:
    """Return a table of facts, each with its name before it."""
    rows = (element("tr", element("th", name, scope="row"), element("td", fact)) for name, fact in named)
    return element("table", element("tbody", *rows), kind="facts")


def bar(share: float) -> Markup:
    """Return a bar that is filled as far as a share (0 to 1) goes; a share above 0 is always seen."""
    width = max(2.0, 100 * share) if share else 0.0
    return element("span", element("span", style=f"width:{width:.0f}%"), kind="bar")


def page(title: str, *parts: str) -> str:
    """Return a page that needs nothing but itself.

    Args:
        title: Its title.
        parts: What is on it; parts that are not markup are escaped.
    """
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{element('title', title)}<style>{_STYLE}</style>"
    )
    body = "\n".join(map(_escaped, parts))
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'


def _escaped(text: str) -> str:
    return text if isinstance(text, Markup) else html.escape(text)
