"""What the value of an SQL expression is derived from. Needs sqlglot."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

from sqlglot import exp

from tidegate.lineage.columns.flow import NOTHING, Flow, together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tidegate.lineage.columns.sql_scope import Rows, Scope
    from tidegate.model.column_lineage import Direct

    Query: TypeAlias = Callable[[exp.Expr, Scope], Rows]

# Nobody can tell the argument from the result.
_MASKING = (exp.ApproxDistinct, exp.Count, exp.CountIf, exp.MD5, exp.MD5Digest, exp.SHA, exp.SHA2)
_MASKING_NAMES = frozenset({"AES_ENCRYPT", "CRC32", "HASH", "MASK", "XXHASH64"})
_MOVING = (exp.Lag, exp.Lead)


class Expressions:
    """Reads expressions over the relations of a scope."""

    def __init__(self, scope: Scope, query: Query) -> None:
        """Read within a scope.

        Args:
            scope: The scope.
            query: Returns the rows of a query within an expression.
        """
        self._scope = scope
        self._query = query

    def all(self, nodes: Iterable[object]) -> Flow:
        """Return what the values of several expressions are derived from, together."""
        return together([NOTHING, *(self.flow(node) for node in nodes if isinstance(node, exp.Expr))])

    def flow(self, node: exp.Expr) -> Flow:
        """Return what the value of an expression is derived from."""
        for kinds, read in _READERS:
            if isinstance(node, kinds):
                return read(self, node)
        return self._any(node)

    def _column(self, node: exp.Expr) -> Flow:
        first, *more = (part.name for part in cast("exp.Column", node).parts)
        if not more:
            return self._scope.find(first)
        if more[1:] and self._scope.has(first):  # a field of a struct in a column of a relation
            return self._scope.find(more[0], first).through("TRANSFORMATION")
        return self._scope.find(more[-1], ([first, *more])[-2])

    def _renamed(self, node: exp.Expr) -> Flow:
        return self.flow(cast("exp.Expr", node.this))

    def _windowed(self, node: exp.Expr) -> Flow:
        window = (*node.args.get("partition_by", ()), node.args.get("order"))
        return together((self._renamed(node), self.all(window).deciding("WINDOW")))

    def _filtered(self, node: exp.Expr) -> Flow:
        return together((self._renamed(node), self.all([node.args.get("expression")]).deciding("CONDITIONAL")))

    def _any(self, node: exp.Expr) -> Flow:
        taken = self.all(node.iter_expressions())
        is_aggregate = isinstance(node, exp.AggFunc) and not isinstance(node, _MOVING)
        step: Direct = "AGGREGATION" if is_aggregate else "TRANSFORMATION"
        return taken.through(step, is_masking=_is_masking(node))

    def _chosen(self, node: exp.Expr) -> Flow:
        if isinstance(node, exp.If):
            conditions, values = [node.this], [node.args.get("true"), node.args.get("false")]
        else:
            branches = node.args.get("ifs", [])
            conditions = [node.this, *(branch.this for branch in branches)]
            values = [*(branch.args.get("true") for branch in branches), node.args.get("default")]
        deciding = self.all(conditions).deciding("CONDITIONAL")
        return together((self.all(values).through("TRANSFORMATION"), deciding))

    def _subquery(self, node: exp.Expr) -> Flow:
        rows = self._query(node, self._scope)
        return together((rows.all, rows.deciding))


def _is_masking(node: exp.Expr) -> bool:
    return isinstance(node, _MASKING) or (isinstance(node, exp.Anonymous) and node.name.upper() in _MASKING_NAMES)


_READERS: Sequence[tuple[type | tuple[type, ...], Callable[[Expressions, exp.Expr], Flow]]] = (
    (exp.Column, Expressions._column),  # noqa: SLF001 - its own
    ((exp.Alias, exp.Paren), Expressions._renamed),  # noqa: SLF001
    ((exp.Case, exp.If), Expressions._chosen),  # noqa: SLF001
    (exp.Window, Expressions._windowed),  # noqa: SLF001
    (exp.Filter, Expressions._filtered),  # noqa: SLF001
    (exp.Query, Expressions._subquery),  # noqa: SLF001
)
