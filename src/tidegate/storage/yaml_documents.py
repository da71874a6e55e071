"""YAML as plain values that remember their lines: for contracts and settings, which people write and mistype.

YAML is read as version 1.2 reads it: only `true` and `false` are booleans (`no` is the text `no`), numbers are decimal,
and dates stay text. Whatever is ambiguous (a key given twice) or dangerous (tags, aliases that multiply) is a problem
with its line, never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

YamlValue: TypeAlias = "str | int | float | bool | list[YamlValue] | dict[str, YamlValue] | None"
Path: TypeAlias = tuple[str | int, ...]

MAX_NODES = 500_000
MAX_DEPTH = 100

_CORE: tuple[tuple[str, str, str], ...] = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("null", r"~|null|Null|NULL", "~nN"),
    ("null", r"", ""),
)
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, order=True)
class Problem:
    """Something in a document that has to be mended.

    Attributes:
        line: Line in the document, from 1.
        text: What is wrong, and what is allowed.
    """

    line: int
    text: str


@dataclass(frozen=True)
class YamlDocument:
    """A document, its lines, and what is wrong with it.

    Attributes:
        location: Where it was read from, for messages.
        value: The content; None where it cannot be read at all.
        lines: Line of every mapping entry (its key) and list item, by path.
        problems: What is wrong with it as YAML; empty where it is fine.
    """

    location: str
    value: YamlValue = None
    lines: Mapping[Path, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line(self, path: Path) -> int:
        """Return the line of the entry at a path, or of the nearest entry around it."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return self.lines.get(known, 1)


def parse_yaml(data: bytes, location: str) -> YamlDocument:
    """Return the one document that the bytes hold; an empty one has the value None.

    Args:
        data: The bytes, UTF-8.
        location: Where they come from, for messages.
    """
    try:
        root = yaml.compose(data.decode("utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return YamlDocument(location, problems=(Problem(line, "the document is not UTF-8"),))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        text = f"not valid YAML: {error.problem or error.context}"
        return YamlDocument(location, problems=(Problem(mark.line + 1 if mark else 1, text),))
    except yaml.YAMLError as error:
        return YamlDocument(location, problems=(Problem(1, f"not valid YAML: {str(error).splitlines()[0]}"),))
    reader = _Reader()
    value = reader.read(root, ()) if root else None
    return YamlDocument(location, value, reader.lines, tuple(sorted(set(reader.problems))))


class _Loader(yaml.SafeLoader):
    """Composes nodes with the scalars of YAML 1.2, and stops at nesting that nobody writes by hand."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Return the next node.

        Raises:
            yaml.composer.ComposerError: It lies too deep.
        """
        self._depth += 1
        if self._depth > MAX_DEPTH:
            mark = self.get_mark()
            raise yaml.composer.ComposerError(None, None, f"nested more than {MAX_DEPTH} levels deep", mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


for _name, _pattern, _first in _CORE:
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"(?:{_pattern})\\Z"), list(_first) or [""])


class _Reader:
    """Turns nodes into values, and gathers lines and problems on the way."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self._nodes = 0
        self._open: set[int] = set()

    def read(self, node: yaml.Node, path: Path) -> YamlValue:
        """Return the value of a node."""
        self._nodes += 1
        if id(node) in self._open:
            return self._problem(node, "an alias refers to what it is part of")
        if self._nodes > MAX_NODES:
            return self._problem(node, f"aliases make this document larger than {MAX_NODES} values")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        self._open.add(id(node))
        try:
            return self._sequence(node, path) if isinstance(node, yaml.SequenceNode) else self._mapping(node, path)
        finally:
            self._open.remove(id(node))

    def _sequence(self, node: yaml.SequenceNode, path: Path) -> YamlValue:
        if node.tag != f"{_TAG}seq":
            return self._problem(node, f"the tag {node.tag} is not allowed")
        values: list[YamlValue] = []
        for position, item in enumerate(node.value):
            if self._nodes > MAX_NODES:
                break
            self.lines[(*path, position)] = item.start_mark.line + 1
            values.append(self.read(item, (*path, position)))
        return values

    def _mapping(self, node: yaml.Node, path: Path) -> YamlValue:
        if node.tag != f"{_TAG}map":
            return self._problem(node, f"the tag {node.tag} is not allowed")
        values: dict[str, YamlValue] = {}
        for key, item in node.value:
            if self._nodes > MAX_NODES:
                break
            name = self._key(key, values, path)
            if name is not None:
                self.lines[(*path, name)] = key.start_mark.line + 1
                values[name] = self.read(item, (*path, name))
        return values

    def _key(self, key: yaml.Node, values: dict[str, YamlValue], path: Path) -> str | None:
        if not isinstance(key, yaml.ScalarNode) or key.tag != f"{_TAG}str":
            self._problem(key, "a key must be text; put it in quotes")
            return None
        if key.value in values:
            self._problem(key, f"the key {key.value!r} is given twice, first on line {self.lines[(*path, key.value)]}")
            return None
        return str(key.value)

    def _scalar(self, node: yaml.ScalarNode) -> YamlValue:
        kind = node.tag.removeprefix(_TAG)
        text: str = node.value
        try:
            if kind == "int":
                return int(text, 0) if text[:2] in {"0x", "0o"} else int(text)
            if kind == "float":
                return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            return self._problem(node, f"{text[:40]!r} is not a number")
        if kind == "bool":
            return text.lower() == "true"
        if kind == "null":
            return None
        return text if kind == "str" else self._problem(node, f"the tag {node.tag} is not allowed")

    def _problem(self, node: yaml.Node, text: str) -> YamlValue:
        self.problems.append(Problem(node.start_mark.line + 1, text))
        return None
