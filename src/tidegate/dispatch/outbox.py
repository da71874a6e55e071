"""What becomes of a message for a receiver: it is sent, spooled, or set aside."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from tidegate.dispatch.port import Answer
from tidegate.errors import MissingFileError, TidegateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.dispatch.port import Letter, Receiver
    from tidegate.dispatch.spool import Spool

_log = logging.getLogger("tidegate.dispatch")

QUIET_SECONDS = 30.0
STRIKES = 3

_DEALT_WITH = frozenset({"taken", "refused"})


class Outbox:
    """Sends in order: what earlier runs have left in the spool first, then the messages of this run.

    After a failure the receiver is left in peace for a while, and messages are kept at once. A message is sent at least
    once: it is sent again where the answer to the first time was lost, or where two runs empty the spool together.

    A message over which the receiver stumbles holds up the others only if they fail, too: the next one is tried, and
    after three runs in which that one passed, the message is set aside.

    Attributes:
        send_until: Moment (monotonic seconds) from which on nothing is sent any more; None while the run goes on.
        quiet_seconds: How long the receiver is left in peace after a failure.
    """

    send_until: float | None = None
    quiet_seconds: float = QUIET_SECONDS

    def __init__(self, receiver: Receiver, spool: Spool, *, redelivered: int, what: str = "messages") -> None:
        """Prepare; nothing is sent or read yet.

        Args:
            receiver: Where the messages go.
            spool: Where they wait.
            redelivered: How many spooled messages are sent at most.
            what: What the log calls the messages.
        """
        self._what = what
        self._receiver, self._spool, self._allowance = receiver, spool, redelivered
        self._quiet_until = 0.0
        self._struck: set[str] = set()
        self._spooled = self._refused = self._lost = 0
        self._reason = "the run was over first"

    def open(self) -> None:
        """Look at the spool and send what earlier runs have left there."""
        try:
            self._spooled = len(self._spool.names())
        except TidegateError as error:
            self._reason = error.what
        self.empty_spool()

    def send(self, letter: Letter) -> bool:
        """Send a message, unless older ones wait or the receiver is left in peace; return whether it is dealt with."""
        if self._spooled or not self._may_send():
            return False
        answer = self._ask(letter.text)
        if answer.kind == "refused":
            try:
                self._spool.add_refused(letter, answer.reason)
            except TidegateError:
                self._lost += 1
        if answer.kind == "stumbled":
            self._rest()
        return answer.kind in _DEALT_WITH

    def keep(self, letter: Letter) -> None:
        """Put a message into the spool."""
        try:
            self._spool.add(letter)
        except TidegateError as error:
            self._lost += 1
            self._reason = f"{self._reason}, and the spool cannot be written: {error.what}"
        else:
            self._spooled += 1

    def empty_spool(self) -> None:
        """Send what is in the spool, oldest first, until it is empty, the receiver fails, or enough has been sent."""
        try:
            names = self._spool.names() if self._spooled and self._may_send() else ()
            self._redeliver_all([name for name in names if name not in self._struck][: self._allowance])
        except TidegateError as error:
            self._reason = error.what

    def close(self) -> None:
        """Give back the receiver's connections."""
        self._receiver.close()

    def summarize(self, *, stuck: int = 0) -> None:
        """Log what is not with the receiver, and why.

        Args:
            stuck: How many messages may be lost: the spool did not answer in time, or too many waited.
        """
        if self._spooled:
            _log.warning(
                "%d %s wait in %s (%s); later runs send them in order",
                self._spooled,
                self._what,
                self._spool.uri,
                self._reason,
            )
        if self._refused:
            _log.warning(
                "%d %s were refused (%s) and lie in %s/refused",
                self._refused,
                self._what,
                self._reason,
                self._spool.uri,
            )
        if self._lost + stuck:
            _log.warning("%d %s may be lost (%s)", self._lost + stuck, self._what, self._reason)

    def _may_send(self) -> bool:
        now = time.monotonic()
        return now >= self._quiet_until and (self.send_until is None or now < self.send_until)

    def _ask(self, text: str) -> Answer:
        try:
            answer = self._receiver.send(text)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a client, the event is kept
            answer = Answer("stumbled", f"the client failed: {type(error).__name__}")
        if answer.kind != "taken":
            self._reason = answer.reason
        if answer.kind == "failed":
            self._rest()
        elif answer.kind == "refused":
            self._refused += 1
        return answer

    def _rest(self) -> None:
        """Leave the receiver in peace for a while."""
        self._quiet_until = time.monotonic() + self.quiet_seconds

    def _redeliver_all(self, names: Sequence[str]) -> None:
        """Send spooled messages in order until one fails; strike one that was stumbled over if the next passes."""
        stumbled: str | None = None
        for name in names:
            if not self._may_send():
                return
            kind = self._redeliver(name)
            if kind == "stumbled" and stumbled is None:
                stumbled = name
            elif kind not in _DEALT_WITH:
                self._rest()
                return
            elif kind == "taken" and stumbled is not None:
                self._strike(stumbled)
                stumbled = None

    def _redeliver(self, name: str) -> str:
        """Send a spooled message, once more where the receiver stumbled over it, and return what became of it."""
        try:
            text = self._spool.read(name)
            answer = self._ask(text)
            if answer.kind == "stumbled" and self._may_send():
                answer = self._ask(text)
            if answer.kind not in _DEALT_WITH:
                return answer.kind
            self._take_out(name, turned_down=int(answer.kind == "refused"))
        except MissingFileError:  # another run was faster
            self._count_out()
            return "refused"
        return answer.kind

    def _strike(self, name: str) -> None:
        """Note that a message failed and the next passed: once in a run, and the third time it is set aside."""
        self._struck.add(name)
        strikes = self._spool.strike(name)
        if strikes >= STRIKES:
            self._refused += 1
            self._take_out(name, turned_down=strikes)

    def _take_out(self, name: str, *, turned_down: int) -> None:
        """Remove a message that was taken, or set one aside that was turned down so many times."""
        if turned_down:
            self._spool.set_aside(name, self._reason, turned_down)
        else:
            self._spool.remove(name)
        self._count_out()

    def _count_out(self) -> None:
        self._spooled -= 1
        self._allowance -= 1
