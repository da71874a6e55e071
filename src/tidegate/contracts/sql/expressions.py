"""SQL expressions of rules: one row in, true or false out, and nothing else.

The expression is parsed by a grammar of our own and written anew, so that nothing reaches Spark that the grammar does
not know: no subquery, aggregate, window, file, JVM or random function, and nothing that could raise at run time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.sql.grammar import Parser
from tidegate.contracts.sql.tokens import ExpressionError, tokenize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.contracts.sql.operands import Operand
    from tidegate.contracts.types import SparkType

__all__ = ["Expression", "ExpressionError", "parse_expression", "parse_value"]

_NESTED = frozenset({"array", "map", "struct"})
_FITTING = {"timestamp": frozenset({"timestamp", "date"})}


@dataclass(frozen=True)
class Expression:
    """A checked expression.

    Attributes:
        sql: The expression as Spark gets it.
        columns: The columns that it reads, in the order of their first use.
    """

    sql: str
    columns: tuple[str, ...]


def parse_expression(text: str, columns: Mapping[str, SparkType]) -> Expression:
    """Return an expression that is true, false or null for a row.

    Args:
        text: The expression, in Spark's SQL.
        columns: The columns that it may read.

    Raises:
        ExpressionError: It is not such an expression; the message says why.
    """
    found, read = _parsed(text, columns)
    if found.family != "boolean":
        raise ExpressionError(f"it is a {found.family} where true or false is wanted")
    if not read:
        raise ExpressionError("it reads no column")
    return Expression(found.sql, read)


def parse_value(text: str, wanted: SparkType, columns: Mapping[str, SparkType]) -> Expression:
    """Return an expression whose values become those of a column by a mere `CAST`.

    Args:
        text: The expression, in Spark's SQL.
        wanted: The column's type: the values are of its family; a date will do for a timestamp. Arrays, maps and
            structs are of just that type.
        columns: The columns that it may read.

    Raises:
        ExpressionError: It is not such an expression; the message says why.
    """
    found, read = _parsed(text, columns)
    if wanted.name in _NESTED:
        fits = found.family == "null" or found.type == wanted
    else:
        fits = found.family in {"null", "any"} | _FITTING.get(wanted.family, frozenset({wanted.family}))
    if not fits:
        raise ExpressionError(f"it is a {found.type or found.family} where a {wanted} is wanted; use CAST")
    return Expression(found.sql, read)


def _parsed(text: str, columns: Mapping[str, SparkType]) -> tuple[Operand, tuple[str, ...]]:
    """Return what an expression is as a whole, and the columns that it reads."""
    tokens = tokenize(text)
    parser = Parser(tokens, columns)
    found = parser.expression()
    tokens.end()
    return found, tuple(parser.columns)
