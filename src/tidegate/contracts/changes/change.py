"""Changes of a contract as values: what changed, how much it matters, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["breaking", "additive", "compatible"]
Audience: TypeAlias = Literal["readers", "writers"]
Kind: TypeAlias = Literal[
    "classification_changed",
    "column_added",
    "column_removed",
    "columns_reordered",
    "documentation_changed",
    "key_changed",
    "key_reordered",
    "protection_changed",
    "required_changed",
    "rule_added",
    "rule_changed",
    "rule_loosened",
    "rule_removed",
    "rule_renamed",
    "rule_tightened",
    "service_level_added",
    "service_level_changed",
    "service_level_removed",
    "type_changed",
    "type_widened",
    "wording_changed",
]

LEVELS: tuple[Level, ...] = ("breaking", "additive", "compatible")
EVERYBODY: tuple[Audience, ...] = ("readers", "writers")
READERS: tuple[Audience, ...] = ("readers",)
WRITERS: tuple[Audience, ...] = ("writers",)


@dataclass(frozen=True)
class Change:
    """One thing that changed.

    Attributes:
        kind: What happened; `docs/reference/contract-diff.md` lists the kinds.
        level: `breaking` somebody has to change something · `additive` there is more, or more is promised ·
            `compatible` what is published stays the same.
        concerns: Whom it matters to: those who read the table, those who write it, or both; nobody where empty.
        element: What changed, such as `column email` or `rule email_is_email`.
        text: What changed, in a few words.
        columns: Columns that it is about; empty where it is about the table.
        line: Line of the new document; None where it has none.
        old_line: Line of the old document; None where it has none.
        warning: What else may come of it; empty where nothing does.
    """

    kind: Kind
    level: Level
    concerns: tuple[Audience, ...]
    element: str
    text: str
    columns: tuple[str, ...] = ()
    line: int | None = None
    old_line: int | None = None
    warning: str = ""
