"""Files of this machine."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import uuid
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.errors import AlreadyExistsError, MissingFileError, StorageError
from tidegate.storage.store import FileInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.storage.address import Address

_TOP_LEVEL_PARTS = 2  # `/` and one name, such as /data
_UNFINISHED = ".tidegate-unfinished-"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_RETRYABLE = frozenset(
    {errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.ETIMEDOUT}
)
_NO_SPACE = frozenset({errno.EDQUOT, errno.ENOSPC})
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


class LocalStore:
    """Files of this machine, written by way of a temporary file in the same folder."""

    def read_bytes(self, address: Address) -> bytes:
        """Return the whole content."""
        with _wrapped("read", address):
            return Path(address.path).read_bytes()

    def write_new(self, address: Address, data: bytes) -> None:
        """Write a temporary file, then give it its name by a hard link, which fails where the name is taken."""
        with _wrapped("written", address), _written(address, data) as unfinished:
            try:
                Path(address.path).hardlink_to(unfinished)
            except FileExistsError as error:
                raise AlreadyExistsError(
                    "the file exists already", where=address.uri, hint="another writer came first"
                ) from error
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                raise StorageError(
                    "this file system has no hard links, so no file can be written exclusively",
                    where=address.uri,
                    hint="put the folder on a local disk or in an object store",
                ) from error

    def replace(self, address: Address, data: bytes) -> None:
        """Write a temporary file, then rename it over the name."""
        with _wrapped("written", address), _written(address, data) as unfinished:
            unfinished.replace(address.path)

    def list_files(self, address: Address, *, recursive: bool) -> Iterator[FileInfo]:
        """Yield the regular files below a folder; links are left out, as they may lead anywhere."""
        with _wrapped("listed", address):
            if Path(address.path).is_file():
                yield _info(address.uri, Path(address.path).stat())
            else:
                yield from _files(address.uri, address.path, recursive=recursive)

    def list_names(self, address: Address) -> Iterator[str]:
        """Yield the names right below a folder."""
        with _wrapped("listed", address), suppress(FileNotFoundError):
            yield from (name for name in os.listdir(address.path) if not name.startswith(_UNFINISHED))  # noqa: PTH208 - names are all that is wanted

    def exists(self, address: Address) -> bool:
        """Return whether there is a file or a folder."""
        with _wrapped("looked up", address):
            return Path(address.path).exists()

    def delete(self, address: Address) -> None:
        """Remove a file or a link."""
        with _wrapped("removed", address):
            Path(address.path).unlink(missing_ok=True)

    def delete_tree(self, address: Address) -> None:
        """Remove a folder with all that is below it, or a link without what it points to."""
        check_removable(address)
        with _wrapped("removed", address), suppress(FileNotFoundError):
            if Path(address.path).is_symlink():
                Path(address.path).unlink()
            else:
                shutil.rmtree(address.path)


def check_removable(address: Address) -> None:
    """Refuse to remove what no table or batch ever is, wherever `..` and links lead.

    Raises:
        StorageError: The folder is the root, right below it, this user's home or above it, a mount point, or holds the
            working directory.
    """
    folder = Path(os.path.realpath(address.path))
    holds = {Path.home().resolve(), Path.cwd(), *Path.home().resolve().parents, *Path.cwd().parents}
    if len(folder.parts) <= _TOP_LEVEL_PARTS or folder in holds or folder.is_mount():
        raise StorageError(
            "a top-level folder, a mount point, a home or the working directory is never removed",
            where=address.uri,
            hint="name a folder of the lake",
        )


@contextmanager
def _written(address: Address, data: bytes) -> Iterator[Path]:
    """Hold a temporary file with the content, safe on disk, beside the address; make its new name safe, too."""
    folder = Path(address.path).parent
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{_UNFINISHED}{uuid.uuid4().hex}"
    try:
        # Not tempfile: its files are readable by their owner alone, and a table has more readers than its writer.
        with unfinished.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield unfinished
    finally:
        unfinished.unlink(missing_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _entries(path: str) -> Iterator[os.DirEntry[str]]:
    with suppress(FileNotFoundError), os.scandir(path) as entries:
        yield from (entry for entry in entries if not entry.name.startswith(_UNFINISHED))


def _files(uri: str, path: str, *, recursive: bool) -> Iterator[FileInfo]:
    folder = uri.removesuffix("/")
    for entry in _entries(path):
        below = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if recursive:
                yield from _files(below, entry.path, recursive=True)
            continue
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # removed since its folder was read
            continue
        if stat.S_ISREG(found.st_mode):
            yield _info(below, found)


def _info(uri: str, found: os.stat_result) -> FileInfo:
    return FileInfo(uri, found.st_size, _EPOCH + timedelta(microseconds=found.st_mtime_ns // 1000))


@contextmanager
def _wrapped(done: str, address: Address) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingFileError("there is no such file", where=address.uri) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        is_full = error.errno in _NO_SPACE
        raise StorageError(
            f"a file cannot be {done}: {reason}",
            where=address.uri,
            hint="free some space, and run again" if is_full else "check the path and its permissions",
            retryable=error.errno in _RETRYABLE,
        ) from error
