"""Formats of dates and times: what is written in one is accepted by it, and what is no moment is not."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.contracts.rules.formats import parse_format

FORMATS = ["yyyy-MM-dd", "d.M.yyyy H:mm", "yyyyMMddHHmmss", "dd/MM/yyyy'T'HH:mm:ss.SSSXXX", "HH:mm", "'o''clock' H"]


@given(st.sampled_from(FORMATS), st.datetimes(timezones=st.just(timezone.utc)))
def test_what_is_written_is_accepted(text: str, moment: datetime) -> None:
    wanted = parse_format(text)
    assert wanted.accepts(wanted.written(moment))


def test_a_moment_is_written_as_the_format_says() -> None:
    wanted = parse_format("'on' d.M.yyyy, HH:mm:ss.SSSXXX 'o''clock'")
    assert wanted.written(datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)) == "on 2.1.2024, 03:04:05.000Z o'clock"
    assert wanted.fields == ("day", "month", "year", "hour", "minute", "second", "fraction", "zone")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("yyyy", "$1-01-01 00:00:00.0"),
        ("d.M.yyyy", "$3-$2-$1 00:00:00.0"),
        ("HH:mm:ss.SSXXX", "2000-01-01 $1:$2:$3.$4$5"),
    ],
)
def test_the_groups_are_put_in_the_order_of_the_standard(text: str, iso: str) -> None:
    assert parse_format(text).iso == iso


@pytest.mark.parametrize(
    ("text", "given_text", "is_one"),
    [
        ("'on' ''dd.MM.yyyy' o'", "on '29.02.2024 o", True),
        ("'on' ''dd.MM.yyyy' o'", "on '30.02.2024 o", False),
        ("'it''s' yyyy", "it's 2024", True),
        ("HH:mm", "10:59", True),
        ("HH:mm", "10:60", False),
        ("HH:mm", "24:00", False),
        ("HH:mm:ss", "10:60:10", False),
        ("HH:mm:ss", "10:10:60", False),
        ("yyyy", "٢٠٢٤", False),
        ("yyyy", "0000", False),
        ("yyyy", "2024\n", False),
        ("yyyy", "x2024", False),
        ("yyyy.MM", "2024-12", False),
        ("HHXXX", "10+18:00", True),
        ("HHXXX", "10+18:01", False),
        ("HHXXX", "10Z", True),
    ],
)
def test_a_text_is_a_moment_in_the_format_or_not(text: str, given_text: str, is_one: bool) -> None:
    assert parse_format(text).accepts(given_text) is is_one
