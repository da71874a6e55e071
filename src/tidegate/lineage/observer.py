"""The observer that turns runs into OpenLineage events, without the run waiting for it."""

from __future__ import annotations

import importlib.util
import logging
from typing import TYPE_CHECKING

from tidegate.dispatch.outbox import Outbox
from tidegate.dispatch.sender import Sender, close_all
from tidegate.dispatch.spool import Spool
from tidegate.errors import MissingExtraError
from tidegate.lineage.event_files import EventFiles
from tidegate.lineage.file_receiver import FileReceiver
from tidegate.lineage.kafka_receiver import KafkaReceiver
from tidegate.lineage.receiver import HttpReceiver
from tidegate.lineage.recorder import Recorder
from tidegate.model.events import Observer
from tidegate.storage import join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidegate.dispatch.port import Receiver
    from tidegate.lineage.message import Fact
    from tidegate.lineage.settings import LineageSettings, TransportSettings
    from tidegate.model.events import RunStarted
    from tidegate.model.reports import PipelineReport, RunReport

_log = logging.getLogger("tidegate.lineage")

SPOOL = ("_tidegate", "spool")

_RECEIVERS: Mapping[str, Callable[[TransportSettings], Receiver]] = {
    "file": FileReceiver,
    "http": HttpReceiver,
    "kafka": KafkaReceiver,
}


class OpenLineageObserver(Observer):
    """Makes OpenLineage events of what it is told, in a background thread, and delivers them at least once.

    Telling it something costs microseconds. `close` waits for the events to leave, but never longer than the settings
    say; what has not reached a receiver by then is in the spool, and later runs send it. No run ever sees an error.
    """

    def __init__(self, settings: LineageSettings) -> None:
        """Check that the client is installed; it is loaded by the first event.

        Raises:
            MissingExtraError: The client is not installed.
        """
        if not is_client_installed():
            raise MissingExtraError("openlineage-python", extra="openlineage", purpose="lineage")
        self._settings = settings
        self._recorder: Recorder | None = None
        self._senders: tuple[Sender, ...] = ()

    def started(self, event: RunStarted) -> None:
        """Take note that a run has started."""
        self._take(event)

    def ended(self, report: RunReport) -> None:
        """Take note of how a job's run ended."""
        self._take(report)

    def pipeline_ended(self, report: PipelineReport) -> None:
        """Take note of how a pipeline's run ended."""
        self._take(report)

    def close(self) -> None:
        """Wait for the events to leave, within the settings' bound, and log what has not left."""
        if self._recorder is None:
            return
        self._recorder.close(self._settings.write_seconds)
        close_all(self._senders, self._settings.close_seconds)
        self._recorder, self._senders = None, ()

    def _take(self, fact: Fact) -> None:
        if self._recorder is None:
            self._senders = tuple(self._sender(way) for way in self._settings.transports if way.is_spooled)
            writes_files = not all(way.is_spooled for way in self._settings.transports)
            files = (EventFiles(self._settings.root),) if writes_files else ()
            self._recorder = Recorder(self._settings, (*files, *self._senders))
        self._recorder.put(fact)

    def _sender(self, transport: TransportSettings) -> Sender:
        spool = Spool(join(self._settings.root, *SPOOL, transport.name))
        most = self._settings.redelivered_per_run
        receiver = _RECEIVERS[transport.kind](transport)
        return Sender(Outbox(receiver, spool, redelivered=most, what="OpenLineage events"))


def is_client_installed() -> bool:
    """Return whether the OpenLineage client is there, without loading it."""
    try:
        return importlib.util.find_spec("openlineage.client") is not None
    except ModuleNotFoundError:
        return False
