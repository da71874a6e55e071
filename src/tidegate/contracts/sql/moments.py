"""Texts that are dates or times in a declared format, asked in Spark SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.sql.tokens import sql_text
from tidegate.contracts.types import quoted

if TYPE_CHECKING:
    from tidegate.contracts.rules.formats import Format


def has_format(column: str, wanted: Format) -> str:
    """Return the SQL condition of the rows in which a text is null, or a date or time in a format; never null."""
    name, pattern = quoted(column), sql_text(wanted.pattern)
    iso = f"regexp_replace({name}, {pattern}, {sql_text(wanted.iso)})"
    return f"({name} IS NULL OR ({name} RLIKE {pattern} AND try_cast({iso} AS TIMESTAMP) IS NOT NULL))"
