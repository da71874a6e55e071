"""A topic of Kafka as a receiver of OpenLineage events, keyed as the official client keys them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tidegate.dispatch.port import Answer
from tidegate.lineage.documents import text as text_at
from tidegate.lineage.json_receiver import JsonReceiver

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

    from tidegate.lineage.documents import Json

# Errors of which another attempt changes nothing, by librdkafka's names.
_REFUSALS = frozenset({"MSG_SIZE_TOO_LARGE", "INVALID_RECORD", "INVALID_MSG", "_INVALID_ARG"})
_GRACE_SECONDS = 0.5


class KafkaReceiver(JsonReceiver):
    """Sends each event once and waits for the brokers' word: trying again is the spool's business."""

    def _emit(self, event: Json, text: str) -> Answer:
        import confluent_kafka  # noqa: PLC0415 - an extra

        found: list[KafkaError | None] = []

        def note(error: KafkaError | None, _message: Message) -> None:
            found.append(error)

        try:
            self._producer.produce(self._settings.topic, value=text.encode(), key=message_key(event), on_delivery=note)
            self._producer.flush(self._settings.timeout_seconds + _GRACE_SECONDS)
        except confluent_kafka.KafkaException as error:
            return _answer(error.args[0])
        if not found:
            self._producer.purge()
            return Answer("failed", "the brokers do not answer")
        return Answer("taken") if found[0] is None else _answer(found[0])

    def close(self) -> None:
        """Give up what is under way; the producer goes with its last reference."""
        self.__dict__.pop("_producer", None)

    @cached_property
    def _producer(self) -> Producer:
        from confluent_kafka import Producer  # noqa: PLC0415 - an extra

        milliseconds = int(self._settings.timeout_seconds * 1000)
        own = {"acks": "all", "client.id": "tidegate", "message.timeout.ms": milliseconds, "log_level": 0}
        return Producer({**own, **dict(self._settings.properties)})


def message_key(event: Json) -> str | None:
    """Return what keeps the events of related runs in order: `run:<namespace>/<job>` of the outermost run.

    Source: the Kafka transport of openlineage-python, which gives the runs of a parent the parent's key.
    """
    facet = ("run", "facets", "parent")
    for place in ((*facet, "root", "job"), (*facet, "job"), ("job",)):
        namespace, name = text_at(event, *place, "namespace"), text_at(event, *place, "name")
        if namespace and name:
            return f"run:{namespace}/{name}"
    return None


def _answer(error: KafkaError) -> Answer:
    name = error.name()
    return Answer("refused" if name in _REFUSALS else "failed", f"the brokers answered {name}")
