"""The files of a project that runs need: configuration, jobs, contracts and dbt; and nothing that looks like a key."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from tidegate.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LEFT_OUT = ("__pycache__", "*.pyc", ".*")
_MADE_BY_DBT = ("target", "logs", "dbt_packages")  # right below its project file
_KEYS = (
    *("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore"),
    *("id_rsa*", "id_ed25519*", "credentials", "credentials.*"),
)


def project_files(root: Path, folders: Iterable[Path]) -> dict[str, bytes]:
    """Return the files of a project, by their paths below its root.

    Hidden files, caches and what dbt makes are left out.

    Args:
        root: The project.
        folders: The folders in it that runs need.

    Raises:
        ConfigError: A folder is not in the project, or a file looks like a key, or is a link out of the project.
    """
    root = root.resolve()
    found: dict[str, bytes] = {}
    for folder in folders:
        if not folder.resolve().is_relative_to(root):
            raise ConfigError(
                "a folder that runs need is not in the project",
                where=str(folder),
                hint=f"move it below {root}, or let the settings name an address that runs can read",
            )
        for file in _files(folder.resolve()):
            _check(file, root)
            found[file.relative_to(root).as_posix()] = file.read_bytes()
    return found


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    left_out = (*_LEFT_OUT, *_MADE_BY_DBT) if (folder / "dbt_project.yml").exists() else _LEFT_OUT
    for path in sorted(folder.iterdir()):
        if _is_like(path.name, left_out):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _check(file: Path, root: Path) -> None:
    if _is_like(file.name, _KEYS):
        raise ConfigError(
            "a file of the project looks like a key, and is not deployed",
            where=str(file),
            hint="put it into a vault and refer to it (aws-sm:NAME), or rename it if it is none",
        )
    if not file.resolve().is_relative_to(root):
        raise ConfigError(
            "a file of the project is a link out of it", where=str(file), hint="put the file itself into the project"
        )


def _is_like(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in patterns)
