"""What has arrived: the files of a feed that no earlier batch has read. No Spark."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import SourceError

if TYPE_CHECKING:
    from datetime import datetime

    from tidegate.model.declarations import Files, Identity
    from tidegate.storage import FileInfo


@dataclass(frozen=True)
class LandedFile:
    """One file of a feed.

    Attributes:
        path: Its path below the feed, with `/` between the names.
        uri: Its address, absolute and with a scheme, as Spark reads it (not percent-encoded).
        size: Size in bytes.
        modified_at: When it was last written (UTC).
        tag: What tells its content from another one of the same size; empty where the size has to do.
        rows: Records that the manifest of its delivery says it has; None where none says so.
    """

    path: str
    uri: str
    size: int
    modified_at: datetime
    tag: str = ""
    rows: int | None = None

    @property
    def identity(self) -> str:
        """What tells the file from others: path, size and tag. A known path with another one is a new delivery."""
        return f"{self.path}@{self.size}{self.tag}"

    @property
    def feed_uri(self) -> str:
        """Address of the feed's folder."""
        return self.uri.removesuffix(f"/{self.path}")


class SeenFiles:
    """What earlier batches have read, by the identities in their commits."""

    def __init__(self, identities: frozenset[str], rule: Identity) -> None:
        """Keep the identities; those that were made by another rule count for any content of the same size."""
        self._identities = identities
        self._by_other_rules = {
            identity.rpartition("#")[0] if made_by != "size" else identity
            for identity in identities
            if (made_by := _rule_of(identity)) != rule
        }

    def has(self, path: str, size: int, tag: str) -> bool:
        """Return whether a file has been read."""
        plain = f"{path}@{size}"
        return plain + tag in self._identities or plain in self._by_other_rules


def list_new(root_uri: str, files: Files, seen: frozenset[str]) -> tuple[LandedFile, ...]:
    """Return the files of a feed whose identity has not been seen, sorted by path; empty files are among them.

    A feed without a folder has no files. Files and folders whose name starts with `.` or `_` are passed over, as Spark
    does: by that name writers mark what is not finished or not data. Only what is new is kept in memory.

    Args:
        root_uri: Root of the landing zone.
        files: The feed, its format, the ending of its files and what tells them apart.
        seen: Identities of the files that earlier batches have read.

    Raises:
        SourceError: No root is given, the feed is a file, or the store does not tell what the identity is made of.
        StorageError: The folder cannot be listed.
    """
    known = SeenFiles(seen, files.identity)
    feed = feed_folder(root_uri, files)
    new = []
    for found in storage.walk_files(feed, suffix=usual_suffix(files)):
        path = _path_below(feed, found)
        tag = "" if files.identity == "size" else _tag(found, files.identity)
        if not is_hidden(path) and not known.has(path, found.size, tag):
            uri = f"file://{found.uri}" if storage.is_local(feed) else found.uri
            new.append(LandedFile(path, uri, found.size, found.modified_at, tag))
    return tuple(sorted(new, key=lambda file: file.path))


def feed_folder(root_uri: str, files: Files) -> str:
    """Return the feed's folder, in full.

    Raises:
        SourceError: No root is given.
    """
    if not root_uri:
        raise SourceError(
            "there is no landing zone to read from", where=files.feed, hint="set the root of the landing zone"
        )
    return storage.join(_absolute(root_uri), files.feed)


def usual_suffix(files: Files) -> str:
    """Return the ending of the feed's files."""
    return f".{files.format}" if files.suffix is None else files.suffix


def is_hidden(path: str) -> bool:
    """Return whether a file or a folder on the way to it has a name that begins with `.` or `_`."""
    return path[0] in "._" or "/." in path or "/_" in path


def _path_below(feed: str, found: FileInfo) -> str:
    if found.uri == feed:
        raise SourceError("the feed is a file", where=feed, hint="name the folder that the files arrive in")
    return found.uri[len(feed) + 1 :]


def _tag(found: FileInfo, rule: Identity) -> str:
    if rule == "modified":
        return f"#modified:{found.modified_at.isoformat()}"
    if found.etag is None:
        raise SourceError(
            "this store has no ETags", where=found.uri, hint='declare identity="modified", which every store can tell'
        )
    return f"#etag:{found.etag.replace('@', '%40')}"


def _rule_of(identity: str) -> str:
    """Return the rule by which an identity was made. A tag has no `@`, so the last one is before the size."""
    tag = identity.rpartition("@")[2].partition("#")[2]
    return tag.partition(":")[0] or "size"


def _absolute(root_uri: str) -> str:
    """Return the root with its full path: Spark's processes need not share this one's working directory."""
    return os.path.abspath(storage.local_path(root_uri)) if storage.is_local(root_uri) else root_uri.rstrip("/")  # noqa: PTH100 - also takes out `..`
