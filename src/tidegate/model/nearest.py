"""What somebody may have meant by a name that does not exist."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest_name(name: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """Return the known name most like the one given, in any case of letters; None where none is alike.

    Args:
        name: The name given.
        known: The names there are.
        likeness: How alike two names have to be, from 0 to 1.
    """
    by_lower = {other.lower(): other for other in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=likeness)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str], *, likeness: float = 0.6) -> str:
    """Return the end of a message that names the known name most like the one given; empty where none is alike."""
    nearest = nearest_name(name, known, likeness=likeness)
    return f"; did you mean {nearest}?" if nearest else ""


def names_there_are(name: str, known: Iterable[str], what: str) -> str:
    """Return a hint with the known name most like the one given, if one is alike, and all of them.

    Args:
        name: The name given.
        known: The names there are, in the order in which they are told.
        what: What they are called, such as `jobs`.
    """
    known = tuple(known)
    nearest = nearest_name(name, known)
    return (f"did you mean {nearest}? " if nearest else "") + f"{what}: {', '.join(known) or 'none'}"
