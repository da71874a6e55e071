"""How influences add up along the way from an input to a column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tidegate.model.column_lineage import DIRECT, Derivation, Influence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidegate.model.column_lineage import Direct, Indirect


@dataclass(frozen=True)
class Flow:
    """What some values are derived from, as it adds up.

    Attributes:
        influences: Everything that is known to bear on them.
        unknown: What stands in the way of knowing all of it.
    """

    influences: frozenset[Influence] = frozenset()
    unknown: frozenset[str] = frozenset()

    def through(self, step: Direct, *, is_masking: bool = False) -> Flow:
        """Return what the result of a step over these values is derived from.

        A value that was changed once is never the same again, and one that was masked stays masked. What bears on the
        values indirectly bears on the result in the same way.
        """
        return replace(self, influences=frozenset(_changed(one, step, is_masking) for one in self.influences))

    def deciding(self, way: Indirect) -> Flow:
        """Return what these values bear on what they decide: all of it indirectly, in one way."""
        return replace(self, influences=frozenset(replace(one, subtype=way) for one in self.influences))

    def unless_known(self, reason: str) -> Flow:
        """Return the same with a reason why it may not be all."""
        return replace(self, unknown=self.unknown | {reason})

    def derivation(self) -> Derivation:
        """Return it as a report keeps it."""
        return Derivation(tuple(sorted(self.influences)), tuple(sorted(self.unknown)))


NOTHING = Flow()


def identity(source: str, column: str) -> Flow:
    """Return the flow of a column of an input, as it is."""
    return Flow(frozenset((Influence(source, column, "IDENTITY"),)))


def together(flows: Iterable[Flow]) -> Flow:
    """Return what values are derived from that any of these bears on."""
    parts = list(flows)
    if len(parts) == 1:
        return parts[0]
    return Flow(
        frozenset().union(*(part.influences for part in parts)), frozenset().union(*(part.unknown for part in parts))
    )


def _changed(one: Influence, step: Direct, is_masking: bool) -> Influence:  # noqa: FBT001 - a private step of through
    is_masked = one.is_masked or is_masking
    if not one.is_direct:
        return replace(one, is_masked=is_masked)
    return Influence(one.source, one.column, max(one.subtype, step, key=DIRECT.index), is_masked)
