"""Alert sinks are typed, hold no secret, and what is wrong with one is told with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.alerts.sending import SentAlerts
from tidegate.errors import ConfigError, SettingsError
from tidegate.factory.alerting import alert_settings, check_sinks, send_test_alert
from tidegate.factory.observers import make_observers

if TYPE_CHECKING:
    from tests.config.conftest import Configuration

BASE = "project: {name: shop}\nstorage: {root: data/lakehouse}\nlineage: {namespace: retail}\n"
SINKS = """
alerts:
  repeat_after_minutes: 30
  run_link: https://runs.example.com/{run_id}
  sinks:
    - {type: sns, topic_arn: 'arn:aws:sns:eu-central-1:123456789012:alerts'}
    - {type: sqs, queue_url: 'https://sqs.eu-central-1.amazonaws.com/123456789012/alerts', severities: [warn]}
    - {type: smtp, host: mail.example.com, user: lake, password: env:MAIL, sender: l@example.com,
       recipients: [a@example.com], tables: [gold.*]}
    - {type: slack, name: oncall, webhook: env:HOOK, severities: [error, fatal], timeout_seconds: 1.5}
"""
SECRETS = {"MAIL": "s3cret", "HOOK": "https://hooks.example.com/s3cret"}


def test_sinks_are_what_the_file_says_and_show_no_secret(configuration: Configuration) -> None:
    settings = configuration.write(base=BASE + SINKS).load()
    sending = alert_settings(settings, SECRETS)
    assert [sink.name for sink in sending.sinks] == ["sns", "sqs", "smtp", "oncall"]
    assert [sink.severities for sink in sending.sinks][1:] == [
        ("warn",),
        ("warn", "error", "fatal"),
        ("error", "fatal"),
    ]
    assert [sink.tables for sink in sending.sinks] == [(), (), ("gold.*",), ()]
    assert [sink.timeout_seconds for sink in sending.sinks] == [3.0, 3.0, 3.0, 1.5]
    assert (sending.repeat_seconds, sending.environment) == (1800.0, "retail")
    assert sending.root == settings.storage.root
    assert "s3cret" not in repr(sending) + repr(settings)


def test_runs_are_told_to_the_sinks_where_there_are_any(configuration: Configuration) -> None:
    def observed(base: str) -> list[type]:
        return [type(one) for one in make_observers(configuration.write(base=base).load(), SECRETS)]

    assert SentAlerts in observed(BASE + SINKS)
    assert SentAlerts not in observed(BASE)


def test_without_sinks_alerts_go_to_the_log_only(configuration: Configuration) -> None:
    settings = configuration.write(base=BASE).load()
    assert settings.alerts.sinks == ()
    assert send_test_alert(settings, {}) == {}


def test_all_sinks_are_checked_without_sending(configuration: Configuration) -> None:
    settings = configuration.write(base=BASE + SINKS).load()
    assert check_sinks(settings, SECRETS) == ("sns", "sqs", "smtp", "oncall")
    with pytest.raises(ConfigError, match=r"missing or empty\n.*env:HOOK"):
        check_sinks(settings, {"MAIL": "s3cret"})
    with pytest.raises(ConfigError, match="not encrypted") as error:
        check_sinks(settings, {**SECRETS, "HOOK": "http://hooks.example.com/s3cret"})
    assert "s3cret" not in str(error.value)


def test_a_sink_that_is_not_there_cannot_be_tried(configuration: Configuration) -> None:
    settings = configuration.write(base=BASE + SINKS).load()
    with pytest.raises(ConfigError, match=r"no sink 'pager'\n  hint:  sinks: sns, sqs, smtp, oncall"):
        send_test_alert(settings, SECRETS, "pager")


@pytest.mark.parametrize(
    ("sink", "message"),
    [
        ("{type: pager}", "sns"),
        ("{type: sns, topic_arn: alerts}", "topic_arn"),
        ("{type: sqs, queue_url: 'http://sqs.example.com/q'}", "is not the address of a queue"),
        ("{type: slack, webhook: 'https://hooks.slack.com/services/T/B/x'}", "must be a reference to a secret"),
        ("{type: smtp, host: m, sender: lake, recipients: [a@x.de]}", "is not an e-mail address"),
        ('{type: smtp, host: m, sender: l@x.de, recipients: ["a@x.de\\nBcc: b@x.de"]}', "is not an e-mail address"),
        ("{type: smtp, host: m, sender: l@x.de, recipients: []}", "recipients"),
        ("{type: slack, webhook: env:HOOK, severities: [urgent]}", "severities"),
        ("{type: slack, webhook: env:HOOK, name: ../x}", "name"),
        ("{type: slack, webhook: env:HOOK}, {type: slack, webhook: env:OTHER}", "two places of one name"),
    ],
)
def test_a_sink_that_cannot_be_used_is_told_and_its_values_are_not(
    configuration: Configuration, sink: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as error:
        configuration.write(base=f"{BASE}alerts: {{sinks: [{sink}]}}\n").load()
    assert "services/T/B/x" not in str(error.value)


@pytest.mark.parametrize("link", ["https://runs.example.com", "runs/{run_id}", "https://me:pw@x/{run_id}"])
def test_a_link_to_a_run_is_an_address_with_the_run_in_it(configuration: Configuration, link: str) -> None:
    with pytest.raises(SettingsError, match="is not the address of a page about runs"):
        configuration.write(base=f"{BASE}alerts: {{run_link: '{link}'}}\n").load()


def test_an_overlay_gives_the_sinks_of_an_environment(configuration: Configuration) -> None:
    overlay = "alerts: {sinks: [{type: slack, webhook: env:HOOK}]}"
    (sink,) = configuration.write(base=BASE + SINKS, local=overlay).load().alerts.sinks
    assert sink.type == "slack"
