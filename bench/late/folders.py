"""Copies of tables that share the data files, which no writer changes, and share nothing else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_IMMUTABLE = (".parquet", ".bin")
_LOGS = ("_delta_log", "metadata")


def linked(source: Path, target: Path) -> None:
    """Copy a folder: data files as hard links, logs and all other files for real.

    Args:
        source: The folder.
        target: A folder that does not exist yet, on the same disk.
    """
    shutil.copytree(source, target, copy_function=_link_or_copy)


def files_below(folder: Path) -> dict[str, int]:
    """Return the files below a folder with their sizes; the Hadoop client's checksums are left out."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".crc")
    return {str(path.relative_to(folder)): path.stat().st_size for path in found}


def _link_or_copy(source: str, target: str) -> str:
    path = Path(source)
    if path.suffix in _IMMUTABLE and path.parent.name not in _LOGS:
        os.link(source, target)
        return target
    return str(shutil.copy2(source, target))
