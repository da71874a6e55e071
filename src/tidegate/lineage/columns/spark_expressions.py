"""What the value of an expression of Spark is derived from."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tidegate.lineage.columns.flow import NOTHING, Flow, together

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidegate.lineage.columns.spark_tree import Node
    from tidegate.model.column_lineage import Direct

    Relation: TypeAlias = Callable[[Node, Mapping[int, Flow]], tuple[tuple[Flow, ...], Flow]]

# Nobody can tell the argument from the result.
_MASKING = frozenset(
    {"AesEncrypt", "ApproxCountDistinct", "Count", "CountIf", "Crc32", "HiveHash", "HyperLogLogPlusPlus", "Mask", "Md5",
     "Murmur3Hash", "Sha1", "Sha2", "XxHash64"}
)  # fmt: skip
_AGGREGATING = frozenset({"AggregateExpression", "ScalaAggregator"})
# Their arguments are put there by Spark, from the order of the window.
_RANKING = frozenset({"DenseRank", "PercentRank", "Rank"})
_FUNCTIONS = {"PythonUDF": "a Python function", "PythonUDAF": "a Python function", "ScalaUDF": "a Scala function",
              "PythonUDTF": "a Python function", "ScalaAggregator": "a Scala function"}  # fmt: skip
_PLAIN = frozenset({"Alias", "AttributeReference", "OuterReference"})


class Expressions:
    """Reads expressions over columns whose flows are known."""

    def __init__(self, columns: Mapping[int, Flow], relation: Relation) -> None:
        """Read over these columns.

        Args:
            columns: Per number of a column, what it is derived from.
            relation: Returns the flows of the columns of a relation within an expression, and of its rows.
        """
        self._columns = columns
        self._relation = relation

    def flow(self, node: Node) -> Flow:
        """Return what the value of an expression is derived from."""
        special = getattr(self, f"_{node.kind}", None) if node.kind in _SPECIAL else None
        found: Flow = special(node) if special else self._any(node)
        if node.kind in _FUNCTIONS:
            found = found.unless_known(_named(_FUNCTIONS[node.kind], node))
        return found

    def all(self, nodes: tuple[Node, ...]) -> Flow:
        """Return what the values of several expressions are derived from, together."""
        return together(self.flow(node) for node in nodes)

    def _any(self, node: Node) -> Flow:
        if node.has("plan"):
            return self._subquery(node)
        step: Direct = "AGGREGATION" if node.kind in _AGGREGATING else "TRANSFORMATION"
        return self.all(node.children).through(step, is_masking=node.kind in _MASKING)

    def _AttributeReference(self, node: Node) -> Flow:  # noqa: N802 - Spark's name
        found = self._columns.get(node.id) if node.id is not None else None
        return Flow(unknown=frozenset(("a column that the plan does not explain",))) if found is None else found

    def _OuterReference(self, node: Node) -> Flow:  # noqa: N802
        inner = node.one("e")
        return self.flow(inner) if inner else NOTHING

    def _Alias(self, node: Node) -> Flow:  # noqa: N802
        return self.all(node.children)

    def _AggregateExpression(self, node: Node) -> Flow:  # noqa: N802
        function, *condition = node.children
        taken = self.flow(function).through("AGGREGATION")
        return together((taken, self.all(tuple(condition)).deciding("CONDITIONAL")))

    def _If(self, node: Node) -> Flow:  # noqa: N802
        condition, *values = node.children
        return self._chosen((condition,), tuple(values))

    def _CaseWhen(self, node: Node) -> Flow:  # noqa: N802
        pairs = len(node.children) // 2 * 2
        return self._chosen(node.children[0:pairs:2], (*node.children[1:pairs:2], *node.children[pairs:]))

    def _WindowExpression(self, node: Node) -> Flow:  # noqa: N802
        function, window = node.children
        taken = NOTHING if function.kind in _RANKING else self.flow(function)
        return together((taken, self.all(window.children).deciding("WINDOW")))

    def _chosen(self, conditions: tuple[Node, ...], values: tuple[Node, ...]) -> Flow:
        deciding = self.all(conditions).deciding("CONDITIONAL")
        return together((self.all(values).through("TRANSFORMATION"), deciding))

    def _subquery(self, node: Node) -> Flow:
        plan = node.one("plan")
        columns, rows = self._relation(plan, self._columns) if plan else ((), NOTHING)
        if node.kind == "ScalarSubquery":
            return together((*columns, rows))
        compared = together((*columns, self.all(node.children))).through("TRANSFORMATION")
        return together((compared, rows))


_SPECIAL = frozenset(
    {"AggregateExpression", "Alias", "AttributeReference", "CaseWhen", "If", "OuterReference", "WindowExpression"}
)


def _named(what: str, node: Node) -> str:
    name = node.name or str(node.fields.get("udfName") or "")
    return f"{what}, {name}" if name else what
