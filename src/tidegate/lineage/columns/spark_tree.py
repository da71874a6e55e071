"""Spark's analysed plan as a tree, from the JSON that Spark writes of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True)
class Node:
    """A relation or an expression of a plan.

    Attributes:
        kind: Name of its class, without the package.
        fields: What Spark says of it. Trees among it, such as a list of expressions, are lists of nodes in preorder.
        children: Its children.
    """

    kind: str
    fields: Mapping[str, Json]
    children: tuple[Node, ...]

    @property
    def name(self) -> str:
        """The name of a named expression; empty for any other."""
        name = self.fields.get("name")
        return name if isinstance(name, str) else ""

    @property
    def id(self) -> int | None:
        """The number by which Spark knows a named expression; None for any other."""
        number = self.fields.get("exprId")
        value = number.get("id") if isinstance(number, dict) else None
        return value if isinstance(value, int) else None

    def one(self, field: str) -> Node | None:
        """Return the tree that a field holds; None where there is none."""
        found = self.fields.get(field)
        return _tree(found) if isinstance(found, list) and found else None

    def many(self, field: str) -> tuple[Node, ...]:
        """Return the trees that a field holds a list of."""
        found = self.fields.get(field)
        return tuple(_tree(one) for one in found if isinstance(one, list)) if isinstance(found, list) else ()

    def has(self, field: str) -> bool:
        """Return whether Spark says anything of that name."""
        return field in self.fields


def read_plan(text: str) -> Node:
    """Return the plan that Spark wrote as JSON.

    Raises:
        ValueError: It is not the JSON of a plan.
    """
    document: Json = json.loads(text)
    if not isinstance(document, list) or not document:
        raise ValueError("not a plan")
    return _tree(document)


def _tree(nodes: list[Json]) -> Node:
    return _next(iter(nodes))


def _next(nodes: Iterator[Json]) -> Node:
    """Return the tree that begins with the next node; its children follow it."""
    fields = next(nodes, None)
    if not isinstance(fields, dict):
        raise ValueError("not a node of a plan")  # noqa: TRY004 - what is wrong is the document
    count, kind = fields.get("num-children"), fields.get("class")
    children = tuple(_next(nodes) for _ in range(count if isinstance(count, int) else 0))
    return Node(str(kind).rpartition(".")[2], fields, children)
