"""What becomes of an event for a receiver: it is sent, spooled, or set aside."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from tidegate.errors import MissingFileError, TidegateError
from tidegate.lineage.receiver import Answer

if TYPE_CHECKING:
    from tidegate.lineage.message import Message
    from tidegate.lineage.receiver import Receiver
    from tidegate.lineage.spool import Spool

_log = logging.getLogger("tidegate.lineage")

QUIET_SECONDS = 30.0


class Outbox:
    """Sends in order: what earlier runs have left in the spool first, then the events of this run.

    After a failure the receiver is left in peace for a while, and events are kept at once. An event is sent at least
    once: it is sent again where the answer to the first time was lost, or where two runs empty the spool together.

    Attributes:
        send_until: Moment (monotonic seconds) from which on nothing is sent any more; None while the run goes on.
        quiet_seconds: How long the receiver is left in peace after a failure.
    """

    send_until: float | None = None
    quiet_seconds: float = QUIET_SECONDS

    def __init__(self, receiver: Receiver, spool: Spool, *, redelivered: int) -> None:
        """Prepare; nothing is sent or read yet.

        Args:
            receiver: Where the events go.
            spool: Where they wait.
            redelivered: How many spooled events are sent at most.
        """
        self._receiver, self._spool, self._allowance = receiver, spool, redelivered
        self._quiet_until = 0.0
        self._spooled = self._refused = self._lost = 0
        self._reason = "the run was over first"

    def open(self) -> None:
        """Look at the spool and send what earlier runs have left there."""
        try:
            self._spooled = len(self._spool.names())
        except TidegateError as error:
            self._reason = error.what
        self.empty_spool()

    def send(self, message: Message) -> bool:
        """Send an event, unless older ones wait or the receiver is left in peace; return whether it is dealt with."""
        if self._spooled or not self._may_send():
            return False
        answer = self._ask(message.text)
        if answer.kind == "refused":
            try:
                self._spool.add_refused(message)
            except TidegateError:
                self._lost += 1
        return answer.kind != "failed"

    def keep(self, message: Message) -> None:
        """Put an event into the spool."""
        try:
            self._spool.add(message)
        except TidegateError as error:
            self._lost += 1
            self._reason = f"{self._reason}, and the spool cannot be written: {error.what}"
        else:
            self._spooled += 1

    def empty_spool(self) -> None:
        """Send what is in the spool, oldest first, until it is empty, the receiver fails, or enough has been sent."""
        try:
            names = self._spool.names() if self._spooled and self._may_send() else ()
            for name in names[: self._allowance]:
                if not self._may_send() or not self._redeliver(name):
                    return
        except TidegateError as error:
            self._reason = error.what

    def close(self) -> None:
        """Give back the receiver's connections."""
        self._receiver.close()

    def summarize(self, *, stuck: int = 0) -> None:
        """Log what is not with the receiver, and why.

        Args:
            stuck: How many events may be lost because the spool did not answer in time.
        """
        if self._spooled:
            _log.warning(
                "%d OpenLineage events wait in %s (%s); later runs send them in order",
                self._spooled,
                self._spool.uri,
                self._reason,
            )
        if self._refused:
            _log.warning(
                "%d OpenLineage events were refused (%s) and lie in %s/refused",
                self._refused,
                self._reason,
                self._spool.uri,
            )
        if self._lost + stuck:
            _log.warning("%d OpenLineage events may be lost (%s)", self._lost + stuck, self._reason)

    def _may_send(self) -> bool:
        now = time.monotonic()
        return now >= self._quiet_until and (self.send_until is None or now < self.send_until)

    def _ask(self, text: str) -> Answer:
        try:
            answer = self._receiver.send(text)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a client, the event is kept
            answer = Answer("failed", f"the client failed: {type(error).__name__}")
        if answer.kind != "taken":
            self._reason = answer.reason
        if answer.kind == "failed":
            self._quiet_until = time.monotonic() + self.quiet_seconds
        elif answer.kind == "refused":
            self._refused += 1
        return answer

    def _redeliver(self, name: str) -> bool:
        """Send a spooled event and return whether to go on."""
        try:
            answer = self._ask(self._spool.read(name))
            if answer.kind == "failed":
                return False
            if answer.kind == "refused":
                self._spool.set_aside(name)
            else:
                self._spool.remove(name)
        except MissingFileError:  # another run was faster
            pass
        self._spooled -= 1
        self._allowance -= 1
        return True
