"""What a text looks like, as far as the type of its value goes: each text looks like one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

# Patterns of a text without spaces around it; no text has two of these looks, and one that has none is words.
LOOKS: Mapping[str, str] = {
    "number": r"\A[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\z",
    "boolean": r"\A(?:[tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|[yY][eE][sS]|[nN][oO])\z",
    "date": rf"\A{_DAY}\z",
    "timestamp": rf"\A{_DAY}[T ][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]+)?)?(?:Z|[-+][0-9]{{2}}:?[0-9]{{2}})?\z",
}
