"""Numbers that look random and are the same on every machine and in every version of Python."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

Item = TypeVar("Item")


class Chance:
    """Draws from what a seed says; two of the same seed draw alike."""

    def __init__(self, seed: str) -> None:
        """Start anew."""
        self._seed, self._drawn = seed, 0

    def below(self, end: int) -> int:
        """Return a whole number from 0 to just below an end."""
        self._drawn += 1
        digest = hashlib.sha256(f"{self._seed}/{self._drawn}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % end

    def one_of(self, items: Sequence[Item]) -> Item:
        """Return one of some items."""
        return items[self.below(len(items))]
