"""The public operations: each finds the store that a URI names and asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.storage.address import Address, parse
from tidegate.storage.local import LocalStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.storage.store import FileInfo, Store


def read_bytes(uri: str) -> bytes:
    """Return the whole content of a file.

    Raises:
        MissingFileError: There is no such file.
        StorageError: It cannot be read.
        MissingExtraError: The package for this kind of store is not installed (so for every function of this room).
    """
    store, address = _at(uri)
    return store.read_bytes(address)


def write_new(uri: str, data: bytes) -> None:
    """Write a file that must not exist yet; folders above it are made.

    Atomic and exclusive: of several writers exactly one wins, and a reader sees all of the winner's content or no file.

    Raises:
        AlreadyExistsError: The name is taken; what is there stays as it is.
        StorageError: It cannot be written; nothing is left under the name.
    """
    store, address = _at(uri)
    store.write_new(address, data)


def replace(uri: str, data: bytes) -> None:
    """Write a file over whatever is there; folders above it are made.

    Atomic: a reader sees all of the old content or all of the new. Of several writers the last one wins.

    Raises:
        StorageError: It cannot be written; what was there stays as it is.
    """
    store, address = _at(uri)
    store.replace(address, data)


def list_files(uri: str, *, suffix: str = "", recursive: bool = True) -> tuple[FileInfo, ...]:
    """Return the files below a folder, sorted by URI; of a file itself, that file; of a missing folder, nothing.

    Symbolic links are not followed and unfinished writes are not shown. A file that vanishes meanwhile is left out.

    Args:
        uri: The folder.
        suffix: Only files whose name ends so.
        recursive: Whether folders below are listed too.

    Raises:
        StorageError: The folder cannot be listed.
    """
    return tuple(sorted(walk_files(uri, suffix=suffix, recursive=recursive), key=lambda file: file.uri))


def walk_files(uri: str, *, suffix: str = "", recursive: bool = True) -> Iterator[FileInfo]:
    """Yield what `list_files` returns, in any order and as the store tells it, so that nothing is kept.

    Raises:
        StorageError: The folder cannot be listed.
    """
    store, address = _at(uri)
    return (file for file in store.list_files(address, recursive=recursive) if file.uri.endswith(suffix))


def list_names(uri: str) -> tuple[str, ...]:
    """Return the names right below a folder, files and folders, sorted; of a missing folder, nothing.

    One look at one folder, without asking for sizes or times. Unfinished writes are not shown.

    Raises:
        StorageError: The folder cannot be listed.
    """
    store, address = _at(uri)
    return tuple(sorted(store.list_names(address)))


def exists(uri: str) -> bool:
    """Return whether there is a file or a folder. In an object store, a folder is there when something is below it.

    Raises:
        StorageError: The store does not tell.
    """
    store, address = _at(uri)
    return store.exists(address)


def delete(uri: str) -> None:
    """Remove a file; one that is not there is as good as removed.

    Raises:
        StorageError: It cannot be removed, or is a folder.
    """
    store, address = _at(uri)
    store.delete(address)


def delete_tree(uri: str) -> None:
    """Remove a folder with all that is below it; one that is not there is as good as removed.

    A symbolic link is removed itself; what it points to stays.

    Raises:
        StorageError: It cannot be removed; or it is a whole bucket, a top-level folder, a mount point or a home, or
            holds one or the working directory.
    """
    store, address = _at(uri)
    store.delete_tree(address)


def _at(uri: str) -> tuple[Store, Address]:
    address = parse(uri)
    if address.kind == "local":
        return LocalStore(), address
    if address.kind == "other":
        from tidegate.storage import readonly  # noqa: PLC0415 - loads fsspec

        return readonly.connect(address), address
    from tidegate.storage.s3 import S3Store, connect  # noqa: PLC0415 - an extra, loaded when the first URI needs it

    return S3Store(connect(uri)), address
