"""The events of a run as a file of JSON lines in the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import StorageError
from tidegate.storage import join, replace

if TYPE_CHECKING:
    from tidegate.lineage.message import Message

EVENTS = ("_tidegate", "events")


class EventFiles:
    """Writes `_tidegate/events/date=<day of the run's start>/<run id>.jsonl`, whole at every event.

    An object store cannot append, so the file is written again with each event of its run; a reader sees all of the
    events so far or none.
    """

    def __init__(self, root: str) -> None:
        """Write below the root of a lake."""
        self._root = root
        self._lines: dict[str, list[str]] = {}
        self._unwritten: dict[str, Message] = {}

    def post(self, message: Message) -> None:
        """Write the events of the message's run up to this one.

        Raises:
            StorageError: They cannot be written now; `flush` tries once more.
        """
        lines = self._lines.setdefault(message.run_id, [])
        lines.append(message.text)
        self._unwritten[message.run_id] = message
        self._write(message)

    def flush(self) -> int:
        """Try once more to write what could not be written; return how many runs remain without a whole file."""
        for message in tuple(self._unwritten.values()):
            try:
                self._write(message)
            except StorageError:
                continue
        return len(self._unwritten)

    def _write(self, message: Message) -> None:
        uri = join(self._root, *EVENTS, f"date={message.day}", f"{message.run_id}.jsonl")
        replace(uri, "".join(f"{line}\n" for line in self._lines[message.run_id]).encode())
        del self._unwritten[message.run_id]
        if message.is_last:
            del self._lines[message.run_id]
