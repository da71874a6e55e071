"""Files of any other store that fsspec knows (HDFS, Google Cloud Storage, Azure, ...), to be read but not written.

Landing zones may be anywhere. What tidegate writes itself needs exclusive writes, which not all of these stores give.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Literal, Protocol, TypedDict, cast

import fsspec

from tidegate.errors import MissingFileError, StorageError
from tidegate.storage.store import FileInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import NoReturn

    from tidegate.storage.address import Address

# What stores call the time of the last change in their lists: pyarrow and gcsfs, adlfs, WebHDFS.
_TIMES: tuple[Literal["mtime", "last_modified", "modificationTime"], ...] = (
    "mtime",
    "last_modified",
    "modificationTime",
)
_WRITABLE = "keep the lakehouse on a local disk or in S3; only landing zones can be read from elsewhere"


class _Entry(TypedDict, total=False):
    name: str
    size: int
    type: str
    mtime: datetime
    last_modified: datetime
    modificationTime: int  # milliseconds since 1970


class _Files(Protocol):
    """The calls of an fsspec file system that are used."""

    def cat_file(self, path: str) -> bytes: ...
    def exists(self, path: str) -> bool: ...
    def find(self, path: str, maxdepth: int | None, *, detail: bool) -> Mapping[str, _Entry]: ...
    def ls(self, path: str, *, detail: bool) -> list[str]: ...
    def modified(self, path: str) -> datetime: ...


class ReadOnlyStore:
    """Files that fsspec reaches."""

    def __init__(self, files: _Files, root: str) -> None:
        """Keep the file system.

        Args:
            files: The file system.
            root: The address's path as the file system names it.
        """
        self._files = files
        self._root = root.rstrip("/")

    def read_bytes(self, address: Address) -> bytes:
        """Return the whole content."""
        with _wrapped("read", address):
            return self._files.cat_file(self._root)

    def list_files(self, address: Address, *, recursive: bool) -> Iterator[FileInfo]:
        """Yield the files below a folder, or the file itself."""
        with _wrapped("listed", address):
            for name, entry in self._found(recursive=recursive).items():
                yield FileInfo(f"{address.uri}{self._below(name)}", entry["size"], self._modified(name, entry))

    def list_names(self, address: Address) -> Iterator[str]:
        """Yield the names right below a folder."""
        with _wrapped("listed", address):
            if self._files.exists(self._root):
                yield from (name.rstrip("/").rpartition("/")[2] for name in self._files.ls(self._root, detail=False))

    def exists(self, address: Address) -> bool:
        """Return whether there is a file or a folder."""
        with _wrapped("looked up", address):
            return self._files.exists(self._root)

    def write_new(self, address: Address, data: bytes) -> NoReturn:  # noqa: ARG002 - as other stores
        """Refuse."""
        _refuse(address)

    def replace(self, address: Address, data: bytes) -> NoReturn:  # noqa: ARG002 - as other stores
        """Refuse."""
        _refuse(address)

    def delete(self, address: Address) -> NoReturn:
        """Refuse."""
        _refuse(address)

    def delete_tree(self, address: Address) -> NoReturn:
        """Refuse."""
        _refuse(address)

    def _found(self, *, recursive: bool) -> Mapping[str, _Entry]:
        if not self._files.exists(self._root):
            return {}
        return self._files.find(self._root, None if recursive else 1, detail=True)

    def _modified(self, name: str, entry: _Entry) -> datetime:
        """Return when a file changed last; the store is asked for it only where its list does not say so."""
        told = next((entry[key] for key in _TIMES if key in entry), None)
        if told is None:
            told = self._files.modified(name)
        if isinstance(told, datetime):
            return told.astimezone(timezone.utc)
        return datetime.fromtimestamp(told / 1000, tz=timezone.utc)

    def _below(self, name: str) -> str:
        return name.removeprefix(self._root)


def connect(address: Address) -> ReadOnlyStore:
    """Return the store of an address; credentials come from the store's own settings.

    Raises:
        StorageError: No package for this kind of store is installed, or the store does not let us in.
    """
    with _wrapped("reached", address):
        try:
            files, root = fsspec.core.url_to_fs(address.uri)
        except (ImportError, ValueError) as error:
            scheme = address.uri.partition(":")[0].lower()
            raise StorageError(
                f"no package for addresses that start with {scheme}: is installed",
                where=address.uri,
                hint=str(error) if isinstance(error, ImportError) else "install the package that fsspec names for it",
            ) from error
    return ReadOnlyStore(cast("_Files", files), str(root))


def _refuse(address: Address) -> NoReturn:
    raise StorageError("nothing can be written here", where=address.uri, hint=_WRITABLE)


@contextmanager
def _wrapped(done: str, address: Address) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingFileError("there is no such file", where=address.uri) from error
    except StorageError:
        raise
    except Exception as error:  # each store has errors of its own
        raise StorageError(
            f"a file cannot be {done}: {type(error).__name__}",
            where=address.uri,
            hint="check the address, the credentials of this store and its permissions",
        ) from error
