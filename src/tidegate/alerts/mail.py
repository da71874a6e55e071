"""Alerts by e-mail."""

from __future__ import annotations

import logging
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate
from typing import TYPE_CHECKING

from tidegate.dispatch.port import Answer

if TYPE_CHECKING:
    from tidegate.alerts.message import AlertMessage
    from tidegate.alerts.settings import SmtpTarget

_SUBJECT_LENGTH = 200

_log = logging.getLogger("tidegate.alerts")


class SmtpReceiver:
    """Sends each alert as one mail to all recipients, its document attached, over a connection of its own."""

    def __init__(self, target: SmtpTarget, timeout_seconds: float, tls: ssl.SSLContext | None = None) -> None:
        """Keep the settings; nothing is sent yet.

        Args:
            target: Server, sender and recipients.
            timeout_seconds: How long one step of the talk with the server may last.
            tls: How the server's certificate is checked; as the system does by default.
        """
        self._target, self._timeout = target, timeout_seconds
        self._tls = tls

    def send(self, message: AlertMessage) -> Answer:
        """Send one alert and return what became of it."""
        try:
            refused = self._deliver(self._mail(message))
        except smtplib.SMTPDataError as error:
            return Answer("stumbled", f"the mail server answered {error.smtp_code}")
        except smtplib.SMTPResponseException as error:
            return Answer("failed", f"the mail server answered {error.smtp_code}")
        except smtplib.SMTPRecipientsRefused:
            return Answer("failed", "the mail server refused every recipient")
        except (OSError, smtplib.SMTPException) as error:
            return Answer("failed", f"the mail server does not answer as it should: {type(error).__name__}")
        if refused:
            _log.warning("the mail server refused %d of %d recipients", refused, len(self._target.recipients))
        return Answer("taken")

    def close(self) -> None:
        """Do nothing: each alert had a connection of its own."""

    def _deliver(self, mail: EmailMessage) -> int:
        """Send a mail and return how many of its recipients were refused; how the talk ends then does not matter."""
        server = self._connect()
        try:
            return len(server.send_message(mail))
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        target = self._target
        if target.encryption == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                target.host, target.port, timeout=self._timeout, context=self._tls or ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(target.host, target.port, timeout=self._timeout)
        try:
            if target.encryption == "starttls":
                server.starttls(context=self._tls or ssl.create_default_context())
            if target.user is not None:
                server.login(target.user, target.password or "")
        except BaseException:
            server.close()
            raise
        return server

    def _mail(self, message: AlertMessage) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = f"[{message.environment}] {message.subject}"[:_SUBJECT_LENGTH]
        mail["From"] = self._target.sender
        mail["To"] = ", ".join(self._target.recipients)
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{message.alert_id}@tidegate>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answers, please
        mail.set_content("\n".join((message.title, "", *message.lines)) + "\n")
        mail.add_attachment(message.text.encode(), maintype="application", subtype="json", filename="alert.json")
        return mail
