"""Lineage as text for people, as a diagram and as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.factory.render import table as text_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tidegate.factory.lineage import PlaceAnswer, TraceAnswer
    from tidegate.lineage.graph import Link, Place

MOST_FILES = 20


def render_place(answer: PlaceAnswer) -> str:
    """Return the ways from or to a table or a column as a tree, and beside it what decides on rows."""
    personal = set(answer.personal)
    lines = [_label(answer.place, personal), *_Tree(answer, personal).below(answer.place, "")]
    if not answer.links:
        lines.append("  (nothing)")
    if answer.deciding:
        lines += ["", "which rows there are is decided by:"]
        rows = [[str(link.target), str(link.source), _ways(link)] for link in answer.deciding]
        lines += text_table(["of", "by", "how"], rows, left=3)
    if answer.unknown:
        lines += ["", "not known:"]
        lines += [f"  {place if place.column else f'rows of {place}'}: {_said(why)}" for place, why in answer.unknown]
    return "\n".join(lines)


class _Tree:
    def __init__(self, answer: PlaceAnswer, personal: set[Place]) -> None:
        self._is_upstream = answer.direction == "upstream"
        self._personal = personal
        self._next: dict[Place, list[Link]] = {}
        for link in answer.links:
            self._next.setdefault(link.target if self._is_upstream else link.source, []).append(link)
        self._shown: set[Place] = {answer.place}

    def below(self, place: Place, indent: str) -> list[str]:
        """Return the lines below a place; what was shown before is not spelt out again."""
        lines = []
        links = self._next.get(place, [])
        for number, link in enumerate(links, start=1):
            there = link.source if self._is_upstream else link.target
            is_last = number == len(links)
            is_new = there not in self._shown
            self._shown.add(there)
            more = "" if is_new or there not in self._next else "  (see above)"
            how = f"  {_ways(link)}" if link.ways else ""
            lines.append(f"{indent}{'└─' if is_last else '├─'} {_label(there, self._personal)}{how}{more}")
            if is_new:
                lines += self.below(there, indent + ("   " if is_last else "│  "))
        return lines


def render_trace(answer: TraceAnswer) -> str:
    """Return the versions that rows went to, or came from, as a table."""
    word = "went on to" if answer.direction == "downstream" else "came from"
    lines = [f"{answer.name}: its rows {word}", ""]
    rows = [
        [
            step.table,
            str(step.version),
            "-" if step.batch is None else str(step.batch),
            f"{step.published:,}",
            step.at[:19],
            ", ".join(step.reads),
            step.run_id,
        ]
        for step in answer.steps
    ]
    lines += text_table(["table", "version", "batch", "published", "ended", "read", "run"], rows, left=1)
    seen = [step for step in answer.steps if step.before is not None]
    if seen:
        last = seen[-1]
        lines += ["", f"to see the rows: tidegate diff {last.table} {last.before} {last.version}"]
    for table, version, files in answer.files:
        lines += ["", f"files of {table} version {version}:", *(f"  {file}" for file in files[:MOST_FILES])]
        lines += [f"  and {len(files) - MOST_FILES:,} more"] if len(files) > MOST_FILES else []
    return "\n".join(lines)


def diagram(answer: PlaceAnswer) -> str:
    """Return the ways from or to a table or a column as a Mermaid flowchart."""
    places = dict.fromkeys((answer.place, *(end for link in answer.links for end in (link.source, link.target))))
    names = {place: f"n{number}" for number, place in enumerate(places)}
    personal = set(answer.personal)
    nodes = [f'  {names[place]}["{_escaped(_label(place, personal))}"]' for place in places]
    arrows = [
        f"  {names[link.source]} -->{f'|{_ways(link)}|' if link.ways else ''} {names[link.target]}"
        for link in answer.links
    ]
    return "\n".join(["flowchart LR", *nodes, *arrows])


def trace_diagram(answer: TraceAnswer) -> str:
    """Return the versions that rows went to, or came from, as a Mermaid flowchart in the order of time."""
    names = {(step.table, step.version): f"n{number}" for number, step in enumerate(answer.steps)}
    nodes = [f'  {name}["{_escaped(table)} version {version}"]' for (table, version), name in names.items()]
    arrows = [
        f"  {names[earlier.table, earlier.version]} --> {names[step.table, step.version]}"
        for step in answer.steps
        for earlier in answer.steps
        if any(read.split(" ")[0] == earlier.table for read in step.reads)
    ]
    return "\n".join(["flowchart LR", *nodes, *arrows])


def place_document(answer: PlaceAnswer) -> Mapping[str, object]:
    """Return an answer as a JSON document."""
    return {
        "name": str(answer.place),
        "direction": answer.direction,
        "links": [_link(link) for link in answer.links],
        "rows": [_link(link) for link in answer.deciding],
        "unknown": [{"place": str(place), "why": _said(why)} for place, why in answer.unknown],
        "personal": [str(place) for place in answer.personal],
    }


def _link(link: Link) -> Mapping[str, object]:
    return {
        "source": str(link.source),
        "target": str(link.target),
        "ways": list(link.ways),
        "masked": link.is_masked,
        "job": link.job,
        "run_id": link.run_id,
    }


def _label(place: Place, personal: Iterable[Place]) -> str:
    return f"{place} (personal)" if place in personal else str(place)


def ways_text(ways: Iterable[str], is_masked: bool) -> str:  # noqa: FBT001 - two facts of one column
    """Return how one column bears on another, in words."""
    words = ", ".join(way.lower().replace("_", " ") for way in ways)
    return f"{words}, masked" if is_masked else words


def _ways(link: Link) -> str:
    return ways_text(link.ways, link.is_masked)


def _said(why: str) -> str:
    return why.removeprefix("not known: ")


def _escaped(text: str) -> str:
    return text.replace('"', "#quot;")
