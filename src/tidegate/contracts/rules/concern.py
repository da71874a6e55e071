"""Which rows a rule concerns: all, or those of which its `where` holds; one that is false or null does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.sql.expressions import ExpressionError, parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule


def where_problems(rule: Rule, types: Mapping[str, SparkType]) -> Iterator[str]:
    """Yield what is wrong with the condition of the rows that a rule concerns."""
    if rule.where is None:
        return
    try:
        parse_expression(rule.where, types)
    except ExpressionError as error:
        yield f"where: the expression cannot be used: {error}"


def where_sql(rule: Rule, types: Mapping[str, SparkType]) -> str | None:
    """Return the condition of the rows that a rule concerns as Spark SQL that is never null; None where it is all."""
    return f"coalesce({parse_expression(rule.where, types).sql}, FALSE)" if rule.where else None


def columns_read(rule: Rule, types: Mapping[str, SparkType]) -> tuple[str, ...]:
    """Return the columns that a rule reads, those of its condition included."""
    asked = parse_expression(rule.where, types).columns if rule.where else ()
    return tuple(dict.fromkeys([*rule.columns, *asked]))
