"""Who is told when something is wrong."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tidegate.config.frozen import Section
from tidegate.config.secrets import SecretReference
from tidegate.model.connections import address_fault
from tidegate.model.contracts import Severity

_MAIL = re.compile(r"[^@\s,<>\"]+@[^@\s,<>\"]+")
_LINK_PART = "{run_id}"


def _mail_address(value: str) -> str:
    if not _MAIL.fullmatch(value):
        raise PydanticCustomError("tidegate", "is not an e-mail address", {"hint": "data-team@example.com"})
    return value


def _queue(value: str) -> str:
    fault = address_fault(value, is_insecure=False)
    if fault:
        hint = "https://sqs.eu-central-1.amazonaws.com/123456789012/alerts"
        raise PydanticCustomError("tidegate", "is not the address of a queue", {"hint": hint})
    return value


def _link(value: str) -> str:
    if address_fault(value.replace(_LINK_PART, "id"), is_insecure=True) or _LINK_PART not in value:
        hint = "https://runs.example.com/{run_id}"
        raise PydanticCustomError("tidegate", "is not the address of a page about runs", {"hint": hint})
    return value


def _page(value: str) -> str:
    if address_fault(value.replace("{kind}", "kind"), is_insecure=True):
        raise PydanticCustomError(
            "tidegate", "is not the address of a page", {"hint": "https://wiki.example.com/runbook#{kind}"}
        )
    return value


MailAddress: TypeAlias = Annotated[str, AfterValidator(_mail_address)]


class LogAlertSettings(Section):
    """Alerts in the log."""

    severity: Severity = Field(default="warn", description="The least severity that is worth an alert.")


class _SinkSettings(Section):
    """Which alerts go to a place."""

    severities: Annotated[tuple[Severity, ...], Field(strict=False, min_length=1)] = Field(
        default=("warn", "error", "fatal"), description="Severities of the alerts that go there."
    )
    tables: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(),
        description="Tables that the alerts are about, such as gold.*; a job or pipeline where none is. None: all.",
    )
    timeout_seconds: float = Field(default=3.0, gt=0, le=30, description="How long one attempt may wait.")
    most_per_hour: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="How many alerts go there in any hour; further ones are counted. Fatal ones always go. null: all.",
    )


class SnsSinkSettings(_SinkSettings):
    """Alerts to a topic of Amazon SNS."""

    type: Literal["sns"]
    name: str = Field(default="sns", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", description="Name of the place.")
    topic_arn: str = Field(
        pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?$", description="The topic."
    )


class SqsSinkSettings(_SinkSettings):
    """Alerts to a queue of Amazon SQS."""

    type: Literal["sqs"]
    name: str = Field(default="sqs", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", description="Name of the place.")
    queue_url: Annotated[str, AfterValidator(_queue)] = Field(description="The queue.")
    region: str | None = Field(default=None, description="Its region; left out, the one in the address.")


class SmtpSinkSettings(_SinkSettings):
    """Alerts by e-mail."""

    type: Literal["smtp"]
    name: str = Field(default="smtp", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", description="Name of the place.")
    host: str = Field(min_length=1, description="The mail server.")
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    encryption: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the talk with the server is encrypted."
    )
    user: str | None = Field(default=None, description="Name to log in with.")
    password: SecretReference | None = Field(
        default=None, description="The user's password: env:NAME, file:PATH or a vault's."
    )
    sender: MailAddress = Field(description="Address that the mail is from.")
    recipients: Annotated[tuple[MailAddress, ...], Field(strict=False, min_length=1)] = Field(
        description="Addresses that it is for."
    )


class SlackSinkSettings(_SinkSettings):
    """Alerts to a channel of Slack."""

    type: Literal["slack"]
    name: str = Field(default="slack", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", description="Name of the place.")
    webhook: SecretReference = Field(description="Address of the incoming webhook: env:NAME, file:PATH or a vault's.")


class ServiceSinkSettings(_SinkSettings):
    """Alerts to a service that the package apprise knows, such as Microsoft Teams or PagerDuty."""

    type: Literal["apprise"]
    name: str = Field(default="apprise", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", description="Name of the place.")
    url: SecretReference = Field(description="Its address as apprise writes it: env:NAME, file:PATH or a vault's.")


AlertSinkSettings: TypeAlias = Annotated[
    SnsSinkSettings | SqsSinkSettings | SmtpSinkSettings | SlackSinkSettings | ServiceSinkSettings,
    Field(discriminator="type"),
]


def _distinct(sinks: tuple[AlertSinkSettings, ...]) -> tuple[AlertSinkSettings, ...]:
    if len({sink.name for sink in sinks}) < len(sinks):
        raise PydanticCustomError("tidegate", "has two places of one name", {"hint": "give each its own name"})
    return sinks


class AlertsSettings(Section):
    """Who is told when something is wrong."""

    log: LogAlertSettings | None = Field(default=LogAlertSettings(), description="Alerts in the log; null for none.")
    sinks: Annotated[tuple[AlertSinkSettings, ...], Field(strict=False), AfterValidator(_distinct)] = Field(
        default=(), description="Where else alerts go: topics, queues, mailboxes, channels."
    )
    repeat_after_minutes: float = Field(
        default=60.0, ge=0, description="Within this time, further alerts about the same thing are counted, not sent."
    )
    run_link: Annotated[str, AfterValidator(_link)] | None = Field(
        default=None, description="Address of a page about runs, with {run_id} in it."
    )
    runbook_link: Annotated[str, AfterValidator(_page)] | None = Field(
        default=None, description="Address of a page that says what to do; {kind} stands for the kind of the alert."
    )
