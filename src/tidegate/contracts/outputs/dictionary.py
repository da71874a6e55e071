"""Contracts as pages for people: what tables there are, what their columns mean, and what holds for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tidegate.contracts.outputs.artefacts import NOTE
from tidegate.contracts.rules.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidegate.model.contracts import Column, Contract, Party, Rule, ServiceLevel

_CODE = re.compile(r"[\w .,:()<>-]+", re.ASCII)
_SPECIAL = re.compile(r"[\\`*{}\[\]#]|(?<!\w)_|_(?!\w)")
_START = re.compile(r"^(\d*)([-+.)])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}


def layer_page(layer: str, contracts: Sequence[Contract]) -> str:
    """Return the page of a layer in Markdown; the order of the contracts makes no difference.

    Args:
        layer: Name of the layer.
        contracts: The contracts of its tables.
    """
    ordered = sorted(contracts, key=lambda contract: contract.table)
    lines = [f"<!-- {NOTE} -->", "", f"# Tables of {layer}", ""]
    for contract in ordered:
        lines += _table(contract)
    return "\n".join(lines).rstrip("\n") + "\n"


def _table(contract: Contract) -> Iterator[str]:
    yield from (f"## {contract.table}", "")
    yield from _paragraph(contract.description)
    yield from _paragraph(contract.details.usage)
    if contract.details.limitations:
        yield from _paragraph(f"Limits: {contract.details.limitations}")
    yield from _grid(["", ""], _facts(contract))
    yield from _grid(["column", "type", "meaning", "required", "class", "tags"], map(_column, contract.columns))
    yield from _grid(["rule", "what fails", "severity", "scope"], map(_rule, contract.rules))
    yield from _grid(["service level", "value", "measured by", "meaning"], map(_level, contract.details.service_levels))
    for heading, parties in (
        ("team", contract.details.team),
        ("role", contract.details.roles),
        ("server", contract.details.servers),
    ):
        yield from _grid([heading, "", "meaning"], map(_party, parties))


def _facts(contract: Contract) -> Iterator[list[str]]:
    details = contract.details
    for name, value in (
        ("version", contract.version),
        ("status", details.status),
        ("owner", contract.owner or ""),
        ("domain", details.domain),
        ("tags", ", ".join(details.tags)),
    ):
        if value:
            yield [name, _plain(value)]
    if contract.min_score is not None:
        yield ["least score", f"{contract.min_score:.2%}"]
    if contract.primary_key:
        yield ["key", ", ".join(map(_code, contract.primary_key))]
    for key in contract.foreign_keys:
        columns, references = (", ".join(map(_code, names)) for names in (key.columns, key.references))
        yield ["refers to", f"{columns} → {_code(str(key.table))} ({references})"]


def _column(column: Column) -> list[str]:
    meaning = ": ".join(filter(None, [column.business_name, column.description]))
    required = "yes" if column.required else ""
    name, type_ = _code(column.name), _code(column.type)
    return [name, type_, _plain(meaning), required, _plain(column.classification or ""), _plain(", ".join(column.tags))]


def _rule(rule: Rule) -> list[str]:
    says = f"{', '.join(rule.columns)} {KINDS[rule.kind].says(rule)}".strip()
    says += f", where {rule.where}" if rule.where else ""
    told = f"{rule.description} ({says})" if rule.description else says
    limits = [f"at most {rule.max_failed} rows"] if rule.max_failed is not None else []
    limits += [f"at most {rule.max_failed_share:.2%}"] if rule.max_failed_share is not None else []
    return [_code(rule.id), _plain(told), _plain(", ".join([rule.severity, *limits])), rule.scope]


def _level(level: ServiceLevel) -> list[str]:
    amount = f"{'' if level.value is None else level.value} {level.unit}".strip()
    return [_plain(level.property), _plain(amount), _plain(level.element), _plain(level.description)]


def _party(party: Party) -> list[str]:
    return [_plain(party.name), _plain(party.kind), _plain(party.description)]


def _paragraph(text: str) -> list[str]:
    return [_START.sub(r"\1\\\2", _plain(text)), ""] if text else []


def _grid(headings: Sequence[str], rows: Iterator[list[str]]) -> list[str]:
    """Return a table without the columns that no row fills, and nothing at all where there are no rows."""
    cells = [*rows]
    if not cells:
        return []
    filled = [place for place in range(len(headings)) if any(row[place] for row in cells)]
    kept = [[row[place] for place in filled] for row in [list(headings), ["---"] * len(headings), *cells]]
    return [*("| " + " | ".join(row) + " |" for row in kept), ""]


def _code(text: str) -> str:
    return f"`{text}`" if _CODE.fullmatch(text) and text == text.strip() else _plain(text)


def _plain(text: str) -> str:
    """Return a text on one line that Markdown shows as it is."""
    line = _SPECIAL.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))
    return "".join(_ENTITIES.get(letter, letter) for letter in line)
