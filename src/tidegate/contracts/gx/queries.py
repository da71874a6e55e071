"""SQL within expectations: it may do no more than an expression on one row, whoever runs it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tidegate.contracts.sql.expressions import ExpressionError, parse_expression

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.contracts.types import SparkType
    from tidegate.storage.yaml_documents import YamlValue

    Types = Mapping[str, SparkType]

_QUERY = re.compile(r"\s*select\s+\*\s+from\s+\{batch\}\s+where\s+(?P<fails>.+?)\s*;?\s*", re.IGNORECASE | re.DOTALL)
_PASSES = re.compile(r"not\s+coalesce\s*\((?P<holds>.+),\s*true\s*\)", re.IGNORECASE | re.DOTALL)
_CONDITIONS = frozenset({"and", "comparison", "nullity", "or"})
_QUERIES = frozenset({"expect_query_results_to_match_comparison", "expect_table_row_count_to_equal_other_table"})


def sql_problem(type_: str, kwargs: Mapping[str, YamlValue], types: Types) -> str | None:
    """Return why the SQL in an expectation may not run; None where there is none, or it is an expression on a row."""
    if type_ in _QUERIES:
        return f"{type_} runs SQL of its own"
    if type_ == "unexpected_rows_expectation":
        asked = condition(str(kwargs.get("unexpected_rows_query")))
        if asked is None:
            return "of queries only SELECT * FROM {batch} WHERE <a condition that no row may meet> is asked of a batch"
        return _expression_problem(asked, types)
    given = kwargs.get("row_condition")
    if given is None or isinstance(given, dict):
        return None if _is_structured(given) else "a row condition is made of comparisons, and is no text in disguise"
    if kwargs.get("condition_parser") != "spark":
        return "of row conditions that are texts only those of condition_parser: spark are understood"
    return _expression_problem(str(kwargs["row_condition"]), types)


def _expression_problem(text: str, types: Types) -> str | None:
    try:
        parse_expression(text, types)
    except ExpressionError as error:
        return f"its condition cannot be used: {error}"
    return None


def condition(query: str) -> str | None:
    """Return the condition of the rows that a query does not find; None where it is no query about single rows.

    Great Expectations formats queries, so a brace is written twice.
    """
    found = _QUERY.fullmatch(query)
    if found is None:
        return None
    fails = found["fails"].replace("{{", "{").replace("}}", "}")
    passes = _PASSES.fullmatch(fails)
    return passes["holds"] if passes and _is_closed(passes["holds"]) else f"NOT ({fails})"


def _is_closed(text: str) -> bool:
    """Return whether no bracket of a text closes one outside of it, so that it was the whole argument."""
    depth = 0
    for sign in re.sub(r"'(?:[^'\\]|\\.)*'|`[^`]*`", "", text):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return not depth


def _is_structured(given: YamlValue) -> bool:
    """Return whether a row condition is made of nothing but what compares a column with a value."""
    if isinstance(given, list):
        return all(map(_is_structured, given))
    if not isinstance(given, dict):
        return True
    return given.get("type", "comparison") in _CONDITIONS and all(map(_is_structured, given.values()))
