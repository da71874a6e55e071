"""Data as lists of texts, and what a pass over them tells, in plain Python."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

from tidegate.contracts.profiling.statistics import ColumnStatistics, Drawn, Range, Statistics, Texts

Table: TypeAlias = Mapping[str, Sequence[str | None]]

PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
EMAIL = re.compile(r"[a-z.]+@[a-z]+\.[a-z]+")


def reads_as(text: str, kind: str) -> bool:
    """Return whether a text can be read as a type: as the readers of files do, for the texts of these tests."""
    try:
        if kind == "boolean":
            return text.lower() in {"true", "false", "yes", "no"}
        if kind == "bigint":
            return PLAIN.fullmatch(text) is not None and "." not in text and -(2**63) <= int(text) < 2**63
        if kind == "double":
            return PLAIN.fullmatch(text) is not None
        if kind == "date":
            return len(text) == 10 and text[4] == "-" and bool(date.fromisoformat(text))
        return len(text) >= 10 and text[4] == "-" and bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def statistics_of(table: Table) -> Statistics:
    """Return what a pass tells of texts; different values are counted exactly, and every row is drawn."""
    rows = len(next(iter(table.values()), ()))
    columns = tuple(_column(name, values, rows) for name, values in table.items())
    return Statistics(rows, columns, Drawn((1.0,) * rows, {name: tuple(values) for name, values in table.items()}))


def _column(name: str, values: Sequence[str | None], rows: int) -> ColumnStatistics:
    texts = [text for text in values if text is not None]
    plain = [text for text in texts if PLAIN.fullmatch(text)]
    described = Texts(
        shortest=min(map(len, texts), default=None),
        longest=max(map(len, texts), default=None),
        reads_as={
            kind: sum(reads_as(text, kind) for text in texts)
            for kind in ("boolean", "bigint", "double", "date", "timestamp")
        },
        plain_numbers=len(plain),
        whole_digits=max((len(text.lstrip("+-").partition(".")[0].lstrip("0")) for text in plain), default=0),
        decimals=max((len(text.partition(".")[2]) for text in plain), default=0),
        codes=sum(bool(re.fullmatch(r"(\+|0[0-9])[0-9]*", text)) for text in texts),
        emails=sum(bool(EMAIL.fullmatch(text)) for text in texts),
    )
    numbers = sorted(float(text) for text in plain)
    spread = {
        kind: Range(str(numbers[0]), str(numbers[-1]))
        for kind in ("bigint", "double")
        if numbers and described.reads_as[kind]
    }
    ends = Range(min(texts, default=None), max(texts, default=None))
    return ColumnStatistics(
        name, "string", rows, rows - len(texts), len(set(texts)), range=ends, texts=described, readings=spread
    )
