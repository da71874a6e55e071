"""A proposal as a document of the Open Data Contract Standard, each part below the reason for it. No Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from tidegate.contracts.types import parse_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.contracts.profiling.proposal import Proposal, ProposedColumn, ProposedRule
    from tidegate.model.contracts import Argument, Scalar

_LOGICAL = {
    "array": "array",
    "boolean": "boolean",
    "date": "date",
    "string": "string",
    "struct": "object",
    "timestamp": "date",
}
_WHOLE = frozenset({"tinyint", "smallint", "int", "bigint"})


def odcs(proposal: Proposal, *, table: str, source: str, rows: int) -> str:
    """Return a proposal as YAML, version 3.0.2 of the standard.

    Args:
        proposal: The proposal.
        table: Name of the dataset.
        source: What the data are called.
        rows: Rows of the data.
    """
    lines = [
        f"# Proposed by `tidegate profile` from {rows:,} rows of {_plain(source)}.",
        "# A line that begins with # says why the next one is there. What held so far need not be what is meant:",
        "# read it, describe the columns, and make rules of severity warn errors where they are to hold.",
        *(f"# Left out: the column {_plain(name)}, as {why}." for name, why in proposal.left_out.items()),
        *(f"# Does not hold: {_plain(text)}." for text in proposal.dropped),
        "apiVersion: v3.0.2",
        "kind: DataContract",
        f"id: {_quoted(table)}",
        f"name: {_quoted(table)}",
        "version: 0.1.0",
        "status: draft",
        "schema:",
        f"  - name: {_quoted(table)}",
        "    logicalType: object",
        "    physicalType: table",
        "    properties:",
    ]
    for column in proposal.columns:
        lines += [f"      {line}" for line in _property(column, proposal)]
    if proposal.rules:
        lines.append("    quality:")
        lines += [f"      {line}" for rule in proposal.rules for line in _rule(rule, is_table=True)]
    return "\n".join(lines) + "\n"


def _property(column: ProposedColumn, proposal: Proposal) -> Iterator[str]:
    kind = parse_type(column.type)
    logical = ("integer" if kind.name in _WHOLE else "number") if kind.family == "number" else _LOGICAL.get(kind.family)
    yield f"- name: {_quoted(column.name)}"
    if logical:
        yield f"  logicalType: {logical}"
    yield f"  # {_plain(column.reasons['type'])}"
    yield f"  physicalType: {_quoted(column.type)}"
    if column.is_required:
        yield f"  # {_plain(column.reasons['required'])}"
        yield "  required: true"
    if column.name in proposal.key:
        yield f"  # {_plain(proposal.key_reason)}"
        yield "  primaryKey: true"
        yield f"  primaryKeyPosition: {proposal.key.index(column.name) + 1}"
    if column.classification:
        yield f"  # {_plain(column.reasons['classification'])}"
        yield f"  classification: {_quoted(column.classification)}"
    if column.rules:
        yield "  quality:"
        for rule in column.rules:
            yield from (f"    {line}" for line in _rule(rule, is_table=False))


def _rule(rule: ProposedRule, *, is_table: bool) -> Iterator[str]:
    columns = {"columns": rule.columns} if is_table and rule.columns else {}
    told: dict[str, Argument] = {"rule": rule.kind, **columns, **rule.arguments}
    yield f"- description: {_quoted(rule.reason)}"
    yield "  type: custom"
    yield "  engine: tidegate"
    yield f"  severity: {rule.severity}"
    yield "  implementation:"
    yield from (f"    {name}: {_argument(value)}" for name, value in told.items())


def _argument(value: Argument) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_scalar, value))}]"
    return _scalar(value)


def _scalar(value: Scalar) -> str:
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    """Return a text as a YAML scalar in double quotes, on one line."""
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf")).strip()


def _plain(text: str) -> str:
    """Return a text that can stand in a comment: on one line, and without signs that YAML refuses."""
    return "".join(character if character.isprintable() else " " for character in text)
