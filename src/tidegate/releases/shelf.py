"""Where the releases of an environment are kept: files by their hash, manifests, the one in force, and the history."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate import storage
from tidegate.errors import AlreadyExistsError, ConfigError, MissingFileError
from tidegate.model.releases import BLOBS, CURRENT, HISTORY, RELEASES, Artefact, Release, Released, base_of

if TYPE_CHECKING:
    from collections.abc import Callable

Reason: TypeAlias = Literal["deploy", "rollback"]
_MOMENT = "%Y%m%dT%H%M%S%fZ"


def now() -> datetime:
    """Return the time."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Shelf:
    """The releases of one environment.

    Attributes:
        base: The environment's folder.
        clock: Tells the time.
    """

    base: str
    clock: Callable[[], datetime] = now

    @classmethod
    def at(cls, location: str, environment: str) -> Shelf:
        """Return the shelf of an environment."""
        return cls(storage.join(location, environment))

    def current(self) -> Release | None:
        """Return the release that is in force; None where nothing was deployed yet.

        Raises:
            StorageError: The bucket is missing, or may not be read.
            ConfigError: The manifest cannot be read.
        """
        storage.list_names(self.base)  # a bucket that is missing is told here, not taken for an empty one
        address = storage.join(self.base, CURRENT)
        try:
            return Release.from_json(storage.read_bytes(address), address)
        except MissingFileError:
            return None

    def release(self, name: str) -> Release:
        """Return a release by its id, the beginning of its id, or the address of its manifest.

        Raises:
            ConfigError: There is none, there are several, or a file of it is gone.
        """
        wanted = name.rpartition("/")[2].removesuffix(".json")
        known = [one.removesuffix(".json") for one in storage.list_names(storage.join(self.base, RELEASES))]
        found = [one for one in known if wanted and one.startswith(wanted)]
        if len(found) != 1:
            raise ConfigError(
                f"{len(found) or 'no'} releases are called {wanted!r}",
                where=storage.join(self.base, RELEASES),
                hint=f"there are: {', '.join(self.history()[-5:]) or 'none'}",
            )
        address = storage.join(self.base, RELEASES, f"{found[0]}.json")
        release = Release.from_json(storage.read_bytes(address), address)
        gone = [one.name for one in release.artefacts.values() if not self.has(one)]
        if gone:
            raise ConfigError(
                f"files of the release are gone: {', '.join(sorted(gone))}", where=address, hint="deploy it again"
            )
        return release

    def history(self) -> tuple[str, ...]:
        """Return the ids of the releases that came into force, the oldest first; an id may be there more than once."""
        names = storage.list_names(storage.join(self.base, HISTORY))
        return tuple(name.removesuffix(".json").partition("-")[2] for name in names)

    def before(self, current: Release) -> Release:
        """Return the release that was in force before another one came.

        Raises:
            ConfigError: There was none.
        """
        others = [one for one in self.history() if one != current.id]
        if not others:
            raise ConfigError(
                "there is no release to go back to", where=self.base, hint="only one was ever deployed here"
            )
        return self.release(others[-1])

    def has(self, artefact: Artefact) -> bool:
        """Return whether a file is there."""
        return storage.exists(storage.join(self.base, artefact.path))

    def put(self, name: str, content: bytes, made_of: str) -> Artefact:
        """Upload a file, unless the same one is there, and return what a manifest says of it."""
        artefact = Artefact(name, hashlib.sha256(content).hexdigest(), len(content), made_of)
        self._write_once(artefact.path, content)
        return artefact

    def enforce(self, release: Release, reason: Reason) -> None:
        """Bring a release into force: its files are there; then its manifest, the history, last what runs look at."""
        manifest = release.to_json().encode()
        self._write_once(f"{RELEASES}/{release.id}.json", manifest)
        moment = self.clock()
        entry = {"release": release.id, "at": moment.isoformat(), "reason": reason}
        self._write_once(f"{HISTORY}/{moment.strftime(_MOMENT)}-{release.id}.json", json.dumps(entry).encode())
        storage.replace(storage.join(self.base, CURRENT), manifest)

    def _write_once(self, path: str, content: bytes) -> None:
        address = storage.join(self.base, path)
        if path.startswith(BLOBS) and storage.exists(address):
            return
        try:
            storage.write_new(address, content)
        except AlreadyExistsError:
            return  # what has this name has this content


def released_at(manifest: str) -> Released:
    """Return the release whose manifest is at an address.

    Raises:
        ConfigError: It is none.
        StorageError: It cannot be read.
    """
    try:
        release = Release.from_json(storage.read_bytes(manifest), manifest)
    except MissingFileError as error:
        raise ConfigError(
            "there is no release", where=manifest, hint="deploy one: tidegate deploy --env ENVIRONMENT"
        ) from error
    return Released(release, base_of(manifest))
