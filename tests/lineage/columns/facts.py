"""A derivation as the plain model writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.lineage.columns.algebra import Facts

    from tidegate.model.column_lineage import Derivation


def facts(derivation: Derivation) -> Facts:
    assert derivation.unknown == ()
    return frozenset((one.source, one.column, one.subtype, one.is_masked) for one in derivation.influences)
