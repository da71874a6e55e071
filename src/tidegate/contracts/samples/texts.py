"""Texts in which a regular expression is found, for the expressions that contracts usually have."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidegate.contracts.samples.chance import Chance

_CLASSES = {
    "d": string.digits,
    "w": string.ascii_letters + string.digits + "_",
    "s": " ",
    "D": string.ascii_letters,
    "W": " -.",
    "S": string.ascii_letters + string.digits,
}
_ANY = string.ascii_letters + string.digits
_PRINTABLE = "".join(chr(code) for code in range(32, 127))
_REPEAT = re.compile(r"(?:(?P<sign>[*+?])|\{(?P<least>\d+)(?P<comma>,)?(?P<most>\d+)?\})[?+]?")
_GROUP = re.compile(r"\?(?::|<\w+>)")
_MORE = 3
_LONGEST = 100


def text_like(pattern: str, chance: Chance) -> str | None:
    """Return a text in which a pattern should be found; None where the pattern is beyond what is understood here."""
    try:
        reader = _Reader(pattern, chance)
        found = reader.choice()
    except (IndexError, ValueError, RecursionError):
        return None
    return found if reader.is_done else None


class _Reader:
    """Reads a pattern from left to right and writes a text as it goes; a ValueError ends what it does not know."""

    def __init__(self, pattern: str, chance: Chance) -> None:
        self._pattern, self._chance, self._position = pattern, chance, 0

    @property
    def is_done(self) -> bool:
        return self._position == len(self._pattern)

    def choice(self) -> str:
        options = [self._sequence()]
        while self._accept("|"):
            options.append(self._sequence())
        return self._chance.one_of(options)

    def _sequence(self) -> str:
        parts: list[str] = []
        while not self.is_done and self._pattern[self._position] not in "|)":
            start = self._position
            part = self._atom()
            parts.append(self._repeated(part, start))
        return "".join(parts)

    def _repeated(self, part: str, start: int) -> str:
        found = _REPEAT.match(self._pattern, self._position)
        if found is None:
            return part
        end = found.end()
        if found["sign"]:
            least, most = {"*": (0, _MORE), "+": (1, _MORE), "?": (0, 1)}[found["sign"]]
        else:
            least = int(found["least"])
            most = int(found["most"]) if found["most"] else least + (_MORE if found["comma"] else 0)
        times = least + self._chance.below(most - least + 1)
        if times > _LONGEST:
            raise ValueError(self._pattern)
        parts = []
        for _ in range(times):
            self._position = start
            parts.append(self._atom())
        self._position = end
        return "".join(parts)

    def _atom(self) -> str:
        letter = self._next()
        readers: dict[str, Callable[[], str]] = {
            "\\": self._escape,
            "[": self._class,
            "(": self._group,
            ".": lambda: self._chance.one_of(_ANY),
            "^": str,
            "$": str,
        }
        if letter in "*+?{":
            raise ValueError(letter)
        return readers.get(letter, lambda: letter)()

    def _group(self) -> str:
        found = _GROUP.match(self._pattern, self._position)
        if found:
            self._position = found.end()
        elif self._pattern[self._position] == "?":
            raise ValueError(self._pattern)
        inner = self.choice()
        if not self._accept(")"):
            raise ValueError(self._pattern)
        return inner

    def _escape(self) -> str:
        letter = self._next()
        if letter in "AZz":
            return ""
        if letter in _CLASSES:
            return self._chance.one_of(_CLASSES[letter])
        if letter.isalnum():
            raise ValueError(letter)
        return letter

    def _class(self) -> str:
        is_negated = self._accept("^")
        allowed: list[str] = []
        while not (self._pattern[self._position] == "]" and allowed):
            allowed += self._range()
        self._position += 1
        if is_negated:
            return self._chance.one_of([letter for letter in _PRINTABLE if letter not in allowed])
        return self._chance.one_of(allowed)

    def _range(self) -> str:
        letter = self._next()
        if letter == "\\":
            letter = self._next()
            if letter in _CLASSES:
                return _CLASSES[letter]
            if letter.isalnum():
                raise ValueError(letter)
        if self._pattern[self._position] == "-" and self._pattern[self._position + 1] not in "]\\":
            self._position += 1
            last = self._next()
            return "".join(chr(code) for code in range(ord(letter), min(ord(last), ord(letter) + 127) + 1))
        return letter

    def _accept(self, wanted: str) -> bool:
        is_there = not self.is_done and self._pattern[self._position] == wanted
        self._position += is_there
        return is_there

    def _next(self) -> str:
        letter = self._pattern[self._position]
        self._position += 1
        return letter
