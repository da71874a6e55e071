"""A service that apprise knows gets the alert with its links, and its address is never told."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from tests.alerts.test_mail import Inbox, server
from tests.http_receiver import opened

from tidegate.alerts.message import compose
from tidegate.alerts.port import Alert
from tidegate.alerts.services import ServiceReceiver
from tidegate.alerts.settings import ServiceTarget
from tidegate.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from tidegate.alerts.message import AlertMessage
    from tidegate.model.contracts import Severity

pytestmark = pytest.mark.integration

SECRET = "S3CR3T"  # noqa: S105 - it opens nothing


def alert(severity: Severity = "error") -> Alert:
    return Alert(
        severity, "the gate refused <b>&</b> größer", "run-1", "silver.orders", "silver.orders", ("a",), "mend"
    )


def message(severity: Severity = "error") -> AlertMessage:
    links = ("https://runs.example.com/{run_id}", "https://wiki.example.com/runbook#{kind}")
    return compose(alert(severity), "retail", datetime(2026, 11, 22, tzinfo=timezone.utc), *links)


@pytest.mark.parametrize(
    ("severity", "kind"), [("info", "info"), ("warn", "warning"), ("error", "failure"), ("fatal", "failure")]
)
def test_a_service_is_told_what_happened_how_grave_it_is_and_where_to_look(
    severity: Severity, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with opened() as double:
        receiver = ServiceReceiver(ServiceTarget(f"json://127.0.0.1:{double.port}/{SECRET}"), 3.0)
        assert receiver.send(message(severity)).kind == "taken"
        receiver.close()
        (taken,) = map(json.loads, double.taken)
    assert taken["type"] == kind
    assert taken["title"].endswith("silver.orders: the gate refused <b>&</b> größer")
    assert "https://runs.example.com/run-1" in taken["message"]
    assert "runbook: https://wiki.example.com/runbook#run_failed" in taken["message"]


def test_mail_goes_through_apprise_too() -> None:
    inbox = Inbox()
    with server(inbox) as target:
        url = f"mailto://127.0.0.1:{target.port}?from=lake@example.com&to=team@example.com&mode=insecure"
        assert ServiceReceiver(ServiceTarget(url), 3.0).send(message()).kind == "taken"
    (mail,) = inbox.mails
    assert "größer" in str(mail["Subject"])


@pytest.mark.parametrize("mood", ["hanging", 500, 404])
def test_what_a_service_does_not_take_stumbles_in_bounded_time_and_tells_no_secret(
    mood: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with caplog.at_level(logging.DEBUG), opened(mood=mood) as double:  # type: ignore[arg-type]
        target = ServiceTarget(f"json://user:{SECRET}@127.0.0.1:{double.port}/")
        answer = ServiceReceiver(target, 0.3).send(message())
    assert answer.kind == "stumbled"
    assert SECRET not in answer.reason + caplog.text + repr(target)


def test_an_address_of_no_service_is_refused_without_being_told() -> None:
    with pytest.raises(ConfigError, match="apprise") as caught:
        ServiceReceiver(ServiceTarget(f"nothing://{SECRET}"), 3.0)
    assert SECRET not in str(caught.value)


def test_apprise_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(MissingExtraError, match=r"tidegate\[alerts\]"):
        ServiceReceiver(ServiceTarget("json://127.0.0.1"), 3.0)
