"""Spark SQL types as values: read from the text of a contract, compared, and written back. No Spark needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Family: TypeAlias = Literal["number", "string", "boolean", "date", "timestamp", "binary", "array", "map", "struct"]

FAMILIES: dict[str, Family] = {
    "tinyint": "number",
    "smallint": "number",
    "int": "number",
    "bigint": "number",
    "float": "number",
    "double": "number",
    "decimal": "number",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp_ntz": "timestamp",
    "binary": "binary",
    "array": "array",
    "map": "map",
    "struct": "struct",
}

_SYNONYMS = {
    "bool": "boolean",
    "byte": "tinyint",
    "bytea": "binary",
    "blob": "binary",
    "bytes": "binary",
    "char": "string",
    "character": "string",
    "datetime": "timestamp",
    "dec": "decimal",
    "float4": "float",
    "float8": "double",
    "int2": "smallint",
    "int4": "int",
    "int64": "bigint",
    "int8": "bigint",
    "integer": "int",
    "json": "string",
    "long": "bigint",
    "nchar": "string",
    "number": "decimal",
    "numeric": "decimal",
    "nvarchar": "string",
    "real": "float",
    "short": "smallint",
    "text": "string",
    "timestamp_ltz": "timestamp",
    "timestamptz": "timestamp",
    "uuid": "string",
    "varbinary": "binary",
    "varchar": "string",
}
_ALLOWED = ", ".join(name for name in FAMILIES if name not in {"decimal", "array", "map", "struct"})
ALLOWED_TYPES = f"{_ALLOWED}, decimal(p,s), array<t>, map<k,v>, struct<name:t,…>"

MAX_PRECISION = 38
_DEFAULT_DECIMAL = (10, 0)
_MAX_DEPTH = 50
_TOKEN = re.compile(r"\s*(?:(?P<word>\w+)|`(?P<quoted>(?:[^`]|``)+)`|(?P<sign>[<>(),:]))")
_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class SparkType:
    """A Spark SQL type.

    Attributes:
        name: Its name, such as `bigint` or `array`.
        numbers: Precision and scale of a decimal; empty for all others.
        parts: The types that it is made of, each with its name: `element` of an array, `key` and `value` of a map, the
            fields of a struct.
    """

    name: str
    numbers: tuple[int, ...] = ()
    parts: tuple[tuple[str, SparkType], ...] = ()

    @property
    def family(self) -> Family:
        """The kind of values: types of one family can be compared with each other."""
        return FAMILIES[self.name]

    @property
    def has_nan(self) -> bool:
        """Whether a value can be NaN."""
        return self.name in {"float", "double"}

    @property
    def has_map(self) -> bool:
        """Whether it is or holds a map, which Spark can neither compare nor sort."""
        return self.name == "map" or any(part.has_map for _, part in self.parts)

    def __str__(self) -> str:
        """Return the type in DDL form."""
        if self.name == "struct":
            return f"struct<{','.join(f'{_field(name)}:{part}' for name, part in self.parts)}>"
        if self.parts:
            return f"{self.name}<{','.join(str(part) for _, part in self.parts)}>"
        return f"{self.name}({','.join(map(str, self.numbers))})" if self.numbers else self.name


def parse_type(text: str) -> SparkType:
    """Return the type that a text means; names of other databases are understood where Spark has the same type.

    Lengths of texts (`varchar(20)`) are dropped, as Spark keeps texts of any length.

    Raises:
        ValueError: The text is not a type; the message says what is allowed.
    """
    tokens = _tokens(text)
    parser = _Parser(tokens)
    try:
        found = parser.type()
    except (IndexError, RecursionError):
        found = None
    if found is None or parser.position != len(tokens):
        raise ValueError(f"{text!r} is not a Spark SQL type; allowed are {ALLOWED_TYPES}")
    return found


def quoted(name: str) -> str:
    """Return a column's name as Spark SQL reads it whatever it is made of."""
    return f"`{name.replace('`', '``')}`"


def is_simple(name: str) -> bool:
    """Return whether a column's name is a plain word, so that Spark SQL reads it without backticks."""
    return _SIMPLE.fullmatch(name) is not None


def _field(name: str) -> str:
    return name if is_simple(name) else quoted(name)


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            return []
        quoted_name = found["quoted"]
        tokens.append(f"`{quoted_name.replace('``', '`')}" if quoted_name else found["word"] or found["sign"])
        position = found.end()
    return tokens


class _Parser:
    """Reads tokens from left to right; an unknown name or a missing token ends it with None or an IndexError."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._depth = 0
        self.position = 0

    def type(self) -> SparkType | None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            return None
        word = self._next().lower()
        name = _SYNONYMS.get(word, word)
        found = self._parsed(name, word) if name in FAMILIES else None
        self._depth -= 1
        return found

    def _parsed(self, name: str, word: str) -> SparkType | None:
        if name in {"array", "map", "struct"}:
            return self._nested(name)
        if name == "double" and self._peek().lower() == "precision":
            self._next()
        numbers = self._numbers()
        if numbers is None:
            return None
        if name == "decimal":
            return _decimal(numbers)
        is_sized = word in {"varchar", "char", "character", "nchar", "nvarchar", "varbinary"}
        return SparkType(name) if not numbers or (is_sized and len(numbers) == 1) else None

    def _nested(self, name: str) -> SparkType | None:
        if self._next() != "<":
            return None
        wanted = {"array": ("element",), "map": ("key", "value")}.get(name)
        parts: list[tuple[str, SparkType]] = []
        while True:
            label = wanted[len(parts)] if wanted and len(parts) < len(wanted) else self._label()
            part = self.type()
            if part is None:
                return None
            parts.append((label, part))
            sign = self._next()
            if sign == ">":
                break
            if sign != ",":
                return None
        is_complete = len(parts) == len(wanted) if wanted else len({label for label, _ in parts}) == len(parts)
        return SparkType(name, parts=tuple(parts)) if is_complete else None

    def _label(self) -> str:
        label = self._next().removeprefix("`")
        if self._peek() == ":":
            self._next()
        return label

    def _numbers(self) -> tuple[int, ...] | None:
        if self._peek() != "(":
            return ()
        self._next()
        numbers: list[int] = []
        while True:
            digits = self._next()
            if not digits.isdecimal() or len(digits) > len(str(2**63)):
                return None
            numbers.append(int(digits))
            sign = self._next()
            if sign == ")":
                return tuple(numbers)
            if sign != ",":
                return None

    def _peek(self) -> str:
        return self._tokens[self.position] if self.position < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._tokens[self.position]
        self.position += 1
        return token


def _decimal(numbers: tuple[int, ...]) -> SparkType | None:
    precision, scale = {0: _DEFAULT_DECIMAL, 1: (*numbers, 0)}.get(len(numbers), numbers)[:2]
    if len(numbers) > len(_DEFAULT_DECIMAL) or not 1 <= precision <= MAX_PRECISION or scale > precision:
        return None
    return SparkType("decimal", (precision, scale))
