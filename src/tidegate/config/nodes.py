"""Values that know who gave them: what files, variables and options say, laid over each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tidegate.storage.yaml_documents import YamlDocument, YamlValue

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Node:
    """A value and its origin.

    Attributes:
        value: A scalar, a list or a mapping of nodes.
        origin: The file with line and column, the variable or the option that gave it.
    """

    value: str | int | float | bool | list[Node] | dict[str, Node] | None
    origin: str

    def plain(self) -> YamlValue:
        """Return the value without origins."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def under(self, other: Node) -> Node:
        """Return this node with another laid over it: mappings key by key, anything else as a whole."""
        if not isinstance(self.value, dict) or not isinstance(other.value, dict):
            return other
        merged = dict(self.value)
        for key, node in other.value.items():
            merged[key] = merged[key].under(node) if key in merged else node
        return Node(merged, self.origin)

    def origin_of(self, path: Path) -> str:
        """Return the origin of the node at a path, or of the nearest node around it."""
        node = self
        for step in path:
            below = node.child(step)
            if below is None:
                break
            node = below
        return node.origin

    def child(self, step: str | int) -> Node | None:
        """Return the node one step below, or None where there is none."""
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None


def of_document(document: YamlDocument) -> Node:
    """Return what a document says, each value with its file, line and column."""

    def located(value: YamlValue, path: Path) -> Node:
        origin = f"{document.location}:{document.line(path)}:{document.column(path)}"
        if isinstance(value, dict):
            return Node({key: located(item, (*path, key)) for key, item in value.items()}, origin)
        if isinstance(value, list):
            return Node([located(item, (*path, position)) for position, item in enumerate(value)], origin)
        return Node(value, origin)

    return located(document.value, ())


def of_value(value: YamlValue, origin: str) -> Node:
    """Return a value all of which has one origin."""
    if isinstance(value, Mapping):
        return Node({key: of_value(item, origin) for key, item in value.items()}, origin)
    if isinstance(value, list):
        return Node([of_value(item, origin) for item in value], origin)
    return Node(value, origin)


def at_path(path: Sequence[str], node: Node) -> Node:
    """Return a mapping that holds a node at a path."""
    for key in reversed(path):
        node = Node({key: node}, node.origin)
    return node
