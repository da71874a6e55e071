"""YAML as plain values that remember their lines: for contracts and settings, which people write and mistype.

YAML is read as version 1.2 reads it: only `true` and `false` are booleans (`no` is the text `no`), numbers are decimal,
and dates stay text. Whatever is ambiguous (a key given twice) or dangerous (tags, aliases that multiply) is a problem
with its line, never a guess. A message quotes keys and never values, since a value may be a secret.
"""

from __future__ import annotations

import re
from contextlib import suppress
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
# What the parser quotes may be a value, unless it is `'<scalar>'` or a single character, perhaps escaped.
_QUOTED = re.compile(r"(?<=\s)'(?!\\.')[^'<][^']+'")
_NO_TAGS = "a tag (!…) is not allowed here; put text that starts with ! in quotes"
_START = yaml.Mark("", 0, 0, 0, None, 0)


@dataclass(frozen=True, order=True)
class Problem:
    """Something in a document that has to be mended.

    Attributes:
        line: Line in the document, from 1.
        text: What is wrong, and what is allowed.
        column: Column in the line, from 1.
    """

    line: int
    text: str
    column: int = 1


@dataclass(frozen=True)
class YamlDocument:
    """A document, its lines, and what is wrong with it.

    Attributes:
        location: Where it was read from, for messages.
        value: The content; None where it cannot be read at all.
        lines: Line of every mapping entry (its key) and list item, by path.
        columns: Its column, likewise.
        problems: What is wrong with it as YAML; empty where it is fine.
    """

    location: str
    value: YamlValue = None
    lines: Mapping[Path, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    columns: Mapping[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Return the line of the entry at a path, or of the nearest entry around it."""
        return self.lines.get(self._nearest(path), 1)

    def column(self, path: Path) -> int:
        """Return the column of the entry at a path, or of the nearest entry around it."""
        return self.columns.get(self._nearest(path), 1)

    def _nearest(self, path: Path) -> Path:
        while path and path not in self.lines:
            path = path[:-1]
        return path


def parse_yaml(data: bytes, location: str) -> YamlDocument:
    """Return the one document that the bytes hold; an empty one has the value None.

    Args:
        data: The bytes, UTF-8.
        location: Where they come from, for messages.
    """
    try:
        text = data.decode("utf-8-sig")
        root = _composed(text)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - before.rfind(b"\n")
        return YamlDocument(location, problems=(Problem(before.count(b"\n") + 1, "the document is not UTF-8", column),))
    except yaml.YAMLError as error:
        return YamlDocument(location, problems=(_as_problem(error),))
    reader = _Reader()
    value = reader.read(root, ()) if root else None
    return YamlDocument(location, value, reader.lines, tuple(sorted(set(reader.problems))), reader.columns)


def parse_scalar(text: str) -> YamlValue:
    """Return the value that a plain text stands for where it is a whole scalar: nothing in it is YAML's punctuation."""
    kind = next((kind for kind, pattern, _ in _CORE if re.fullmatch(pattern, text)), "str")
    reader = _Reader()
    value = reader.read(yaml.ScalarNode(_TAG + kind, text, _START, _START), ())
    return text if reader.problems else value


def _composed(text: str) -> yaml.Node | None:
    """Return the document's node: by libyaml, ten times faster; where that fails, by PyYAML's parser: it says why."""
    if _FastLoader is not None:
        with suppress(yaml.YAMLError):
            return _composed_by(_FastLoader, text)
    return _composed_by(_Loader, text)


def _composed_by(loader: type[yaml.SafeLoader], text: str) -> yaml.Node | None:
    """Return the document's node; nesting that nobody writes by hand is stopped before anything recurses into it."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            mark = event.start_mark or _START
            raise _DepthError(mark.line, mark.column)
    return yaml.compose(text, Loader=loader)


def _as_problem(error: yaml.YAMLError) -> Problem:
    if not isinstance(error, yaml.MarkedYAMLError):
        return Problem(1, "not valid YAML: it holds a character that is not allowed")
    mark = error.problem_mark or error.context_mark or _START
    said = _QUOTED.sub("'…'", error.problem or error.context or "it cannot be read")
    return Problem(mark.line + 1, f"not valid YAML: {said}", mark.column + 1)


class _DepthError(yaml.MarkedYAMLError):
    def __init__(self, line: int, column: int) -> None:
        mark = yaml.Mark("", 0, line, column, None, 0)
        super().__init__(problem=f"nested more than {MAX_DEPTH} levels deep", problem_mark=mark)


class _Loader(yaml.SafeLoader):
    """Composes nodes with the scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way


for _name, _pattern, _first in _CORE:
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"(?:{_pattern})\\Z"), list(_first) or [""])

_FastLoader: type[yaml.SafeLoader] | None = None
if yaml.__with_libyaml__:
    _FastLoader = type("_FastLoader", (yaml.CSafeLoader,), {"yaml_implicit_resolvers": _Loader.yaml_implicit_resolvers})


class _Reader:
    """Turns nodes into values, and gathers lines and problems on the way."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.columns: dict[Path, int] = {}
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
            return self._problem(node, _NO_TAGS)
        values: list[YamlValue] = []
        for position, item in enumerate(node.value):
            if self._nodes > MAX_NODES:
                break
            values.append(self.read(item, self._placed(item, (*path, position))))
        return values

    def _mapping(self, node: yaml.Node, path: Path) -> YamlValue:
        if node.tag != f"{_TAG}map":
            return self._problem(node, _NO_TAGS)
        values: dict[str, YamlValue] = {}
        for key, item in node.value:
            if self._nodes > MAX_NODES:
                break
            name = self._key(key, values, path)
            if name is not None:
                values[name] = self.read(item, self._placed(key, (*path, name)))
        return values

    def _placed(self, node: yaml.Node, path: Path) -> Path:
        self.lines[path] = node.start_mark.line + 1
        self.columns[path] = node.start_mark.column + 1
        return path

    def _key(self, key: yaml.Node, values: dict[str, YamlValue], path: Path) -> str | None:
        if not isinstance(key, yaml.ScalarNode) or key.tag != f"{_TAG}str":
            self._problem(key, "a key must be text; put it in quotes")
            return None
        name = self._whole(key, key.value)
        if name in values:
            first = self.lines.get((*path, name))
            self._problem(key, f"the key {name!r} is given twice, first on line {first}")
            return None
        return name

    def _scalar(self, node: yaml.ScalarNode) -> YamlValue:
        kind = node.tag.removeprefix(_TAG)
        text: str = node.value
        try:
            if kind == "int":
                return int(text, 0) if text[:2] in {"0x", "0o"} else int(text)
            if kind == "float":
                return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            return self._problem(node, "what is tagged as a number is not one")
        if kind == "bool":
            return text.lower() == "true"
        if kind == "null":
            return None
        return self._whole(node, text) if kind == "str" else self._problem(node, _NO_TAGS)

    def _whole(self, node: yaml.ScalarNode, text: str) -> str | None:
        """Return a text; JSON escapes a character beyond the first 65,536 as two halves, which are put together."""
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._problem(node, "half of a character is escaped without its other half")
            return None

    def _problem(self, node: yaml.Node, text: str) -> YamlValue:
        self.problems.append(Problem(node.start_mark.line + 1, text, node.start_mark.column + 1))
        return None
