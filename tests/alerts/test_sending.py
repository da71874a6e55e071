"""Whatever its receiver does, an alert arrives once or waits in the spool, and goes only where it belongs."""

from __future__ import annotations

import itertools
import json
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.http_receiver import opened

from tidegate.alerts.port import Alert
from tidegate.alerts.sending import SentAlerts
from tidegate.alerts.settings import AlertSettings, SinkSettings, SlackTarget, SnsTarget
from tidegate.errors import ConfigError, MissingExtraError
from tidegate.model.contracts import SEVERITIES
from tidegate.model.events import RunStarted
from tidegate.model.reports import RuleResult, RunReport
from tidegate.model.transfers import OutputWritten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.http_receiver import Mood, ReceiverDouble

    from tidegate.model.contracts import Severity

CLOSED_PORT = "http://127.0.0.1:9"
TIMEOUT = 0.3
SLACK_SECONDS = 10.0
NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
GOOD = RunReport("run", "silver.orders", "succeeded", "a", "b", output=OutputWritten("silver.orders"))


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def failed(number: int) -> RunReport:
    """Return a run that failed in a way of its own."""
    return replace(GOOD, run_id=f"run-{number}", job=f"job_{number}", status="failed", error="broken", output=None)


def run(root: Path, url: str, *numbers: int, name: str = "team") -> None:
    """Let failed runs of these numbers pass by an observer."""
    sink = SinkSettings(name, SlackTarget(f"{url}/hook"), timeout_seconds=TIMEOUT)
    observer = SentAlerts(AlertSettings(str(root), "retail", (sink,)))
    observer.started(RunStarted("run", "silver.orders", "a"))
    for number in numbers:
        observer.ended(failed(number))
    observer.close()


def arrived(double: ReceiverDouble) -> list[int]:
    """Return the numbers of the alerts that a receiver took."""
    return [int(json.loads(text)["text"].partition("job_")[2].partition(":")[0]) for text in double.taken]


def spooled(root: Path, name: str = "team") -> list[int]:
    files = sorted((root / "_tidegate" / "alerts" / "spool" / name).glob("*.json"))
    return [int(json.loads(file.read_text())["job"].removeprefix("job_")) for file in files]


@pytest.mark.integration
def test_a_receiver_that_is_well_gets_every_alert_once_and_in_order(tmp_path: Path) -> None:
    with opened() as double:
        run(tmp_path, double.url, 0, 1, 2)
        run(tmp_path, double.url, 3)
        assert arrived(double) == [0, 1, 2, 3]
    assert spooled(tmp_path) == []


@pytest.mark.integration
@pytest.mark.parametrize("mood", ["hanging", "dripping", 500, 503, 400, 404, 429, 302])
def test_a_receiver_that_is_not_well_costs_bounded_time_and_gets_every_alert_later_once(
    tmp_path: Path, mood: Mood
) -> None:
    with opened(mood) as double:
        start = time.monotonic()
        run(tmp_path, double.url, 0, 1)
        run(tmp_path, double.url, 2)
        assert time.monotonic() - start < 2 * 4 * TIMEOUT + SLACK_SECONDS
        assert arrived(double) == []
        assert spooled(tmp_path) == [0, 1, 2]
        double.mood = "well"
        run(tmp_path, double.url)
        run(tmp_path, double.url)
        assert arrived(double) == [0, 1, 2]
    assert spooled(tmp_path) == []


@pytest.mark.integration
def test_a_receiver_that_fails_every_second_time_gets_every_alert_once(tmp_path: Path) -> None:
    with opened() as double:
        moods: Iterator[Mood] = itertools.cycle((500, "well"))
        answer = double._answer

        def moody(request: object, body: str) -> None:
            double.mood = next(moods)
            answer(request, body)  # type: ignore[arg-type]

        double._answer = moody  # type: ignore[method-assign]
        for number in range(0, 12, 2):
            run(tmp_path, double.url, number, number + 1)
            assert sorted([*arrived(double), *spooled(tmp_path)]) == list(range(number + 2))
        run(tmp_path, double.url)
        assert arrived(double) == list(range(12))


@pytest.mark.integration
def test_a_dead_receiver_keeps_no_other_sink_from_its_alerts(tmp_path: Path) -> None:
    with opened() as double:
        sinks = (
            SinkSettings("dead", SlackTarget(f"{CLOSED_PORT}/hook"), timeout_seconds=TIMEOUT),
            SinkSettings("well", SlackTarget(f"{double.url}/hook"), timeout_seconds=TIMEOUT),
        )
        observer = SentAlerts(AlertSettings(str(tmp_path), "retail", sinks))
        observer.ended(failed(7))
        observer.close()
        assert arrived(double) == [7]
    assert (spooled(tmp_path, "dead"), spooled(tmp_path, "well")) == ([7], [])


