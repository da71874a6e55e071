"""A disk of a few megabytes that really gets full."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# A container without the right to mount anything has at most this much shared memory of its own.
_SMALL_BYTES = 256 * 2**20
_SHARED = Path("/dev/shm")  # noqa: S108 - a file system, not a file
_WAYS = {
    ("unshare", "--map-root-user", "--mount"): ("--user", "--preserve-credentials", "--mount"),
    ("unshare", "--mount"): ("--mount",),
}
_FILLER = ".filler"


class SmallDisk:
    """A file system with a folder for tests.

    Attributes:
        folder: The folder.
        inside: What a command is put behind to see the file system at its mount point, as Java must.
    """

    def __init__(self, folder: Path, inside: tuple[str, ...] = ()) -> None:
        self.folder, self.inside = folder, inside
        self._filler = folder / _FILLER

    def fill(self, left: int) -> None:
        """Take all space but so many bytes."""
        with self._filler.open("ab", buffering=0) as file:
            while (free := self.free - left) > 0:
                with suppress(OSError):
                    file.write(bytes(min(free, 2**20)))
                if free == self.free - left:
                    return

    def empty(self) -> None:
        """Give the space back."""
        self._filler.unlink(missing_ok=True)

    @property
    def free(self) -> int:
        """Bytes that can be written."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


@contextmanager
def small_disk(mount_at: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Yield a file system in memory, mounted for a process that sleeps; others see it through that process.

    It goes when the process goes, whatever happens to the tests. Where nothing may be mounted the shared memory does,
    if it is small. Where that is large too the test fails: a full disk has to be tried somewhere.
    """
    mount_at.mkdir(parents=True)
    script = f'mount -t tmpfs -o size={megabytes}m tmpfs "$0" && echo mounted && exec sleep 3600'
    said = ""
    for way, back in _WAYS.items():
        try:
            process = Popen([*way, "sh", "-c", script, str(mount_at)], stdout=PIPE, stderr=PIPE, text=True)
        except OSError as error:
            said = str(error)
            break
        try:
            assert process.stdout
            if process.stdout.readline() == "mounted\n":
                inside = ("nsenter", f"--target={process.pid}", *back, f"--wd={Path.cwd()}")
                yield SmallDisk(Path(f"/proc/{process.pid}/root{mount_at}"), inside)
                return
            said = process.communicate()[1].strip()
        finally:
            process.kill()
            process.communicate()
    with _in_shared_memory(said) as disk:
        yield disk


@contextmanager
def _in_shared_memory(why: str) -> Iterator[SmallDisk]:
    found = os.statvfs(_SHARED) if _SHARED.is_dir() else None
    if found is None or found.f_blocks * found.f_frsize > _SMALL_BYTES:
        pytest.fail(f"no disk can be filled here: nothing may be mounted ({why}), and {_SHARED} is none or large")
    folder = _SHARED / f"tidegate-{os.getpid()}"
    folder.mkdir()
    try:
        yield SmallDisk(folder)
    finally:
        shutil.rmtree(folder)
