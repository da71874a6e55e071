"""The message that an alert travels as: one JSON document, the same for every sink, whose schema is published."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.alerts.port import Alert, AlertKind
    from tidegate.model.contracts import Severity

VERSION = 1
_TITLE_LENGTH = 1_000
_MOST_RULES = 100
_RULE_LENGTH = 200
_SPACES = re.compile(r"\s+")
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")  # it becomes the name of a file
_NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")


@dataclass(frozen=True)
class AlertMessage:
    """What is sent about an alert. It holds counts and names, never data values.

    Attributes:
        version: Version of the schema.
        alert_id: This alert (UUID); a receiver that sees it twice may drop the second.
        fingerprint: The same for alerts about the same thing, whatever their run and their counts.
        at: When the alert was raised (ISO 8601, UTC).
        severity: `info`, `warn`, `error` or `fatal`.
        kind: What sort of thing happened.
        environment: The namespace of the jobs.
        job: The job, or the pipeline where the alert is about all of it.
        table: The table that is concerned; None where it is not about a table.
        run_id: The run; empty where none began.
        title: What happened, in one line.
        advice: What to do, in one line.
        rules: Ids of the rules that are concerned, sorted; the first hundred.
        rules_total: How many they are.
        occurrences: How often this has happened since it was last sent, this time included.
        last_sent_at: When the same thing was sent before (ISO 8601, UTC); None the first time.
        run_link: Where to look at the run; None where nothing is configured.
        runbook_link: Where it says what to do; None where nothing is configured.
        held_back: How many other alerts were not sent since the last one, because there were too many in an hour.
    """

    version: int
    alert_id: str
    fingerprint: str
    at: str
    severity: Severity
    kind: AlertKind
    environment: str
    job: str
    table: str | None
    run_id: str
    title: str
    advice: str
    rules: tuple[str, ...]
    rules_total: int
    occurrences: int = 1
    last_sent_at: str | None = None
    run_link: str | None = None
    runbook_link: str | None = None
    held_back: int = 0

    @property
    def label(self) -> str:
        """What the message's file is called in a spool, after the time."""
        return self.alert_id

    @property
    def text(self) -> str:
        """The message as one line of JSON, in ASCII."""
        return json.dumps(asdict(self))

    @property
    def subject(self) -> str:
        """The alert in one line: severity, what it concerns, what happened."""
        return _line(f"{self.severity.upper()} {self.table or self.job}: {self.title}")

    @property
    def lines(self) -> tuple[str, ...]:
        """The alert for people, without the subject."""
        facts = [
            self.advice,
            f"rules: {', '.join(self.rules)}{_more(self.rules_total - len(self.rules))}" if self.rules else "",
            f"job {self.job} in {self.environment}, {f'run {self.run_id}, ' if self.run_id else ''}{self.at}",
            f"{self.occurrences} times since {self.last_sent_at}" if self.occurrences > 1 else "",
            f"{self.held_back} other alerts were held back; the log has them" if self.held_back else "",
            self.run_link or "",
            f"runbook: {self.runbook_link}" if self.runbook_link else "",
        ]
        return tuple(fact for fact in facts if fact)

    @classmethod
    def from_text(cls, text: str) -> AlertMessage:
        """Return the message of a line of JSON.

        Raises:
            ValueError: It is not such a message.
        """
        read = json.loads(text)
        is_alert = isinstance(read, dict) and read.get("version") == VERSION and isinstance(read.get("rules"), list)
        if not is_alert or not _FINGERPRINT.fullmatch(str(read.get("fingerprint"))):
            raise ValueError("this is not an alert")
        known = {field.name for field in fields(cls)}
        try:
            return cls(
                **{name: value for name, value in read.items() if name in known} | {"rules": tuple(read["rules"])}
            )
        except TypeError:
            raise ValueError("this is not a whole alert") from None


def compose(
    alert: Alert, environment: str, at: datetime, run_link: str | None = None, runbook_link: str | None = None
) -> AlertMessage:
    """Return the message of an alert.

    Args:
        alert: The alert.
        environment: The namespace of the jobs.
        at: The moment, in UTC.
        run_link: Address of a page about runs, with `{run_id}` in it.
        runbook_link: Address of a page that says what to do; `{kind}` in it stands for the kind of the alert.
    """
    return AlertMessage(
        version=VERSION,
        alert_id=str(uuid.uuid4()),
        fingerprint=_fingerprint(alert, environment),
        at=at.isoformat(timespec="seconds"),
        severity=alert.severity,
        kind=alert.kind,
        environment=environment,
        job=alert.job,
        table=alert.table,
        run_id=alert.run_id,
        title=_line(alert.title),
        advice=_line(alert.advice),
        rules=tuple(rule[:_RULE_LENGTH] for rule in alert.rules[:_MOST_RULES]),
        rules_total=len(alert.rules),
        run_link=run_link.replace("{run_id}", alert.run_id) if run_link and alert.run_id else None,
        runbook_link=runbook_link.replace("{kind}", alert.kind) if runbook_link else None,
    )


def moment(text: str) -> datetime:
    """Return the moment that a text in ISO 8601 names.

    Raises:
        ValueError: It names none, or one without a time zone.
    """
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return read


def schema() -> str:
    """Return the JSON Schema of the message."""
    return files("tidegate.alerts").joinpath("alert.schema.json").read_text(encoding="utf-8")


def _fingerprint(alert: Alert, environment: str) -> str:
    """Return what is the same for alerts about the same thing: numbers in the title, such as counts, do not matter."""
    title = _NUMBERS.sub("#", alert.title)
    facts = [environment, alert.kind, alert.severity, alert.job, alert.table, list(alert.rules), title]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _line(text: str) -> str:
    """Return a text as one line of bounded length."""
    line = _SPACES.sub(" ", "".join(character if character.isprintable() else " " for character in text)).strip()
    return line if len(line) <= _TITLE_LENGTH else f"{line[: _TITLE_LENGTH - 1]}…"


def _more(count: int) -> str:
    return f" and {count} more" if count else ""
