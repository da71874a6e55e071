"""Messages that could not be delivered, one file each, in the order they were made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.dispatch.refused import RefusedLetters
from tidegate.errors import MissingFileError
from tidegate.storage import delete, join, list_names, read_bytes, replace

if TYPE_CHECKING:
    from tidegate.dispatch.port import Letter

_STRIKES = ".strikes"


@dataclass(frozen=True)
class Spool:
    """A folder of messages for one receiver.

    A file is called as its message's label says: sorting the names restores the order, and a message that is added
    twice is there once. Messages that the receiver has refused for good are kept in a sub-folder and are not sent
    again.

    Attributes:
        uri: The folder.
    """

    uri: str
    _struck: set[str] = field(default_factory=set, repr=False, compare=False)

    def add(self, letter: Letter) -> None:
        """Keep a message, whole or not at all."""
        replace(join(self.uri, f"{letter.label}.json"), letter.text.encode())

    @property
    def refused(self) -> RefusedLetters:
        """The messages that the receiver has refused for good, which are not sent again."""
        return RefusedLetters(self.uri)

    def add_refused(self, letter: Letter, reason: str) -> None:
        """Keep a message that the receiver has refused for good where it is not sent again."""
        self.refused.add(f"{letter.label}.json", letter.text.encode(), error=reason, attempts=1)

    def names(self) -> tuple[str, ...]:
        """Return the names of the waiting messages, oldest first."""
        listed = list_names(self.uri)
        self._struck.update(name.removesuffix(_STRIKES) for name in listed if name.endswith(_STRIKES))
        return tuple(name for name in listed if name.endswith(".json"))

    def read(self, name: str) -> str:
        """Return a waiting message."""
        return read_bytes(join(self.uri, name)).decode(errors="replace")

    def remove(self, name: str) -> None:
        """Forget a message that has been delivered."""
        delete(join(self.uri, name))
        if name in self._struck:
            delete(join(self.uri, f"{name}{_STRIKES}"))

    def set_aside(self, name: str, reason: str, attempts: int) -> None:
        """Move a waiting message to those that are not sent again."""
        self.refused.add(name, read_bytes(join(self.uri, name)), error=reason, attempts=attempts)
        self.remove(name)

    def strike(self, name: str) -> int:
        """Note that a message failed while another passed; return how often it has."""
        uri = join(self.uri, f"{name}{_STRIKES}")
        self._struck.add(name)
        try:
            strikes = len(read_bytes(uri)) + 1
        except MissingFileError:
            strikes = 1
        replace(uri, b"x" * strikes)
        return strikes
