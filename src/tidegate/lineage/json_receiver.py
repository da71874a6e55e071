"""What receivers of OpenLineage events have in common: settings that are kept, and a text that has to be JSON."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from tidegate.dispatch.port import Answer

if TYPE_CHECKING:
    from tidegate.lineage.documents import Json
    from tidegate.lineage.settings import TransportSettings


class JsonReceiver(ABC):
    """Takes events as JSON; trying again is the spool's business."""

    def __init__(self, settings: TransportSettings) -> None:
        """Keep the settings; nothing is loaded, written or sent yet."""
        self._settings = settings

    def send(self, text: str) -> Answer:
        """Send one event and return what became of it."""
        try:
            event: Json = json.loads(text)
        except ValueError:
            return Answer("refused", "the event is not JSON")
        return self._emit(event, text)

    @abstractmethod
    def close(self) -> None:
        """Give up what is open, if anything is."""

    @abstractmethod
    def _emit(self, event: Json, text: str) -> Answer:
        """Send an event and return what became of it."""
