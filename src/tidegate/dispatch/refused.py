"""Messages that a receiver has refused for good, each with why, until somebody has them sent again or removes them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timezone

from tidegate.errors import MissingFileError
from tidegate.storage import delete, join, list_names, read_bytes, replace

_FOLDER = "refused"
_WHY = ".why"
_POSTED = re.compile(r"(\d{18,20})[-.]")
_LEAST_NANOSECONDS = 10**18  # 2001: what is less is no time
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class Refused:
    """A message that its receiver does not take.

    Attributes:
        name: Name of its file.
        error: What the receiver answered, in a few words; None where nobody has noted it.
        attempts: How often the receiver turned it down; None where nobody has noted it.
        posted_at: When it was made (ISO 8601, UTC); None where its name does not tell.
        refused_at: When it was set aside (ISO 8601, UTC); None where nobody has noted it.
    """

    name: str
    error: str | None = None
    attempts: int | None = None
    posted_at: str | None = None
    refused_at: str | None = None


@dataclass(frozen=True)
class RefusedLetters:
    """The messages that the receiver of a spool has refused for good.

    Attributes:
        spool: The folder of the spool.
    """

    spool: str

    def add(self, name: str, text: bytes, *, error: str, attempts: int) -> None:
        """Keep a message, whole or not at all, after what is said of it."""
        why = Refused(name, error, attempts, _posted_at(name), datetime.now(tz=timezone.utc).isoformat())
        replace(self._place(f"{name}{_WHY}"), json.dumps(asdict(why)).encode())
        replace(self._place(name), text)

    def all(self) -> tuple[Refused, ...]:
        """Return what is known of the messages, oldest first."""
        return tuple(self._known(name) for name in list_names(join(self.spool, _FOLDER)) if name.endswith(".json"))

    def text(self, name: str) -> str:
        """Return a message.

        Raises:
            MissingFileError: There is none of that name.
        """
        return read_bytes(self._place(name)).decode(errors="replace")

    def send_again(self, name: str) -> None:
        """Let a message wait again, in its old place among the others; the next run sends it.

        Raises:
            MissingFileError: There is none of that name.
        """
        replace(join(self.spool, name), read_bytes(self._place(name)))
        self.remove(name)

    def remove(self, name: str) -> None:
        """Forget a message."""
        delete(self._place(name))
        delete(self._place(f"{name}{_WHY}"))

    def _place(self, name: str) -> str:
        return join(self.spool, _FOLDER, name)

    def _known(self, name: str) -> Refused:
        try:
            told = json.loads(read_bytes(self._place(f"{name}{_WHY}")))
            return Refused(name, str(told["error"]), int(told["attempts"]), told["posted_at"], told["refused_at"])
        except (MissingFileError, ValueError, KeyError, TypeError):  # set aside before it was noted why
            return Refused(name, posted_at=_posted_at(name))


def _posted_at(name: str) -> str | None:
    """Return the time that the name of a message's file begins with."""
    match = _POSTED.match(name)
    if match is None or int(match[1]) < _LEAST_NANOSECONDS:
        return None
    return datetime.fromtimestamp(int(match[1]) // _NANOSECONDS, tz=timezone.utc).isoformat()
