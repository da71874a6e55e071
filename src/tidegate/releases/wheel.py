"""The wheel of the tidegate that is installed here, asking for exactly the versions that it was tried with."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.errors import ConfigError
from tidegate.releases.archives import digest, zipped

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = "tidegate"
_LEFT_OUT = frozenset({"__pycache__", "_starter", "_template"})  # `tidegate init` copies them
_REPLACED = ("Requires-Dist:", "Provides-Extra:")
_WHEEL = "Wheel-Version: 1.0\nGenerator: tidegate deploy\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True)
class Wheel:
    """A wheel that can be made.

    Attributes:
        version: Version of the package.
        files: Its files without the list of them.
    """

    version: str
    files: Mapping[str, bytes]

    @property
    def name(self) -> str:
        """Name of the file, which pip reads."""
        return f"{PACKAGE}-{self.version}-py3-none-any.whl"

    @property
    def made_of(self) -> str:
        """Hash of its files."""
        return digest(self.files)

    def content(self) -> bytes:
        """Return the file."""
        record = f"{PACKAGE}-{self.version}.dist-info/RECORD"
        lines = [f"{name},sha256={_hash(content)},{len(content)}" for name, content in sorted(self.files.items())]
        return zipped({**self.files, record: "\n".join([*lines, f"{record},,", ""]).encode()})


def installed_wheel(packages: Mapping[str, str]) -> Wheel:
    """Return the wheel of this tidegate.

    Args:
        packages: The version of each package that it is to ask for, and of no other.

    Raises:
        ConfigError: tidegate is not installed as a package.
    """
    try:
        installed = distribution(PACKAGE)
    except PackageNotFoundError as error:
        raise ConfigError(
            "tidegate is not installed as a package, so no wheel can be made of it",
            where=str(_folder()),
            hint="pip install tidegate, or `pip install -e .` in a checkout",
        ) from error
    about = f"{PACKAGE}-{installed.version}.dist-info"
    metadata = _pinned(installed.read_text("METADATA") or "", packages)
    commands = installed.read_text("entry_points.txt") or ""
    files = {
        f"{about}/METADATA": metadata.encode(),
        f"{about}/WHEEL": _WHEEL.encode(),
        f"{about}/entry_points.txt": commands.encode(),
    }
    for path in sorted(_folder().rglob("*")):
        below = path.relative_to(_folder())
        if path.is_file() and path.suffix != ".pyc" and not _LEFT_OUT.intersection(below.parts):
            files[f"{PACKAGE}/{below.as_posix()}"] = path.read_bytes()
    return Wheel(installed.version, files)


def _folder() -> Path:
    return Path(__file__).resolve().parents[1]


def _pinned(metadata: str, packages: Mapping[str, str]) -> str:
    """Return the metadata's head, with these requirements instead of its own."""
    head = metadata.partition("\n\n")[0].splitlines()
    kept = [line for line in head if not line.startswith(_REPLACED)]
    return "\n".join([*kept, *(f"Requires-Dist: {name}=={packages[name]}" for name in sorted(packages)), ""])


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
