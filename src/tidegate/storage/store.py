"""What a store of bytes can do, whichever kind it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tidegate.storage.address import Address


@dataclass(frozen=True)
class FileInfo:
    """One file or object.

    Attributes:
        uri: Its address, in the scheme of the listing that found it.
        size: Size in bytes.
        modified_at: When it was last written (UTC).
        etag: The store's tag of its content; None for local files.
    """

    uri: str
    size: int
    modified_at: datetime
    etag: str | None = None


class Store(Protocol):
    """A kind of store. Each method raises only errors of tidegate's own tree."""

    def read_bytes(self, address: Address) -> bytes:
        """Return the whole content."""

    def write_new(self, address: Address, data: bytes) -> None:
        """Write the content, all or nothing, unless the name is taken."""

    def replace(self, address: Address, data: bytes) -> None:
        """Write the content, all or nothing, over whatever is there."""

    def list_files(self, address: Address, *, recursive: bool) -> Iterable[FileInfo]:
        """Return the files below a folder, in any order."""

    def list_names(self, address: Address) -> Iterable[str]:
        """Return the names of the files and folders right below a folder, in any order."""

    def exists(self, address: Address) -> bool:
        """Return whether there is a file or a folder."""

    def delete(self, address: Address) -> None:
        """Remove a file, if it is there."""

    def delete_tree(self, address: Address) -> None:
        """Remove a folder with all that is below it, if it is there."""
