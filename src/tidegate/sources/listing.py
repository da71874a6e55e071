"""What has arrived: the files of a feed that no earlier batch has read. No Spark."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.errors import SourceError

if TYPE_CHECKING:
    from datetime import datetime

    from tidegate.model.declarations import Files


@dataclass(frozen=True)
class LandedFile:
    """One file of a feed.

    Attributes:
        path: Its path below the feed, with `/` between the names.
        uri: Its address, absolute and with a scheme, as Spark reads it (not percent-encoded).
        size: Size in bytes.
        modified_at: When it was last written (UTC).
    """

    path: str
    uri: str
    size: int
    modified_at: datetime

    @property
    def identity(self) -> str:
        """What tells the file from others: path and size. A known path with another size is a new delivery."""
        return f"{self.path}@{self.size}"

    @property
    def feed_uri(self) -> str:
        """Address of the feed's folder."""
        return self.uri.removesuffix(f"/{self.path}")


def list_new(root_uri: str, files: Files, seen: frozenset[str]) -> tuple[LandedFile, ...]:
    """Return the files of a feed whose identity has not been seen, sorted by path; empty files are among them.

    A feed without a folder has no files. Files and folders whose name starts with `.` or `_` are passed over, as Spark
    does: by that name writers mark what is not finished or not data.

    Args:
        root_uri: Root of the landing zone.
        files: The feed, its format and the ending of its files.
        seen: Identities of the files that earlier batches have read.

    Raises:
        SourceError: No root is given, or the feed is a file.
        StorageError: The folder cannot be listed.
    """
    if not root_uri:
        raise SourceError(
            "there is no landing zone to read from", where=files.feed, hint="set the root of the landing zone"
        )
    feed = storage.join(_absolute(root_uri), files.feed)
    suffix = f".{files.format}" if files.suffix is None else files.suffix
    landed = tuple(_landed(feed, found) for found in storage.list_files(feed, suffix=suffix, recursive=True))
    return tuple(file for file in landed if not _is_hidden(file.path) and file.identity not in seen)


def _landed(feed: str, found: storage.FileInfo) -> LandedFile:
    if found.uri == feed:
        raise SourceError("the feed is a file", where=feed, hint="name the folder that the files arrive in")
    uri = f"file://{found.uri}" if storage.is_local(feed) else found.uri
    return LandedFile(found.uri.removeprefix(f"{feed}/"), uri, found.size, found.modified_at)


def _absolute(root_uri: str) -> str:
    """Return the root with its full path: Spark's processes need not share this one's working directory."""
    return os.path.abspath(storage.local_path(root_uri)) if storage.is_local(root_uri) else root_uri.rstrip("/")  # noqa: PTH100 - also takes out `..`


def _is_hidden(path: str) -> bool:
    return any(name.startswith((".", "_")) for name in path.split("/"))
