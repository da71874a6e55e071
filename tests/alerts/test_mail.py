"""Mail reaches its recipients through a real server, encrypted and logged in as configured, and says what matters."""

from __future__ import annotations

import email.policy
import json
import logging
import shutil
import socket
import ssl
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from email import message_from_bytes
from typing import TYPE_CHECKING, Any, Literal

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tidegate.alerts.mail import SmtpReceiver
from tidegate.alerts.message import AlertMessage, compose
from tidegate.alerts.port import Alert
from tidegate.alerts.settings import SmtpTarget

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

pytestmark = pytest.mark.integration

ALERT = Alert(
    "fatal", "the gate refused the batch: größer", "run-1", "silver.orders", "silver.orders", ("a", "b"), "mend"
)
MESSAGE = compose(ALERT, "retail", datetime(2026, 11, 22, tzinfo=timezone.utc), "https://runs.example.com/{run_id}")
PASSWORD = "S3CR3T"  # noqa: S105 - it opens nothing but the test's server


class Inbox:
    """Keeps mail, and answers to its content and to one recipient as it is told."""

    def __init__(self, answer: str = "250 OK", *, hangs_up: bool = False) -> None:
        self.answer, self.hangs_up = answer, hangs_up
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []

    async def handle_MAIL(self, *given: Any) -> str:  # noqa: ANN401, N802
        if str(given[3]).startswith("nobody"):
            return "550 who are you"
        given[2].mail_from = given[3]
        return "250 OK"

    async def handle_RCPT(self, *given: Any) -> str:  # noqa: ANN401, N802 - the server's own name
        address = str(given[3])
        if address.startswith("gone"):
            return "550 no such person"
        given[2].rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, *given: Any) -> str:  # noqa: ANN401, N802
        if self.hangs_up:
            given[0].transport.abort()
        return "221 Bye"

    async def handle_DATA(self, *given: Any) -> str:  # noqa: ANN401, N802
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(given[2].content, policy=email.policy.default))
            self.recipients += given[2].rcpt_tos
        return self.answer


@contextmanager
def server(inbox: Inbox, **options: Any) -> Iterator[SmtpTarget]:  # noqa: ANN401
    """Run a mail server on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield SmtpTarget("127.0.0.1", port, "lake@example.com", ("a@example.com", "b@example.com"), encryption="none")
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a key and a certificate for 127.0.0.1 in one file."""
    if shutil.which("openssl") is None:
        pytest.fail("openssl makes the server's certificate")
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*command.split(), "-keyout", str(file), "-out", f"{file}.crt"], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + file.with_name("server.pem.crt").read_bytes())
    return file


def checked(*given: object) -> AuthResult:
    """Let in whom the password is right of; what the server knows comes before it."""
    return AuthResult(success=given[-1] == LoginPassword(b"lake", PASSWORD.encode()))


def test_every_recipient_gets_one_mail_with_what_happened_and_the_document() -> None:
    inbox = Inbox()
    with server(inbox) as target:
        assert SmtpReceiver(target, 5.0).send(MESSAGE).kind == "taken"
    (mail,) = inbox.mails
    assert inbox.recipients == ["a@example.com", "b@example.com"]
    assert " ".join(mail["Subject"].split()) == "[retail] FATAL silver.orders: the gate refused the batch: größer"
    assert (mail["From"], mail["Message-ID"]) == ("lake@example.com", f"<{MESSAGE.alert_id}@tidegate>")
    body = mail.get_body()
    assert body is not None
    text = body.get_content()
    for part in ("größer", "mend", "rules: a, b", "run run-1", "https://runs.example.com/run-1"):
        assert part in text
    (attached,) = mail.iter_attachments()
    assert AlertMessage.from_text(json.dumps(json.loads(attached.get_content()))) == MESSAGE


@pytest.mark.parametrize("encryption", ["starttls", "tls"])
def test_over_an_encrypted_connection_the_user_is_logged_in_and_the_password_is_not_shown(
    encryption: Literal["starttls", "tls"], certificate: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=f"{certificate}.crt")
    ours.load_cert_chain(certificate)
    inbox, is_upgraded = Inbox(), encryption == "starttls"
    how = (
        {"tls_context": ours, "require_starttls": True, "auth_required": True} if is_upgraded else {"ssl_context": ours}
    )
    with (
        server(inbox, **how, authenticator=checked, auth_require_tls=is_upgraded) as plain,
        caplog.at_level(logging.DEBUG),
    ):
        target = replace(plain, encryption=encryption, user="lake", password=PASSWORD)
        assert SmtpReceiver(target, 5.0, theirs).send(MESSAGE).kind == "taken"
        assert SmtpReceiver(replace(target, password="no"), 5.0, theirs).send(MESSAGE).kind == "failed"  # noqa: S106
        unknown = SmtpReceiver(target, 5.0).send(MESSAGE)
    assert (unknown.kind, len(inbox.mails)) == ("failed", 1)
    assert PASSWORD not in repr(target)
    assert PASSWORD not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("tidegate")
    )


@pytest.mark.parametrize(("answer", "kind"), [("554 no", "stumbled"), ("451 later", "stumbled")])
def test_what_the_server_does_not_take_is_not_taken(answer: str, kind: str) -> None:
    with server(Inbox(answer)) as target:
        assert SmtpReceiver(target, 5.0).send(MESSAGE).kind == kind


def test_a_sender_whom_the_server_does_not_know_is_told_by_its_answer() -> None:
    with server(Inbox()) as target:
        answer = SmtpReceiver(replace(target, sender="nobody@x.de"), 5.0).send(MESSAGE)
    assert (answer.kind, answer.reason) == ("failed", "the mail server answered 550")


def test_a_server_that_hangs_up_after_the_mail_has_taken_it() -> None:
    inbox = Inbox(hangs_up=True)
    with server(inbox) as target:
        assert SmtpReceiver(target, 5.0).send(MESSAGE).kind == "taken"
    assert len(inbox.mails) == 1


def test_a_recipient_who_is_gone_keeps_no_other_from_the_mail(caplog: pytest.LogCaptureFixture) -> None:
    inbox = Inbox()
    with server(inbox) as target:
        some = SmtpTarget(target.host, target.port, target.sender, ("gone@x.de", "a@x.de"), encryption="none")
        assert SmtpReceiver(some, 5.0).send(MESSAGE).kind == "taken"
        none = SmtpTarget(target.host, target.port, target.sender, ("gone@x.de",), encryption="none")
        assert SmtpReceiver(none, 5.0).send(MESSAGE).kind == "failed"
    assert inbox.recipients == ["a@x.de"]
    assert "refused 1 of 2 recipients" in caplog.text
    assert "gone@" not in caplog.text


def test_a_server_that_is_not_there_or_says_nothing_fails_in_bounded_time() -> None:
    assert SmtpReceiver(SmtpTarget("127.0.0.1", 9, "a@x.de", ("b@x.de",)), 0.3).send(MESSAGE).kind == "failed"
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = SmtpTarget("127.0.0.1", mute.getsockname()[1], "a@x.de", ("b@x.de",))
        assert SmtpReceiver(silent, 0.3).send(MESSAGE).kind == "failed"
