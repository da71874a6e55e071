"""The shapes of texts: letters become A or a, digits 9, all else stays. No Spark."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from tidegate.contracts.profiling.statistics import TEXT_LENGTH, weighted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CLASSES = {"9": "[0-9]", "A": "[A-Z]", "a": "[a-z]"}
# A pattern says something only where texts have a digit or a sign in them, and there are some of them.
_LEAST_TEXTS = 20


def shape_of(text: str) -> str:
    """Return the shape of a text: `A-9999` for `Q-1234`. What is cut off at the end is told by `…`."""
    shape = "".join(map(_sign, text[:TEXT_LENGTH]))
    return f"{shape}…" if len(text) >= TEXT_LENGTH else shape


def top_shapes(texts: Sequence[str | None], weights: Sequence[float], count: int) -> tuple[tuple[str, float], ...]:
    """Return the most frequent shapes, each with its share (0 to 1) of the texts.

    Args:
        texts: The texts; null is none.
        weights: How many texts each stands for.
        count: The most shapes to return.
    """
    return weighted([None if text is None else shape_of(text) for text in texts], weights, count)


def pattern_of(texts: Iterable[str]) -> str | None:
    """Return the regular expression of the one shape that all texts have; None where they have none in common.

    Texts have a shape in common when they are equal but for which letter or digit stands where; or, where their lengths
    differ, but for how many of them stand in a row. A shape of letters alone is none: it would be true of any word.

    Args:
        texts: The different texts.
    """
    known = sorted(set(texts))
    is_plain = all(text and text.isascii() and text.isprintable() and len(text) < TEXT_LENGTH for text in known)
    if len(known) < _LEAST_TEXTS or not is_plain:
        return None
    for make in (_exact, _loose):
        patterns = {make(shape_of(text)) for text in known}
        if len(patterns) == 1:
            (pattern,) = patterns
            return f"^{pattern}$" if _tells(shape_of(known[0])) else None
    return None


def _sign(character: str) -> str:
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return "9" if character.isdigit() else character


def _exact(shape: str) -> str:
    return "".join(_repeated(sign, len([*run])) for sign, run in groupby(shape))


def _loose(shape: str) -> str:
    return "".join(f"{_CLASSES[sign]}+" if sign in _CLASSES else _literal(sign) for sign, _ in _runs(shape))


def _runs(shape: str) -> list[tuple[str, int]]:
    """Return the shape's signs, with those that stand for several in a row as one; others as often as they stand."""
    runs: list[tuple[str, int]] = []
    for sign, run in groupby(shape):
        length = len([*run])
        runs += [(sign, length)] if sign in _CLASSES else [(sign, 1)] * length
    return runs


def _repeated(sign: str, times: int) -> str:
    one = _CLASSES.get(sign) or _literal(sign)
    return one if times == 1 else f"{one}{{{times}}}"


def _literal(sign: str) -> str:
    return re.escape(sign) if not sign.isspace() else "[ ]"


def _tells(shape: str) -> bool:
    return not shape.isalpha()
