"""A few rows that failed, for people to look at: where they are, their key, and the columns that the rule reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from tidegate.contracts.marks.counting import fails_here
from tidegate.contracts.marks.sites import column
from tidegate.contracts.personal import may_be_shown
from tidegate.contracts.rules.failures import PROBLEMS_COLUMN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.gate import Gate
    from tidegate.contracts.marks.checks import Check

_ORIGIN = ("_source_file", "_source_line")
_SHOWN_LENGTH = 80
_RULE, _NUMBER = "_rule", "_number"


@dataclass(frozen=True)
class Cell:
    """A value of an example.

    Attributes:
        column: Its column.
        text: The value as text, cut after 80 characters; None for null, and where it is masked.
        is_masked: Whether the value is kept from readers. A masked value never leaves Spark.
    """

    column: str
    text: str | None
    is_masked: bool = False


Example = tuple[Cell, ...]


def failing_rows(
    marked: DataFrame, gate: Gate, checks: Sequence[Check], limit: int
) -> Mapping[str, tuple[Example, ...]]:
    """Return, by the id of the rule, a few rows that failed it: always the same ones of the same rows. One Spark job.

    An example has the file and line that its row came from where these are known, the primary key, and the columns that
    the rule reads. Values of columns that a contract classifies, and nested ones, are masked.

    Args:
        marked: Rows with the marks of the gate.
        gate: The gate.
        checks: Rules about rows that some rows failed.
        limit: The most examples per rule.
    """
    if not checks or limit < 1:
        return {}
    shown = {check.index: _columns(check, gate, marked.columns) for check in checks}
    names = sorted({name for listed in shown.values() for name in listed if not _is_masked(name, gate)})
    cells = [_text(name).alias(_cell(place)) for place, name in enumerate(names)]
    hits = F.array_compact(F.array(*(F.when(fails_here(check), F.lit(check.index)) for check in checks)))
    order = [F.asc_nulls_first(_cell(place)) for place in range(len(names))] or [F.lit(0)]
    number = F.row_number().over(Window.partitionBy(_RULE).orderBy(*order))
    picked = marked.select(F.explode(hits).alias(_RULE), *cells).withColumn(_NUMBER, number)
    found: dict[int, list[Example]] = {}
    rows = picked.where(F.col(_NUMBER) <= limit).collect()
    for row in sorted(rows, key=lambda row: (row[_RULE], row[_NUMBER])):
        texts = {name: row[_cell(place)] for place, name in enumerate(names)}
        cells_of = tuple(_shown(name, texts) for name in shown[row[_RULE]])
        found.setdefault(row[_RULE], []).append(cells_of)
    return {check.rule.id: tuple(found.get(check.index, ())) for check in checks}


def _columns(check: Check, gate: Gate, present: Sequence[str]) -> tuple[str, ...]:
    told = (PROBLEMS_COLUMN,) if check.rule.kind == "readable" else check.rule.columns
    origin = tuple(name for name in _ORIGIN if name in present)
    return tuple(dict.fromkeys((*origin, *gate.contract.primary_key, *told)))


def _is_masked(name: str, gate: Gate) -> bool:
    declared = next((found for found in gate.contract.columns if found.name == name), None)
    return declared is not None and not may_be_shown(declared)


def _text(name: str) -> Column:
    if name == PROBLEMS_COLUMN:
        told = F.transform(column(name), lambda one: F.concat_ws(": ", one["column"], one["reason"]))
        return F.array_join(told, "; ")
    return F.substring(column(name).cast("string"), 1, _SHOWN_LENGTH + 1)


def _shown(name: str, texts: Mapping[str, str | None]) -> Cell:
    if name not in texts:
        return Cell(name, None, is_masked=True)
    text = texts[name]
    is_long = text is not None and len(text) > _SHOWN_LENGTH and name != PROBLEMS_COLUMN
    return Cell(name, f"{text[:_SHOWN_LENGTH]}…" if text is not None and is_long else text)


def _cell(place: int) -> str:
    return f"_cell_{place}"
