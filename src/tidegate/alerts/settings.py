"""What alerts are told when they are built: where they go, and which of them go there."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from tidegate.alerts.port import Alert
    from tidegate.model.contracts import Severity


@dataclass(frozen=True)
class SnsTarget:
    """A topic of Amazon SNS.

    Attributes:
        topic_arn: The topic; its region is part of the name.
    """

    topic_arn: str


@dataclass(frozen=True)
class SqsTarget:
    """A queue of Amazon SQS.

    Attributes:
        queue_url: The queue.
        region: Its region; None takes the one in the address, or else that of the process.
    """

    queue_url: str
    region: str | None = None


@dataclass(frozen=True)
class SmtpTarget:
    """People who get e-mail.

    Attributes:
        host: The mail server.
        port: Its port.
        sender: Address that the mail is from.
        recipients: Addresses that it is for.
        encryption: `starttls`, `tls` from the first byte, or `none`.
        user: Name to log in with; None for no login.
        password: The user's password; never shown.
    """

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SlackTarget:
    """A channel of Slack, by its incoming webhook.

    Attributes:
        webhook: Address of the webhook, which is a secret; never shown.
    """

    webhook: str = field(repr=False)


@dataclass(frozen=True)
class ServiceTarget:
    """A service that the package apprise knows.

    Attributes:
        url: Its address as apprise writes it, which is a secret; never shown.
    """

    url: str = field(repr=False)


Target: TypeAlias = SnsTarget | SqsTarget | SmtpTarget | SlackTarget | ServiceTarget


@dataclass(frozen=True)
class SinkSettings:
    """One place that alerts go to.

    Attributes:
        name: Name of the place: its undelivered alerts wait in a folder of that name. Distinct among places.
        target: Where it is.
        severities: Severities of the alerts that go there.
        tables: Patterns such as `gold.*`: alerts about these tables, or about a job or a pipeline of such a name where
            no table is concerned. Empty for all.
        timeout_seconds: How long one attempt may wait for a connection, or for the next bytes of an answer.
        most_per_hour: How many alerts go there in any hour, but for fatal ones; None for any number.
    """

    name: str
    target: Target
    severities: tuple[Severity, ...] = ("warn", "error", "fatal")
    tables: tuple[str, ...] = ()
    timeout_seconds: float = 3.0
    most_per_hour: int | None = None

    def is_for(self, alert: Alert) -> bool:
        """Return whether an alert goes there."""
        about = alert.table or alert.job
        return alert.severity in self.severities and (
            not self.tables or any(fnmatchcase(about, pattern) for pattern in self.tables)
        )


@dataclass(frozen=True)
class AlertSettings:
    """Where alerts go and what they say of their surroundings.

    Attributes:
        root: Root of the lake; undelivered alerts and what has been sent are kept below `_tidegate/` there.
        environment: The namespace of the jobs.
        sinks: Where alerts go.
        repeat_seconds: Within so many seconds after an alert was sent, further ones about the same thing are counted
            and not sent.
        run_link: Address of a page about runs, with `{run_id}` in it; None for none.
        runbook_link: Address of a page that says what to do, perhaps with `{kind}` in it; None for none.
        redelivered_per_run: How many alerts that wait one run sends at most.
    """

    root: str
    environment: str
    sinks: tuple[SinkSettings, ...]
    repeat_seconds: float = 3600.0
    run_link: str | None = None
    runbook_link: str | None = None
    redelivered_per_run: int = 500
