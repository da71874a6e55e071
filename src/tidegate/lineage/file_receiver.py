"""A file outside of the lake as a receiver of OpenLineage events: the official client's transport."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from tidegate.dispatch.port import Answer
from tidegate.lineage.json_receiver import JsonReceiver
from tidegate.storage import is_local

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent
    from openlineage.client.transport.file import FileTransport

    from tidegate.lineage.documents import Json


class FileReceiver(JsonReceiver):
    """Appends each event as a line; where files cannot be appended to (object stores), each is a file of its own."""

    def _emit(self, event: Json, text: str) -> Answer:
        del text
        try:
            self._transport.emit(cast("RunEvent", event))  # serialised as a dictionary
        except RuntimeError as error:
            why = type(error.__cause__).__name__ if error.__cause__ else "the folder may be missing"
            return Answer("failed", f"the file cannot be written: {why}")
        return Answer("taken")

    def close(self) -> None:
        """Do nothing: no file stays open."""

    @cached_property
    def _transport(self) -> FileTransport:
        from openlineage.client.transport.file import FileConfig, FileTransport  # noqa: PLC0415 - an extra

        path = self._settings.path
        return FileTransport(FileConfig(log_file_path=path, append=is_local(path)))
