"""The rules of a gate, each with its place in the mask that says which rules a row failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.rules.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidegate.contracts.rules.kind import Kind
    from tidegate.model.contracts import Rule

FAILED = "_failed"
RANK = "_rank"
KNOWN = "_known"
BITS = 63  # of a signed 64-bit integer, its sign left alone


@dataclass(frozen=True)
class Check:
    """A rule and its place.

    Attributes:
        rule: The rule.
        kind: Its kind.
        index: Its position among the rules of the gate.
        bit: Its bit, counted over all words of the mask; None where it is about the whole batch.
    """

    rule: Rule
    kind: Kind
    index: int
    bit: int | None

    @property
    def is_blocking(self) -> bool:
        """Whether a row that fails it is set aside."""
        return self.rule.severity in {"error", "fatal"}

    @property
    def keeps_nulls_out(self) -> bool:
        """Whether no null of its column is published: it asks that of every row, and sets those aside that fail."""
        return self.rule.kind == "not_null" and self.is_blocking and self.rule.where is None

    @property
    def word(self) -> int:
        """The word of the mask that its bit is in."""
        return (self.bit or 0) // BITS

    @property
    def mask(self) -> int:
        """The value of its bit within its word."""
        return 1 << ((self.bit or 0) % BITS)


def lay_out(rules: Iterable[Rule]) -> tuple[Check, ...]:
    """Return the rules with their places; rules about rows get their bits in order."""
    checks: list[Check] = []
    bits = 0
    for index, rule in enumerate(rules):
        kind = KINDS[rule.kind]
        checks.append(Check(rule, kind, index, bits if kind.fails else None))
        bits += kind.fails is not None
    return tuple(checks)


def word_name(word: int) -> str:
    """Return the column of a word of the mask: `_failed`, `_failed_1` and so on."""
    return f"{FAILED}_{word}" if word else FAILED
