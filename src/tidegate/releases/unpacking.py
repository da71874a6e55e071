"""The project of a release, as files of this machine: so a run's configuration may be the address of a manifest."""

from __future__ import annotations

import atexit
import hashlib
import io
import tempfile
import threading
import zipfile
from contextlib import ExitStack
from pathlib import Path

from tidegate import storage
from tidegate.errors import ConfigError
from tidegate.releases.shelf import released_at

_lock = threading.Lock()
_unpacked: dict[str, str] = {}
_folders = ExitStack()
atexit.register(_folders.close)


def local_config(location: str) -> str:
    """Return the folder of a configuration; of a release's manifest, the one in its project, unpacked.

    A process unpacks a release once, and removes it when it ends. One that was named by `…/current.json` stays the same
    for the whole process, whatever is deployed meanwhile.

    Raises:
        ConfigError: The manifest is none, or the project is not the one that it describes.
        StorageError: It cannot be read.
    """
    if not location.endswith(".json"):
        return location
    with _lock:
        if location not in _unpacked:
            _unpacked[location] = _unpack(location)
        return _unpacked[location]


def _unpack(manifest: str) -> str:
    released = released_at(manifest)
    address = released.address("project")
    content = storage.read_bytes(address)
    if hashlib.sha256(content).hexdigest() != released.release.artefacts["project"].sha256:
        raise ConfigError("the project is not the one that was deployed", where=address, hint="deploy it again")
    folder = _folders.enter_context(tempfile.TemporaryDirectory(prefix="tidegate-"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return str(Path(folder, released.release.config))
