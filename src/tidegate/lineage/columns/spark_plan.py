"""What the columns of a Spark query are derived from, by its analysed plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tidegate.lineage.columns.flow import NOTHING, Flow, identity, together
from tidegate.lineage.columns.spark_expressions import Expressions
from tidegate.lineage.columns.spark_tree import Node, read_plan
from tidegate.model.column_lineage import ColumnLineage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_MARK = " (input)"
_GROUPING = "spark_grouping_id"
_ONE_SIDED = ("LeftSemi", "LeftAnti", "ExistenceJoin")
_SET_OPERATIONS = frozenset({"Intersect", "Except"})


def input_alias(name: str) -> str:
    """Return the alias by which the frame of an input is found again in a plan."""
    return f"{name}{_MARK}"


def unchanged(source: str, columns: Iterable[str]) -> ColumnLineage:
    """Return what the rows of an input are derived from where they are taken as they are, as their plan tells it.

    Args:
        source: The input.
        columns: Its columns.
    """
    return ColumnLineage({column: identity(source, column).derivation() for column in columns})


@dataclass(frozen=True)
class _Column:
    name: str
    id: int | None
    flow: Flow


@dataclass(frozen=True)
class _Rows:
    """A relation: its columns in order, and what decides which rows it has."""

    columns: tuple[_Column, ...] = ()
    deciding: Flow = NOTHING

    @property
    def flows(self) -> dict[int, Flow]:
        return {column.id: column.flow for column in self.columns if column.id is not None}

    @property
    def all(self) -> Flow:
        return together(column.flow for column in self.columns)

    def decided_by(self, *flows: Flow) -> _Rows:
        return replace(self, deciding=together((self.deciding, *flows)))


def spark_column_lineage(plan: str) -> ColumnLineage:
    """Return what the columns of a query are derived from.

    Its inputs are the relations with an alias of `input_alias`. What the plan does not tell, such as what a Python
    function does or where rows come from that are no input, is said with the columns that it concerns.

    Args:
        plan: The analysed plan as Spark writes it as JSON.

    Raises:
        ValueError: It is not the JSON of a plan.
    """
    rows = _Walk().rows(read_plan(plan), {})
    columns: dict[str, Flow] = {}
    for column in rows.columns:
        columns[column.name] = together((column.flow, columns.get(column.name, NOTHING)))
    return ColumnLineage({name: flow.derivation() for name, flow in columns.items()}, rows.deciding.derivation())


class _Walk:
    """One way through a plan, from its leaves up."""

    def __init__(self) -> None:
        self._common: dict[object, _Rows] = {}  # by the number of a common table expression

    def rows(self, node: Node, outer: Mapping[int, Flow]) -> _Rows:
        """Return what a relation is derived from.

        Args:
            node: The relation.
            outer: Columns of the query around it, for one within an expression.
        """
        if node.kind == "WithCTE":
            return self._with_common(node, outer)
        made = tuple(self.rows(child, outer) for child in node.children)
        if node.kind == "SubqueryAlias":
            return _marked(node, made[0])
        known = _KINDS.get(node.kind)
        if known is not None:
            read = Expressions({**outer, **{id_: flow for one in made for id_, flow in one.flows.items()}}, self._inner)
            return known(node, made, read)
        return self._other(node, made)

    def _other(self, node: Node, made: tuple[_Rows, ...]) -> _Rows:
        if node.kind == "CTERelationRef":
            return _renumbered(node, self._common.get(node.fields.get("cteId"), _Rows()))
        if _new_columns(node):
            return _opaque(node, made)
        return made[0].decided_by(*(other.deciding for other in made[1:])) if made else _Rows()

    def _with_common(self, node: Node, outer: Mapping[int, Flow]) -> _Rows:
        """Read the definitions before the query that refers to them, in the order that they are in."""
        *definitions, plan = node.children
        for definition in definitions:
            self._common[definition.fields.get("id")] = self.rows(definition, outer)
        return self.rows(plan, outer)

    def _inner(self, node: Node, outer: Mapping[int, Flow]) -> tuple[tuple[Flow, ...], Flow]:
        found = self.rows(node, outer)
        return tuple(column.flow for column in found.columns), found.deciding


def _marked(node: Node, child: _Rows) -> _Rows:
    identifier = node.fields.get("identifier")
    name = identifier.get("name") if isinstance(identifier, dict) else None
    if not isinstance(name, str) or not name.endswith(_MARK):
        return child
    source = name.removesuffix(_MARK)
    return _Rows(tuple(replace(column, flow=identity(source, column.name)) for column in child.columns))


def _renumbered(node: Node, definition: _Rows) -> _Rows:
    """Return the rows of a common table expression under the numbers that a reference to it gives them."""
    named = zip(node.many("output"), definition.columns, strict=False)
    return replace(definition, columns=tuple(_Column(new.name, new.id, old.flow) for new, old in named))


def _columns(nodes: tuple[Node, ...], read: Expressions) -> tuple[_Column, ...]:
    return tuple(_Column(node.name, node.id, read.flow(node)) for node in nodes)


def _project(node: Node, made: tuple[_Rows, ...], read: Expressions) -> _Rows:
    return replace(made[0], columns=_columns(node.many("projectList"), read))


def _filter(node: Node, made: tuple[_Rows, ...], read: Expressions) -> _Rows:
    return made[0].decided_by(_of(node.one("condition"), read).deciding("FILTER"))


def _sort(node: Node, made: tuple[_Rows, ...], read: Expressions) -> _Rows:
    return made[0].decided_by(read.all(node.many("order")).deciding("SORT"))


def _aggregate(node: Node, made: tuple[_Rows, ...], read: Expressions) -> _Rows:
    grouped = made[0].decided_by(read.all(node.many("groupingExpressions")).deciding("GROUP_BY"))
    return replace(grouped, columns=_columns(node.many("aggregateExpressions"), read))


def _distinct(node: Node, made: tuple[_Rows, ...], read: Expressions) -> _Rows:
    keys = read.all(node.many("keys")) if node.has("keys") else made[0].all
    return made[0].decided_by(keys.deciding("GROUP_BY"))


def _window(node: Node, made: tuple[_Rows, ...], read: Expressions) -> _Rows:
    return replace(made[0], columns=(*made[0].columns, *_columns(node.many("windowExpressions"), read)))


def _generate(node: Node, made: tuple[_Rows, ...], read: Expressions) -> _Rows:
    flow = _of(node.one("generator"), read).through("TRANSFORMATION")
    new = tuple(_Column(column.name, column.id, flow) for column in node.many("generatorOutput"))
    return replace(made[0], columns=(*made[0].columns, *new))


def _expand(node: Node, made: tuple[_Rows, ...], read: Expressions) -> _Rows:
    """Return what rows are derived from that are several rows for one, as for groups of several kinds."""
    lists = node.fields.get("projections")
    if not isinstance(lists, list):
        return replace(made[0], columns=tuple(_expanded(new, made[0]) for new in node.many("output")))
    values = zip(*(Node("", {"all": one}, ()).many("all") for one in lists), strict=False)
    columns = (
        _Column(new.name, new.id, read.all(ones)) for new, ones in zip(node.many("output"), values, strict=False)
    )
    return replace(made[0], columns=tuple(columns))


def _expanded(new: Node, child: _Rows) -> _Column:
    """Return a column of a relation of which Spark 3.5 does not write what it makes: a key of groups keeps its name."""
    same = [column.flow for column in child.columns if column.id == new.id]
    named = [column.flow for column in child.columns if column.name == new.name]
    unknown = Flow(unknown=frozenset(("the rows that are made several of",)))
    flow = NOTHING if new.name == _GROUPING else next(iter((*same, *reversed(named))), unknown)
    return _Column(new.name, new.id, flow)


def _join(node: Node, made: tuple[_Rows, ...], read: Expressions) -> _Rows:
    left, right = made
    kind = node.fields.get("joinType")
    said = str(kind.get("object") or kind.get("product-class")) if isinstance(kind, dict) else ""
    is_one_sided = any(name in said for name in _ONE_SIDED)
    columns = left.columns if is_one_sided else (*left.columns, *right.columns)
    return _Rows(columns, left.deciding).decided_by(right.deciding, _of(node.one("condition"), read).deciding("JOIN"))


def _union(node: Node, made: tuple[_Rows, ...], read: Expressions) -> _Rows:
    del node, read
    columns = tuple(
        replace(side[0], flow=together(column.flow for column in side))
        for side in zip(*(one.columns for one in made), strict=False)
    )
    return _Rows(columns, together(one.deciding for one in made))


def _set_operation(node: Node, made: tuple[_Rows, ...], read: Expressions) -> _Rows:
    del node, read
    left, right = made
    return left.decided_by(right.deciding, left.all.deciding("JOIN"), right.all.deciding("JOIN"))


def _new_columns(node: Node) -> tuple[Node, ...]:
    """Return the columns that a relation makes in a way that the plan does not tell."""
    objects = (node.one(field) for field in ("outputObjAttr", "outputObjectAttr"))
    return next(
        (found for found in (node.many("output"), node.many("serializer"), tuple(filter(None, objects))) if found), ()
    )


def _opaque(node: Node, made: tuple[_Rows, ...]) -> _Rows:
    """Return rows that code has made which Spark does not look into: any column may bear on any other, and on rows."""
    function = node.one("functionExpr") or node.one("func")
    name = function.name if function else ""
    what = f"{node.kind}, {name}" if name else node.kind
    if not made:
        what = f"rows that are no input of the job ({node.kind})"
    flow = together(one.all for one in made).through("TRANSFORMATION").unless_known(what)
    columns = tuple(_Column(new.name, new.id, flow) for new in _new_columns(node))
    return _Rows(columns, together(one.deciding for one in made)).decided_by(flow.deciding("FILTER"))


def _of(node: Node | None, read: Expressions) -> Flow:
    return read.flow(node) if node else NOTHING


_KINDS: Mapping[str, Callable[[Node, tuple[_Rows, ...], Expressions], _Rows]] = {
    "Aggregate": _aggregate,
    "Deduplicate": _distinct,
    "Distinct": _distinct,
    "Except": _set_operation,
    "Expand": _expand,
    "Filter": _filter,
    "Generate": _generate,
    "Intersect": _set_operation,
    "Join": _join,
    "Project": _project,
    "Sort": _sort,
    "Union": _union,
    "Window": _window,
}
