"""The parts that rows are made of: values, texts like a pattern, conditions read in plain Python."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.contracts.samples.chance import Chance
from tidegate.contracts.samples.conditions import read_condition
from tidegate.contracts.samples.texts import text_like
from tidegate.contracts.samples.values import as_json, fitted, nth_value
from tidegate.contracts.types import parse_type

if TYPE_CHECKING:
    from tidegate.contracts.samples.comparing import Value

PATTERNS = [
    "^[A-Z]{3}$",
    r"\d+-\d{2,4}",
    "(?:a|bc)*d?",
    r"\A[^a-z ]+\z",
    r"^\w+@\w+\.com$",
    "[-+.]x{0,2}",
    r"(?<y>[0-9\]])",
    r"[\d_]+[\-.]",
]


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        ("timestamp", nth_value(parse_type("timestamp"), 1, ""), "2024-01-01T09:00:00Z"),
        ("timestamp_ntz", nth_value(parse_type("timestamp_ntz"), 1, ""), "2024-01-01T09:00:00"),
        ("binary", nth_value(parse_type("binary"), 0, ""), "AAAAAQ=="),
        ("map<string,decimal(3,1)>", nth_value(parse_type("map<string,decimal(3,1)>"), 0, "a"), {"a-1": "1.0"}),
        ("map<int,int>", nth_value(parse_type("map<int,int>"), 0, "a"), {}),
        ("array<struct<x:date>>", nth_value(parse_type("array<struct<x:date>>"), 0, ""), [{"x": "2024-01-01"}]),
        ("double", math.nan, "NaN"),
    ],
)
def test_a_value_is_written_as_spark_reads_it(kind: str, value: Value, written: object) -> None:
    assert as_json(value, parse_type(kind)) == written


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (200, "tinyint"),
        (1.5, "int"),
        (math.nan, "int"),
        (datetime(2024, 1, 1, tzinfo=timezone.utc), "date"),
        (Decimal("1.23"), "decimal(3,1)"),
        ("1", "int"),
        (True, "int"),
    ],
)
def test_a_value_that_a_type_does_not_have_is_not_tried(value: Value, kind: str) -> None:
    assert fitted(value, parse_type(kind)) is None


def test_a_day_is_a_moment_where_moments_are_wanted() -> None:
    assert fitted(date(2024, 1, 1), parse_type("timestamp")) == datetime(2024, 1, 1, tzinfo=timezone.utc)


@given(st.sampled_from(PATTERNS), st.integers())
def test_a_text_is_like_its_pattern(pattern: str, seed: int) -> None:
    text = text_like(pattern, Chance(str(seed)))
    assert text is not None
    assert re.search(pattern.replace(r"\z", r"\Z").replace("?<y>", "?P<y>"), text, re.ASCII)


@pytest.mark.parametrize("pattern", [r"(?=a)", r"\p{L}", r"(a)\1", "a{999}", "[a", "(a", "*", "a)", r"[\p]"])
def test_a_pattern_that_is_not_understood_gives_no_text(pattern: str) -> None:
    assert text_like(pattern, Chance("")) is None


@pytest.mark.parametrize(
    "text", ["a + 1 > 2", "abs(a) = 1", "a like 'x'", "case when a then b end", "date '2024' = a", "`zz` = 1", "a = -b"]
)
def test_an_expression_that_is_not_understood_is_none(text: str) -> None:
    assert read_condition(text, ["a", "b"]) is None