@pytest.mark.integration
def test_every_sink_gets_the_alerts_of_its_severities_and_tables_and_no_other(tmp_path: Path) -> None:
    rule = RuleResult("known", "warn", "row", 10, 2, "warned")
    with opened() as warned, opened() as broken, opened() as gold:
        sinks = (
            SinkSettings("warned", SlackTarget(f"{warned.url}/hook"), ("warn",)),
            SinkSettings("broken", SlackTarget(f"{broken.url}/hook"), ("error", "fatal")),
            SinkSettings("gold", SlackTarget(f"{gold.url}/hook"), tables=("gold.*",)),
        )
        observer = SentAlerts(AlertSettings(str(tmp_path), "retail", sinks))
        observer.ended(replace(GOOD, rules=(rule,)))
        observer.ended(failed(3))
        observer.close()
        assert (len(warned.taken), arrived(broken), gold.taken) == (1, [3], [])


@pytest.mark.integration
def test_the_same_failure_again_within_the_period_is_not_sent_again_even_after_an_outage(tmp_path: Path) -> None:
    for _ in range(3):
        run(tmp_path, CLOSED_PORT, 5)
    assert spooled(tmp_path) == [5, 5, 5]
    with opened() as double:
        run(tmp_path, double.url, 5)
        assert arrived(double) == [5]
    assert spooled(tmp_path) == []


@pytest.mark.integration
def test_after_the_period_the_next_alert_says_how_many_there_were(tmp_path: Path) -> None:
    with opened() as double:
        moments = iter([NOW, NOW + timedelta(minutes=20), NOW + timedelta(minutes=59), NOW + timedelta(minutes=60)])
        sink = SinkSettings("team", SlackTarget(f"{double.url}/hook"), timeout_seconds=TIMEOUT)
        observer = SentAlerts(AlertSettings(str(tmp_path), "retail", (sink,)), clock=lambda: next(moments))
        for number in range(4):
            observer.ended(replace(failed(1), run_id=f"run-{number}"))
        observer.close()
        first, second = (json.loads(text)["text"] for text in double.taken)
    assert "times since" not in first
    assert "3 times since 2026-11-22T00:00:00+00:00" in second


@pytest.mark.integration
def test_slack_gets_no_mention_and_no_link_that_a_name_would_make(tmp_path: Path) -> None:
    rule = RuleResult("<!channel> & co", "warn", "row", 10, 2, "warned")
    with opened() as double:
        sink = SinkSettings("team", SlackTarget(f"{double.url}/hook"), timeout_seconds=TIMEOUT)
        observer = SentAlerts(AlertSettings(str(tmp_path), "retail", (sink,)))
        observer.ended(replace(GOOD, rules=(rule,)))
        observer.close()
        (text,) = (json.loads(text)["text"] for text in double.taken)
    assert "&lt;!channel&gt; &amp; co (2 of 10)" in text
    assert "<" not in text


def test_telling_costs_a_run_next_to_nothing(tmp_path: Path) -> None:
    observer = SentAlerts(AlertSettings(str(tmp_path), "retail", (SinkSettings("team", SlackTarget(CLOSED_PORT)),)))
    start = time.monotonic()
    for number in range(100):
        observer.ended(failed(number))
    assert time.monotonic() - start < 1.0
    observer.close()
    assert spooled(tmp_path) == list(range(100))


def test_an_address_that_shows_the_secret_to_everybody_is_refused_and_not_repeated(tmp_path: Path) -> None:
    sink = SinkSettings("team", SlackTarget("http://hooks.slack.example/S3CR3T"))
    with pytest.raises(ConfigError, match="is not encrypted") as error:
        SentAlerts(AlertSettings(str(tmp_path), "retail", (sink,)))
    assert "S3CR3T" not in str(error.value)
    assert "S3CR3T" not in repr(sink)


def test_a_topic_without_its_package_is_told_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    sink = SinkSettings("topic", SnsTarget("arn:aws:sns:eu-central-1:123456789012:alerts"))
    with pytest.raises(MissingExtraError, match=r"tidegate\[aws\]"):
        SentAlerts(AlertSettings(str(tmp_path), "retail", (sink,)))


@given(
    st.sampled_from(SEVERITIES),
    st.sampled_from([None, "gold.daily", "silver.orders", "golden.eggs"]),
    st.sets(st.sampled_from(SEVERITIES)),
    st.sets(st.sampled_from(["gold.*", "silver.orders", "*", "retail"])),
)
def test_an_alert_goes_where_its_severity_and_its_table_say(
    severity: Severity, table: str | None, severities: set[Severity], tables: set[str]
) -> None:
    sink = SinkSettings("team", SlackTarget("https://x"), tuple(severities), tuple(tables))
    about = table or "retail"
    matches = {
        "gold.*": about.startswith("gold."),
        "silver.orders": about == "silver.orders",
        "*": True,
        "retail": about == "retail",
    }
    is_for = severity in severities and (not tables or any(matches[pattern] for pattern in tables))
    assert sink.is_for(Alert(severity, "title", "run", "retail", table)) == is_for
