"""Events that could not be delivered, one file each, in the order they were made."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.storage import delete, join, list_names, read_bytes, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.lineage.message import Message

_REFUSED = "refused"


@dataclass(frozen=True)
class Spool:
    """A folder of events for one receiver.

    A file's name starts with the time it was spooled at, so that sorting the names restores the order. Events that the
    receiver has refused for good are kept in a sub-folder and are not sent again.

    Attributes:
        uri: The folder.
    """

    uri: str
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False, compare=False)

    def add(self, message: Message) -> None:
        """Keep an event, whole or not at all."""
        replace(join(self.uri, self._name(message)), message.text.encode())

    def add_refused(self, message: Message) -> None:
        """Keep an event that the receiver has refused for good where it is not sent again."""
        replace(join(self.uri, _REFUSED, self._name(message)), message.text.encode())

    def names(self) -> tuple[str, ...]:
        """Return the names of the waiting events, oldest first."""
        return tuple(name for name in list_names(self.uri) if name.endswith(".json"))

    def read(self, name: str) -> str:
        """Return a waiting event."""
        return read_bytes(join(self.uri, name)).decode(errors="replace")

    def remove(self, name: str) -> None:
        """Forget an event that has been delivered."""
        delete(join(self.uri, name))

    def set_aside(self, name: str) -> None:
        """Move a waiting event to those that are not sent again."""
        replace(join(self.uri, _REFUSED, name), read_bytes(join(self.uri, name)))
        self.remove(name)

    def _name(self, message: Message) -> str:
        return f"{time.time_ns():020d}-{next(self._numbers):06d}-{message.run_id}-{message.state}.json"
