"""Digits are a version; anything else is a time, in UTC where it names no zone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tidegate.errors import ConfigError
from tidegate.model.pins import Pin


@pytest.mark.parametrize(
    ("text", "pin"),
    [
        ("12", Pin(version=12)),
        ("0", Pin(version=0)),
        ("2024-01-31", Pin(moment=datetime(2024, 1, 31, tzinfo=timezone.utc))),
        ("2024-01-31T06:30:00Z", Pin(moment=datetime(2024, 1, 31, 6, 30, tzinfo=timezone.utc))),
        ("2024-01-31T06:30:00+02:00", Pin(moment=datetime(2024, 1, 31, 6, 30, tzinfo=timezone(timedelta(hours=2))))),
    ],
)
def test_a_text_is_a_version_or_a_time(text: str, pin: Pin) -> None:
    assert Pin.parse(text) == pin


@pytest.mark.parametrize("text", ["-1", "1.5", "yesterday", ""])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="neither a version nor a time"):
        Pin.parse(text)
