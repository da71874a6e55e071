"""The message of any alert fits the published schema, is one line, survives the way, and holds what the alert holds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from tidegate.alerts.message import AlertMessage, compose, schema
from tidegate.alerts.port import Alert, AlertKind
from tidegate.model.contracts import SEVERITIES

PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "schemas" / "alert.schema.json"
VALIDATOR = Draft202012Validator(json.loads(schema()), format_checker=FormatChecker())
NOW = datetime(2026, 11, 22, 6, 0, 0, 123456, tzinfo=timezone.utc)
KINDS: tuple[AlertKind, ...] = get_args(AlertKind)
ALERTS = st.builds(
    Alert,
    severity=st.sampled_from(SEVERITIES),
    title=st.text(max_size=1_500),
    run_id=st.uuids().map(str),
    job=st.text(),
    table=st.none() | st.text(),
    rules=st.lists(st.text(max_size=300), max_size=150).map(tuple),
    advice=st.text(max_size=1_500),
    kind=st.sampled_from(KINDS),
)
ALERT = Alert("error", "2 of 10 rows failed", "run-1", "silver.orders", "silver.orders", ("a", "b"), "mend them")


@given(ALERTS)
@example(Alert("warn", "x" * 1_500, "run", "job", None, tuple(f"{number:03d}{'r' * 300}" for number in range(150))))
def test_any_alert_becomes_a_line_that_fits_the_schema_and_reads_back_the_same(alert: Alert) -> None:
    message = compose(alert, "retail", NOW, "https://runs.example.com/{run_id}")
    assert len(message.text.splitlines()) == 1
    VALIDATOR.validate(json.loads(message.text))
    assert AlertMessage.from_text(message.text) == message


@given(ALERTS)
def test_subject_and_advice_are_lines_that_a_mail_header_can_carry(alert: Alert) -> None:
    message = compose(alert, "retail", NOW)
    assert all(character.isprintable() for character in message.title + message.advice + message.subject)


def test_the_schema_allows_what_is_sent_and_nothing_else() -> None:
    known = set(json.loads(schema())["properties"])
    assert set(json.loads(compose(ALERT, "retail", NOW).text)) == known == set(json.loads(schema())["required"])
    kinds = json.loads(schema())["properties"]["kind"]["enum"]
    assert sorted(kinds) == sorted(KINDS)


def test_the_schema_in_the_documentation_is_the_one_that_is_shipped() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema()


@pytest.mark.parametrize(
    "same",
    [
        replace(ALERT, run_id="run-2"),
        replace(ALERT, title="31 of 4000 rows failed"),
        replace(ALERT, advice="another hint"),
    ],
)
def test_run_and_counts_do_not_make_another_thing_of_an_alert(same: Alert) -> None:
    assert compose(same, "retail", NOW).fingerprint == compose(ALERT, "retail", NOW).fingerprint


@pytest.mark.parametrize(
    "other",
    [
        replace(ALERT, severity="fatal"),
        replace(ALERT, title="the disk is full"),
        replace(ALERT, job="gold.daily"),
        replace(ALERT, table=None),
        replace(ALERT, rules=("a",)),
        replace(ALERT, kind="watch"),
    ],
)
def test_what_happened_where_makes_another_thing_of_an_alert(other: Alert) -> None:
    assert compose(other, "retail", NOW).fingerprint != compose(ALERT, "retail", NOW).fingerprint
    assert compose(ALERT, "other", NOW).fingerprint != compose(ALERT, "retail", NOW).fingerprint


def test_a_fingerprint_that_leads_elsewhere_is_none() -> None:
    with pytest.raises(ValueError, match="not an alert"):
        AlertMessage.from_text(replace(compose(ALERT, "retail", NOW), fingerprint="../../elsewhere").text)


def test_a_message_that_lacks_something_is_refused() -> None:
    facts = json.loads(compose(ALERT, "retail", NOW).text)
    del facts["title"]
    with pytest.raises(ValueError, match="not a whole alert"):
        AlertMessage.from_text(json.dumps(facts))


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"version": 1, "rules": []}', '{"version": 2, "rules": []}'])
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own errors are among them
        AlertMessage.from_text(text)
