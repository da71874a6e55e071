"""The jars that a Spark line needs, resolved once by Spark itself and cached."""

from __future__ import annotations

import importlib.metadata
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.errors import MissingExtraError, PlatformError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Per Spark line: Scala version, Delta version where the package delta-spark does not say, and the artifact's name,
# which carries Spark's minor version from 4.1 on.
_LINES: Mapping[str, tuple[str, str]] = {
    "3.5": ("io.delta:delta-spark_2.12", "3.3.3"),
    "4.0": ("io.delta:delta-spark_2.13", "4.0.1"),
    "4.1": ("io.delta:delta-spark_4.1_2.13", "4.2.0"),
}
_READY = "resolved"


@dataclass(frozen=True)
class Jars:
    """The jars of one Spark line.

    Attributes:
        coordinates: Maven coordinates to resolve.
        folder: Folder of the cache that belongs to exactly these coordinates.
    """

    coordinates: tuple[str, ...]
    folder: Path

    def conf(self) -> dict[str, str]:
        """Return the settings that bring the jars: from the cache if they were resolved before, else by resolution."""
        if not self.coordinates:
            return {}
        found = sorted(str(path) for path in (self.folder / "jars").glob("*.jar"))
        if (self.folder / _READY).exists() and found:
            return {"spark.jars": ",".join(found)}
        return {"spark.jars.packages": ",".join(self.coordinates), "spark.jars.ivy": str(self.folder)}

    def keep(self) -> None:
        """Note that the resolution succeeded, so that the next start needs no network."""
        if self.coordinates and (self.folder / "jars").is_dir():
            (self.folder / _READY).touch()


def spark_version() -> str:
    """Return the version of the installed pyspark.

    Raises:
        MissingExtraError: pyspark is not installed.
    """
    for package in ("pyspark", "pyspark-client"):
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    try:
        import pyspark  # noqa: PLC0415 - a platform may bring pyspark without package metadata
    except ImportError as error:
        raise MissingExtraError("pyspark", extra="spark", purpose="running a job") from error
    return str(pyspark.__version__)


def delta_package(version: str) -> str:
    """Return the Maven coordinates of Delta for a version of Spark.

    Raises:
        PlatformError: That Spark line is not supported.
    """
    line = ".".join(re.findall(r"\d+", version)[:2])
    if line not in _LINES:
        raise PlatformError(
            f"Spark {version} is not supported",
            where="the installed pyspark",
            hint=f"install one of {', '.join(_LINES)}",
        )
    artifact, delta = _LINES[line]
    try:
        installed = importlib.metadata.version("delta-spark")
    except importlib.metadata.PackageNotFoundError:
        installed = delta
    major = delta.partition(".")[0]
    return f"{artifact}:{installed if installed.partition('.')[0] == major else delta}"


def jars_for(formats: frozenset[str], environ: Mapping[str, str], extra: tuple[str, ...] = ()) -> Jars:
    """Return the jars that the formats need on the installed Spark.

    Args:
        formats: Table formats, such as `delta`.
        environ: Environment variables: `TIDEGATE_CACHE`, else `XDG_CACHE_HOME`, else `~/.cache` holds the cache.
        extra: Further coordinates from the configuration (`spark.jars.packages`).
    """
    version = spark_version()
    coordinates = (*((delta_package(version),) if "delta" in formats else ()), *extra)
    name = "_".join(part.rpartition(":")[0].rpartition(":")[2] + "-" + part.rpartition(":")[2] for part in coordinates)
    return Jars(coordinates, cache_folder(environ) / "jars" / (name or "none"))


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder for things that can be made again."""
    if environ.get("TIDEGATE_CACHE"):
        return Path(environ["TIDEGATE_CACHE"])
    return Path(environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "tidegate"  # noqa: PTH111 - HOME may be unset
