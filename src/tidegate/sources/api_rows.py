"""The records that were pulled of an HTTP API, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.sources.apis import SEPARATOR
from tidegate.sources.database import IS_OLD, IS_RECENT
from tidegate.sources.jsonl import shape_jsonl
from tidegate.sources.lines import IS_TEXT, TEXT
from tidegate.sources.options import Options
from tidegate.sources.origin import ARRIVED, FILE, LINE, reader

if TYPE_CHECKING:
    from datetime import datetime

    from pyspark.sql import Column, DataFrame, SparkSession

    from tidegate.model.contracts import Contract
    from tidegate.sources.cursors import CursorSpan

# Stands for the whole text of a record that is no JSON object, so that two of them differ.
UNREADABLE = ""

_FIELDS = "_fields"
_STEPS = "decimal(38,0)"


def read_gathered(session: SparkSession, folder: str, span: CursorSpan | None) -> DataFrame:
    """Return one row per record that differs from all others.

    Args:
        session: The session.
        folder: Where `gather` has put the records.
        span: What was read; None for a source without a cursor.

    Returns:
        `_text` (the record), `_fields` (its fields, as a map of texts) and, whether the run before had reached its
        cursor and the next run will read it again, `IS_OLD` and `IS_RECENT` (0 or 1).
    """
    lines = reader(session).schema("value string").text(folder, lineSep="\n").dropDuplicates()
    steps = F.substring_index("value", SEPARATOR, 1).cast(_STEPS)
    text = F.expr(f"substring(value, locate('{SEPARATOR}', value) + 1)")
    since, reach = (None, None) if span is None else (span.since, span.reach)
    records = lines.select(
        _flag(steps, "<=", since).alias(IS_OLD), _flag(steps, ">=", reach).alias(IS_RECENT), text.alias(TEXT)
    )
    fields = F.from_json(TEXT, "map<string,string>")
    return records.withColumn(_FIELDS, F.coalesce(fields, F.create_map(F.lit(UNREADABLE), F.col(TEXT))))


def field(name: str) -> Column:
    """Return the text of a record's field; null where it has none."""
    return F.element_at(_FIELDS, name)


def in_contract(rows: DataFrame, label: str, arrived_at: datetime, contract: Contract) -> DataFrame:
    """Return the records in the columns that the rows of files have, read as lines of a file are.

    Args:
        rows: What `read_gathered` has returned.
        label: The source, which is `_source_file`.
        arrived_at: Time of the run, which is `_arrived_at`.
        contract: The contract.
    """
    lines = rows.select(
        F.lit(label).alias(FILE),
        F.lit(arrived_at).cast("timestamp").alias(ARRIVED),
        F.lit(None).cast("bigint").alias(LINE),
        TEXT,
        F.lit(True).alias(IS_TEXT),  # noqa: FBT003 - a literal, not a flag
    )
    return shape_jsonl(lines, Options(), contract)


def _flag(steps: Column, operator: str, bound: int | None) -> Column:
    if bound is None:
        return F.lit(0)
    value = F.lit(str(bound)).cast(_STEPS)
    return F.coalesce((steps <= value if operator == "<=" else steps >= value).cast("int"), F.lit(0))
