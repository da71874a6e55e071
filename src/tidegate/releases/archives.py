"""Archives whose bytes depend on their content alone: no times, no owners, an order of their own."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEGINNING = (1980, 1, 1, 0, 0, 0)  # of time, in zip files
_READABLE, _RUNNABLE = 0o644, 0o755


@dataclass(frozen=True)
class Link:
    """A symbolic link.

    Attributes:
        target: Where it points to.
    """

    target: str


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip file; its content is not compressed, as compressors differ from machine to machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _BEGINNING)
            entry.external_attr = _READABLE << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes | Link]) -> bytes:
    """Return a compressed tar file."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(files):
            _add(archive, name, files[name])
    return buffer.getvalue()


def digest(files: Mapping[str, bytes]) -> str:
    """Return a hash of names and contents."""
    lines = (f"{hashlib.sha256(content).hexdigest()} {name}\n" for name, content in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _add(archive: tarfile.TarFile, name: str, content: bytes | Link) -> None:
    entry = tarfile.TarInfo(name)
    entry.mode = _RUNNABLE if name.startswith("bin/") or name.endswith(".so") else _READABLE
    if isinstance(content, Link):
        entry.type, entry.linkname = tarfile.SYMTYPE, content.target
        archive.addfile(entry)
        return
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
