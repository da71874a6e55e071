"""What OpenLineage's agent in Spark is told, so that its events are of the runs that tidegate tells of. No client.

The agent reads all of it once, when Spark starts. So its parent is the run for which Spark was started: a pipeline's,
or that of a job that runs by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tidegate.lineage.settings import ParentRun
from tidegate.model.events import Observer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidegate.lineage.settings import LineageSettings, TransportSettings
    from tidegate.model.events import RunStarted

AGENT = "spark.openlineage."
PARENT, ROOT = f"{AGENT}parent", f"{AGENT}rootParent"  # what the settings begin with that are of one run alone
_TRANSPORT = f"{AGENT}transport"
_MILLISECONDS = 1000


class FirstRun(Observer):
    """An observer that remembers the run for which Spark is started: the first, a pipeline's where one runs."""

    def __init__(self) -> None:
        """Begin with no run."""
        self.run: RunStarted | None = None

    def started(self, event: RunStarted) -> None:
        """Remember the first run."""
        self.run = self.run or event


def agent_conf(settings: LineageSettings, run: RunStarted | None) -> dict[str, str]:
    """Return the settings of Spark that the agent reads: its namespace, the parent of its runs, and where events go.

    Args:
        settings: What lineage is told.
        run: The run for which Spark is started; None where it is for none.
    """
    found = {f"{AGENT}namespace": settings.namespace}
    if run is not None:
        parent = ParentRun(settings.namespace, run.name, run.run_id)
        root = settings.root_parent or settings.parent or parent
        for name, one in ((PARENT, parent), (ROOT, root)):
            found[f"{name}JobNamespace"] = one.namespace
            found[f"{name}JobName"] = one.job
            found[f"{name}RunId"] = one.run_id
    return {**found, **dict(_transports([one for one in settings.transports if can_take(one.kind, one.path)]))}


def can_take(kind: str, path: str) -> bool:
    """Return whether the agent can send its events there: to a receiver over HTTP, or a file of this machine's disk.

    Args:
        kind: The kind of transport.
        path: The file of a transport of files; empty for the lake's own, and for any other kind.
    """
    return kind == "http" or (kind == "file" and bool(path) and "://" not in path)


def secret_keys(conf: dict[str, str]) -> frozenset[str]:
    """Return those of the agent's settings whose values are secrets."""
    return frozenset(key for key in conf if key.endswith(".auth.apiKey"))


def _transports(transports: Sequence[TransportSettings]) -> Iterator[tuple[str, str]]:
    if len(transports) == 1:
        yield from _transport(_TRANSPORT, transports[0])
    elif transports:
        yield f"{_TRANSPORT}.type", "composite"
        yield f"{_TRANSPORT}.continueOnFailure", "true"
        for number, one in enumerate(transports, start=1):
            yield from _transport(f"{_TRANSPORT}.transports.t{number}", one)


def _transport(key: str, transport: TransportSettings) -> Iterator[tuple[str, str]]:
    yield f"{key}.type", transport.kind
    if transport.kind == "file":
        yield f"{key}.location", transport.path
        return
    parts = urlsplit(transport.url)
    yield f"{key}.url", f"{parts.scheme}://{parts.netloc}"
    yield f"{key}.endpoint", "/".join(part for part in (parts.path.strip("/"), transport.endpoint.lstrip("/")) if part)
    yield f"{key}.timeoutInMillis", str(round(transport.timeout_seconds * _MILLISECONDS))
    if transport.api_key is not None:
        yield f"{key}.auth.type", "api_key"
        yield f"{key}.auth.apiKey", transport.api_key
