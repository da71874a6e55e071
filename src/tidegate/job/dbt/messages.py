"""What dbt and Spark say, fit for a user: short, and without data values."""

from __future__ import annotations

import re

_LENGTH = 600
_LINES = 12
_CONDITION = re.compile(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]")
_PLACE = re.compile(r"^\s*\w+ Error(?: in (?:model|test|snapshot|seed) \S+ \([^)]*\))?\s*$", re.MULTILINE)
_PLAN = re.compile(r"^\s*('?[A-Z]\w+.*(\[|#)|\+-|:[-+ ]|== )")

# Conditions that Spark finds before it reads a row: they speak of columns, tables and types. What it finds while it
# runs may repeat a value.
_ANALYSIS = (
    "AMBIGUOUS_",
    "CANNOT_UP_CAST_",
    "DATATYPE_MISMATCH",
    "DELTA_",
    "FIELD_NOT_FOUND",
    "GROUP_BY_",
    "INVALID_SQL_SYNTAX",
    "MISSING_",
    "PARSE_",
    "SCHEMA_NOT_FOUND",
    "TABLE_OR_VIEW_",
    "UNRESOLVED_",
    "UNSUPPORTED_",
    "WRONG_NUM_ARGS",
)
_RUNTIME = ("An error occurred while calling", "Job aborted", "org.apache.spark.SparkException", "java.lang.", "Task ")


def cleaned(message: str) -> str:
    """Return what a message says before it goes into plans and stack traces; lines keep their breaks.

    Where Spark met the error while it read rows, only the error's condition is told: the text may repeat a value.
    """
    text = _PLACE.sub("", message).strip()
    condition = _CONDITION.search(text)
    if condition and not condition.group(1).startswith(_ANALYSIS):
        return f"Spark stopped with {condition.group(1)} (its words may hold data values; they are in dbt's log)"
    if condition is None and any(sign in text for sign in _RUNTIME):
        return "Spark stopped (its words may hold data values; they are in dbt's log)"
    lines: list[str] = []
    for line in text.splitlines():
        if _PLAN.match(line) or len(lines) == _LINES:
            break
        if line.strip():
            lines.append(line.strip())
    return "\n".join(lines)[:_LENGTH].rstrip(" ;") or "no reason was given"
