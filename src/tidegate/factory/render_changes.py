"""What changed of a contract, as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.changes.change import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.contracts.changes.change import Change
    from tidegate.contracts.changes.documents import Comparison
    from tidegate.factory.consumers import Consumer
    from tidegate.factory.diffing import DiffedContract


def render_changes(found: DiffedContract) -> str:
    """Return the changes by how much they matter, each with its place, then whom they concern, then the version."""
    compared = found.comparison
    lines = [f"{compared.new.table}: {_counts(compared)}"]
    for level in LEVELS:
        members = [change for change in compared.changes if change.level == level]
        if members:
            lines += ["", f"{level.title()}:"]
            lines += [line for change in members for line in _lines(change, compared)]
    if found.consumers:
        lines += ["", "Concerned:"]
        lines += [line for consumer in found.consumers for line in _consumer(consumer)]
    return "\n".join([*lines, "", _version(compared)])


def _counts(compared: Comparison) -> str:
    counts = {level: sum(change.level == level for change in compared.changes) for level in LEVELS}
    return ", ".join(f"{count} {level}" for level, count in counts.items() if count) or "no change"


def _lines(change: Change, compared: Comparison) -> Iterator[str]:
    document, line = compared.new.location, change.line
    if line is None and change.old_line is not None:
        document, line = compared.old.location, change.old_line
    place = f"{document}:{line}" if line else document
    concerns = f" [{', '.join(change.concerns)}]" if change.concerns and change.level != "compatible" else ""
    yield f"  {place}: {change.text}{concerns}"
    if change.warning:
        yield f"    note: {change.warning}"


def _consumer(consumer: Consumer) -> Iterator[str]:
    elements = ", ".join(dict.fromkeys(change.element for change in consumer.changes))
    worst = consumer.changes[0].level
    yield f"  {consumer.kind} {consumer.name} ({consumer.relation} it), {worst}: {elements}"
    yield f"    {consumer.how}"


def _version(compared: Comparison) -> str:
    old, new, needed = compared.old.version, compared.new.version, compared.needed
    if compared.step == "none":
        return f"Version {new}: nothing calls for another one than {old}."
    asked = f"The changes call for a {compared.step} version"
    if needed is None or compared.is_version_enough is None:
        return f"{asked}; {old} → {new} cannot be compared, as a version is three numbers such as 1.2.0."
    verdict = "goes that far" if compared.is_version_enough else "DOES NOT go that far"
    return f"{asked}: {needed} at least, after {old}. The new document's {new} {verdict}."
