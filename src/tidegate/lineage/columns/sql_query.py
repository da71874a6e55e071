"""What the columns of an SQL query are derived from. Needs sqlglot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import sqlglot
from sqlglot import exp

from tidegate.lineage.columns.flow import NOTHING, Flow, identity, together
from tidegate.lineage.columns.sql_expressions import Expressions
from tidegate.lineage.columns.sql_scope import Rows, Scope
from tidegate.model.column_lineage import ColumnLineage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ONE_SIDED = frozenset({"SEMI", "ANTI"})


def sql_column_lineage(
    sql: str, tables: Mapping[str, Sequence[str]], *, columns: Sequence[str] = (), dialect: str = "spark"
) -> ColumnLineage:
    """Return what the columns of a query are derived from.

    Args:
        sql: The query, templates filled in.
        tables: Per table that it may read, such as `silver.orders`, its columns. Any other table is taken to have
            whatever columns are asked of it.
        columns: Columns of the table that the query fills, where they are known; empty takes those of the query.
        dialect: The dialect, by sqlglot's name.

    Raises:
        ValueError: The text is not a query that can be read.
    """
    try:
        query = sqlglot.parse_one(sql, dialect=dialect)
    except sqlglot.ParseError as error:
        raise ValueError("the SQL cannot be read") from error
    rows = _Walk(tables).query(query, Scope())
    names = columns or tuple(rows.columns)
    flows = {name: rows.find(name) or Flow(unknown=frozenset(("the query does not name it",))) for name in names}
    return ColumnLineage({name: flow.derivation() for name, flow in flows.items()}, rows.deciding.derivation())


class _Walk:
    """One way through a query."""

    def __init__(self, tables: Mapping[str, Sequence[str]]) -> None:
        self._tables = {name.lower(): columns for name, columns in tables.items()}
        self._common: dict[str, Rows] = {}

    def query(self, node: exp.Expr, outer: Scope) -> Rows:
        """Return the rows of a query."""
        before = dict(self._common)
        with_ = node.args.get("with_")
        for common in with_.expressions if with_ else ():
            self._common[common.alias.lower()] = self.query(common.this, outer)
        try:
            return self._bare(node, outer)
        finally:
            self._common = before

    def _bare(self, node: exp.Expr, outer: Scope) -> Rows:
        if isinstance(node, exp.Subquery):
            return self._sorted(self.query(node.this, outer), node, outer)
        if isinstance(node, exp.SetOperation):
            return self._sorted(self._set_operation(node, outer), node, outer)
        if isinstance(node, exp.Select):
            return self._select(node, outer)
        raise ValueError("the SQL is not a query")

    def _set_operation(self, node: exp.SetOperation, outer: Scope) -> Rows:
        left, right = (self.query(side, outer) for side in (node.this, node.expression))
        if not isinstance(node, exp.Union):
            return left.decided_by(right.deciding, left.all.deciding("JOIN"), right.all.deciding("JOIN"))
        pairs = zip(left.columns.items(), right.columns.values(), strict=False)
        columns = {name: together((flow, also)) for (name, flow), also in pairs}
        rows = Rows(columns, (*left.sources, *right.sources), together((left.deciding, right.deciding)))
        return rows.decided_by(rows.all.deciding("GROUP_BY")) if node.args.get("distinct") else rows

    def _select(self, node: exp.Select, outer: Scope) -> Rows:
        scope = Scope(outer=outer)
        read = Expressions(scope, self.query)
        deciding = self._from(node, scope, read)
        rows = self._list(node, scope, read)
        scope.made, scope.is_listed = dict(rows.columns), True
        made = tuple(rows.columns.values())
        group, distinct = node.args.get("group"), node.args.get("distinct")
        filters = [node.args.get(part) for part in ("where", "having", "qualify")]
        rows = rows.decided_by(
            deciding,
            read.all(filters).deciding("FILTER"),
            _grouped(group, made, read).deciding("GROUP_BY") if group else NOTHING,
            rows.all.deciding("GROUP_BY") if distinct else NOTHING,
        )
        return self._sorted(rows, node, scope)

    def _sorted(self, rows: Rows, node: exp.Expr, scope: Scope) -> Rows:
        within = Scope({"": rows}, outer=scope)
        orders = [node.args.get(part) for part in ("order", "sort", "distribute", "cluster")]
        return rows.decided_by(Expressions(within, self.query).all(orders).deciding("SORT"))

    def _from(self, node: exp.Select, scope: Scope, read: Expressions) -> Flow:
        """Put the relations that a query reads into its scope, and return what decides on their rows."""
        first = node.args.get("from_")
        deciding = [self._add(first.this, scope)] if first else []
        deciding.extend(self._join(join, scope, read) for join in node.args.get("joins", ()))
        deciding.extend(_lateral(lateral, scope, read) for lateral in node.args.get("laterals", ()))
        return together([NOTHING, *deciding])

    def _join(self, join: exp.Join, scope: Scope, read: Expressions) -> Flow:
        using = [name.name for name in join.args.get("using", ())]
        left = together([NOTHING, *(scope.find(name) for name in using)])
        deciding = self._add(join.this, scope)
        alias = join.this.alias_or_name.lower()
        right = scope.relations[alias]
        compared = together([read.all([join.args.get("on")]), left, *(right.find(name) or NOTHING for name in using)])
        if join.kind in _ONE_SIDED:
            del scope.relations[alias]
        return together((deciding, compared.deciding("JOIN")))

    def _add(self, relation: exp.Expr, scope: Scope) -> Flow:
        if isinstance(relation, exp.Subquery) and isinstance(relation.this, exp.Table):  # joins in parentheses
            return self._add(relation.this, scope)
        rows = self._relation(relation, scope)
        scope.relations[relation.alias_or_name.lower()] = replace(rows, deciding=NOTHING)
        for join in relation.args.get("joins", ()) or ():
            rows = rows.decided_by(self._join(join, scope, Expressions(scope, self.query)))
        return rows.deciding

    def _relation(self, node: exp.Expr, scope: Scope) -> Rows:
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            return self._table(node)
        if isinstance(node, exp.Subquery):
            return self.query(node, scope.outer or Scope())
        names = [column.name.lower() for column in node.args["alias"].columns] if node.args.get("alias") else []
        what = Flow(unknown=frozenset((f"rows that are no table ({type(node).__name__})",)))
        return Rows(dict.fromkeys(names, what), deciding=what)

    def _table(self, node: exp.Table) -> Rows:
        name = ".".join(part.name for part in node.parts)
        if name.lower() in self._common:
            return self._common[name.lower()]
        columns = self._tables.get(name.lower())
        if columns is None:
            return Rows(sources=(name,))
        return Rows({column.lower(): identity(name, column) for column in columns})

    def _list(self, node: exp.Select, scope: Scope, read: Expressions) -> Rows:
        """Return what the SELECT list makes."""
        columns: dict[str, Flow] = {}
        sources: list[str] = []
        for item in node.expressions:
            starred = _starred(item, scope)
            if starred is None:
                flow = read.flow(item)
                columns[item.alias_or_name.lower()] = flow
                scope.made.setdefault(item.alias_or_name.lower(), flow)
                continue
            for rows in starred:
                columns.update({name: flow for name, flow in rows.columns.items() if name not in _excepted(item)})
                sources.extend(rows.sources)
        return Rows(columns, tuple(sources))


def _starred(item: exp.Expr, scope: Scope) -> tuple[Rows, ...] | None:
    """Return the relations whose columns an item stands for, all of them; None for an item that is one column."""
    if isinstance(item, exp.Star):
        return tuple(scope.relations.values())
    if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
        return (scope.relations.get(item.table.lower(), Rows()),)
    return None


def _excepted(item: exp.Expr) -> frozenset[str]:
    star = item.this if isinstance(item, exp.Column) else item
    excepted = star.args.get("except_") or ()
    return frozenset(one.name.lower() for one in excepted)


def _grouped(group: exp.Expr, made: tuple[Flow, ...], read: Expressions) -> Flow:
    """Return what groups are made by; a number stands for a column of the SELECT list."""
    keys: list[object] = list(group.expressions)
    for kind in ("cube", "rollup", "grouping_sets"):
        keys += cast("list[object]", group.args.get(kind) or [])
    numbers = [int(key.name) for key in keys if isinstance(key, exp.Literal) and key.is_int]
    return together([read.all(keys), *(made[number - 1] for number in numbers if 0 < number <= len(made))])


def _lateral(lateral: exp.Expr, scope: Scope, read: Expressions) -> Flow:
    alias = lateral.args.get("alias")
    flow = read.flow(lateral.this).through("TRANSFORMATION")
    names = [column.name.lower() for column in alias.columns] if alias else []
    scope.relations[alias.name.lower() if alias else "lateral"] = Rows(dict.fromkeys(names, flow))
    return NOTHING
