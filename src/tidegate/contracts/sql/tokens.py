"""Words of the rule language: an SQL expression cut into tokens, and texts that every Spark reads alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

TokenKind: TypeAlias = Literal["word", "column", "text", "number", "sign", "end"]

MAX_TOKENS = 1_000

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)(?!\w)
    |(?P<word>[A-Za-z_]\w*)
    |`(?P<column>(?:[^`]|``)+)`
    |'(?P<text>(?:[^'\\]|\\.|'')*)'
    |(?P<sign><=>|<>|!=|<=|>=|==|\|\||-(?!-)|[+*/%=<>(),.])
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t", "r": "\r", "%": "\\%", "_": "\\_"}
_ESCAPED = re.compile(r"\\(.)|''", re.DOTALL)
_PLAIN = re.compile(r"[^'\"\\]*")
_SIGNIFICANT_DIGITS = 38


class ExpressionError(ValueError):
    """An expression that a rule may not be; the message says what is wrong and what is allowed."""


@dataclass(frozen=True)
class Token:
    """A token of an expression.

    Attributes:
        kind: `word` for a keyword, function or column, `column` for a name in backticks, `text` for a literal.
        value: The word in lower case, the name, the literal's content, the digits or the sign.
        shown: The token as it was written.
    """

    kind: TokenKind
    value: str
    shown: str


def tokenize(text: str) -> Cursor:
    """Return the first place in an expression.

    Raises:
        ExpressionError: There is something in it that no expression holds, such as a comment, a semicolon or `"`.
    """
    tokens: list[Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise ExpressionError(
                f"{text[position : position + 10].strip()!r} cannot be read; texts stand in '…', names in `…`"
            )
        tokens.append(_token(found))
        position = found.end()
        if len(tokens) > MAX_TOKENS:
            raise ExpressionError(f"it is longer than {MAX_TOKENS} words; split it into several rules")
    return Cursor([*tokens, Token("end", "", "the end")])


def sql_text(value: str) -> str:
    """Return a literal of that content, whatever the session says about escapes and double quotes."""
    return f"'{value}'" if _PLAIN.fullmatch(value) else f"CAST(X'{value.encode().hex()}' AS STRING)"


class Cursor:
    """A place among tokens, which moves on as they are taken."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        """Stand at the first token; the last one is of kind `end`, and is never passed."""
        self._tokens = tokens
        self._position = 0

    @property
    def token(self) -> Token:
        """The token at this place."""
        return self._tokens[self._position]

    def take(self) -> Token:
        """Return the token at this place and move on."""
        token = self.token
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return token

    def accept(self, wanted: str) -> bool:
        """Move on past a keyword or a sign; return whether it was there."""
        is_there = self.token.kind in {"word", "sign"} and self.token.value.lower() == wanted
        if is_there:
            self.take()
        return is_there

    def expect(self, wanted: str) -> None:
        """Move on past a keyword or a sign.

        Raises:
            ExpressionError: Something else is there.
        """
        if not self.accept(wanted):
            raise ExpressionError(f"{wanted.upper()} is expected before {self.token.shown!r}")

    def text(self, after: str) -> str:
        """Return the literal text at this place and move on.

        Raises:
            ExpressionError: Something else is there.
        """
        token = self.take()
        if token.kind != "text":
            raise ExpressionError(f"{after} takes a text in '…', so that it can be checked now")
        return token.value

    def end(self) -> None:
        """Check that nothing is left.

        Raises:
            ExpressionError: Something is.
        """
        if self.token.kind != "end":
            raise ExpressionError(f"{self.token.shown!r} is not expected there")


def _token(found: re.Match[str]) -> Token:
    shown = found[0].strip()
    if found["word"]:
        return Token("word", found["word"], shown)
    if found["column"]:
        return Token("column", found["column"].replace("``", "`"), shown)
    if found["text"] is not None:
        return Token("text", _ESCAPED.sub(_unescaped, found["text"]), shown)
    if found["number"]:
        if len(re.sub(r"[eE].*|\.", "", found["number"]).lstrip("0")) > _SIGNIFICANT_DIGITS:
            raise ExpressionError(f"a number has more than {_SIGNIFICANT_DIGITS} digits")
        return Token("number", found["number"], shown)
    return Token("sign", found["sign"], shown)


def _unescaped(found: re.Match[str]) -> str:
    if found[1] is None:
        return "'"
    if found[1] not in _ESCAPES:
        raise ExpressionError(f"\\{found[1]} is not an escape; write \\\\ for a backslash in a text")
    return _ESCAPES[found[1]]
