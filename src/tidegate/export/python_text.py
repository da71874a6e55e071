"""Python source for plain values, the same bytes for the same values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

_WIDTH = 100


@dataclass(frozen=True)
class Expression:
    """Source that is taken as it is, such as `timedelta(seconds=5)`."""

    source: str


Value: TypeAlias = "str | int | bool | Expression | Sequence[Value] | Mapping[str, Value] | None"


def literal(value: Value, indent: int = 0) -> str:
    """Return the source of a value; lists and mappings that do not fit a line are broken into lines.

    Args:
        value: The value.
        indent: Columns to the left of the line that it stands on.
    """
    if isinstance(value, Expression):
        return value.source
    if isinstance(value, str):
        return repr(value) if '"' in value or not value.isprintable() else json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        inner = [f"{literal(key)}: {literal(part, indent + 4)}" for key, part in value.items()]
        return _bracketed("{", inner, "}", indent)
    if isinstance(value, Sequence):
        return _bracketed("[", [literal(part, indent + 4) for part in value], "]", indent)
    return repr(value)


def call(name: str, arguments: Mapping[str, Value], indent: int = 0) -> str:
    """Return the source of a call with named arguments, each on a line.

    Args:
        name: What is called.
        arguments: The arguments by name.
        indent: Columns to the left of the line that it stands on.
    """
    space = " " * (indent + 4)
    lines = "".join(f"{space}{key}={literal(value, indent + 4)},\n" for key, value in arguments.items())
    return f"{name}(\n{lines}{' ' * indent})"


def _bracketed(start: str, parts: Sequence[str], end: str, indent: int) -> str:
    line = start + ", ".join(parts) + end
    if "\n" not in line and indent + len(line) <= _WIDTH:
        return line
    space = " " * (indent + 4)
    return start + "\n" + "".join(f"{space}{part},\n" for part in parts) + " " * indent + end
