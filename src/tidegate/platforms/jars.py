"""The jars that a Spark line needs, resolved once by Spark itself and cached."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.errors import MissingExtraError, PlatformError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Per Spark line: Delta's artifact, whose name carries Spark's minor version from 4.1 on, with its version where the
# package delta-spark does not say; and Iceberg's.
_LINES: Mapping[str, tuple[str, str, str]] = {
    "3.5": ("io.delta:delta-spark_2.12", "3.3.3", "org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.1"),
    "4.0": ("io.delta:delta-spark_2.13", "4.0.1", "org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.10.1"),
    "4.1": ("io.delta:delta-spark_4.1_2.13", "4.2.0", "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0"),
}
KAFKA = "kafka"
# Every Spark has these already, and they are most of what the connector of Kafka would bring.
_SPARKS_OWN = "org.apache.hadoop:hadoop-client-api,org.apache.hadoop:hadoop-client-runtime"
_READY = "resolved"
_LOG = "ivy.log"

# Settings of a session that hold for the resolution, too: repositories and exclusions, proxies and certificates.
_SETTINGS = ("spark.jars.", "spark.driver.extraJavaOptions", "spark.driver.defaultJavaOptions")

# What says why a resolution failed, among the many lines of Ivy and Java.
_DEPENDENCY = re.compile(r"(?:unresolved dependency|download failed): [^,\]\n]+")
_EXCEPTION = re.compile(r'^Exception in thread "main" (?:[\w.$]+: )?(.+)', re.MULTILINE)
_SERVER = re.compile(r"^\s+Server access error at url \w+://(?:[^/\s]*@)?([^/\s]+)\S* \((.+)\)", re.MULTILINE)
_HOST = re.compile(r"^\s+(Host \S+ not found)", re.MULTILINE)
_SHOWN_LINES = 8


@dataclass(frozen=True)
class Jars:
    """The jars of one Spark line.

    Attributes:
        coordinates: Maven coordinates to resolve.
        folder: Folder of the cache that belongs to exactly these coordinates.
    """

    coordinates: tuple[str, ...]
    folder: Path

    def conf(self, own: str = "") -> dict[str, str]:
        """Return the settings that bring the jars: from the cache if they were resolved before, else by resolution.

        Args:
            own: Jars of the user's own, as in `spark.jars`, which would be lost otherwise.
        """
        if not self.coordinates:
            return {}
        found = sorted(str(path) for path in (self.folder / "jars").glob("*.jar"))
        if (self.folder / _READY).exists() and found:
            return {"spark.jars": ",".join([*filter(None, own.split(",")), *found])}
        return {"spark.jars.packages": ",".join(self.coordinates), "spark.jars.ivy": str(self.folder)}

    def fetch(self, conf: Mapping[str, str]) -> None:
        """Let Spark resolve the jars where the cache lacks them, and tell the user in one line.

        Spark would also do it when a session starts, but with dozens of lines on the terminal and no reason when it
        fails. Here a Java of its own does it, and its output goes to a file in the folder.

        Args:
            conf: Settings of the session that is to start.

        Raises:
            PlatformError: They cannot be resolved, or not be kept.
        """
        if "spark.jars.packages" not in self.conf():
            return
        log, names = self.folder / _LOG, ", ".join(self.coordinates)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with log.open("wb") as output:
                _tell(f"fetching {names} (once; kept in {_short(self.folder.parent)})")
                done = subprocess.run(  # noqa: S603 - Spark's own command, without a shell
                    self._command(conf), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
                )
        except OSError as error:
            raise PlatformError(
                f"{names} cannot be fetched: {error.strerror}",
                where=str(error.filename or self.folder),
                hint="let TIDEGATE_CACHE name a folder that can be written, and SPARK_HOME a Spark, if anything",
            ) from error
        if done.returncode:
            problems = "".join(f"\n  {line}" for line in resolution_problems(log.read_text(errors="replace")))
            raise PlatformError(
                f"Spark could not fetch {names}{problems}",
                where=f"{log}, which has the whole output",
                hint="check the version and the network; spark.conf.spark.jars.repositories may name a mirror",
            )
        self.keep()

    def _command(self, conf: Mapping[str, str]) -> list[str]:
        """Return a command that resolves the jars as the session would, and then only prints Ivy's version."""
        settings = {key: value for key, value in conf.items() if key.startswith(_SETTINGS)} | self.conf()
        if any(f"{KAFKA}-0-10_" in package for package in self.coordinates):
            settings["spark.jars.excludes"] = ",".join(filter(None, (settings.get("spark.jars.excludes"), _SPARKS_OWN)))
        options = [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]
        submit = str(_spark_home() / "bin" / "spark-submit")
        return [submit, "--master", "local", *options, "--class", "org.apache.ivy.Main", "spark-internal", "-version"]

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


def resolution_problems(output: str) -> list[str]:
    """Return what the output of a failed resolution says of the reason, each thing once."""
    found = _DEPENDENCY.findall(output) or _EXCEPTION.findall(output) or output.strip().splitlines()[-1:]
    servers = [f"{host}: {reason}" for host, reason in _SERVER.findall(output)]
    return list(dict.fromkeys([*found, *servers, *_HOST.findall(output)]))[:_SHOWN_LINES]


def delta_package(version: str) -> str:
    """Return the Maven coordinates of Delta for a version of Spark.

    Raises:
        PlatformError: That Spark line is not supported.
    """
    artifact, delta, _ = _line(version)
    try:
        installed = importlib.metadata.version("delta-spark")
    except importlib.metadata.PackageNotFoundError:
        installed = delta
    major = delta.partition(".")[0]
    return f"{artifact}:{installed if installed.partition('.')[0] == major else delta}"


def iceberg_package(version: str) -> str:
    """Return the Maven coordinates of Iceberg for a version of Spark.

    Raises:
        PlatformError: That Spark line is not supported.
    """
    return _line(version)[2]


def kafka_package(version: str) -> str:
    """Return the Maven coordinates of Spark's own connector of Kafka, which comes with each release of Spark.

    Raises:
        PlatformError: That Spark line is not supported.
    """
    scala = _line(version)[0].rpartition("_")[2]
    return f"org.apache.spark:spark-sql-kafka-0-10_{scala}:{'.'.join(re.findall(r'[0-9]+', version)[:3])}"


def format_packages(version: str) -> dict[str, str]:
    """Return the Maven coordinates of each format that Spark does not have: of tables, and of Kafka's records.

    Raises:
        PlatformError: That Spark line is not supported.
    """
    return {"delta": delta_package(version), "iceberg": iceberg_package(version), KAFKA: kafka_package(version)}


def jars_for(formats: frozenset[str], environ: Mapping[str, str], extra: tuple[str, ...] = ()) -> Jars:
    """Return the jars that the formats need on the installed Spark.

    Args:
        formats: Table formats, such as `delta`, and `kafka` where jobs read it.
        environ: Environment variables: `TIDEGATE_CACHE`, else `XDG_CACHE_HOME`, else `~/.cache` holds the cache.
        extra: Further coordinates from the configuration (`spark.jars.packages`).
    """
    version = spark_version()
    packages = format_packages(version) if formats & {"delta", "iceberg", KAFKA} else {}
    coordinates = tuple(dict.fromkeys((*(package for name, package in packages.items() if name in formats), *extra)))
    name = "_".join(part.rpartition(":")[0].rpartition(":")[2] + "-" + part.rpartition(":")[2] for part in coordinates)
    return Jars(coordinates, cache_folder(environ) / "jars" / (name or "none"))


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder for things that can be made again."""
    if environ.get("TIDEGATE_CACHE"):
        return Path(environ["TIDEGATE_CACHE"])
    return Path(environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "tidegate"  # noqa: PTH111 - HOME may be unset


def _line(version: str) -> tuple[str, str, str]:
    line = ".".join(re.findall(r"\d+", version)[:2])
    if line not in _LINES:
        raise PlatformError(
            f"Spark {version} is not supported",
            where="the installed pyspark",
            hint=f"install one of {', '.join(_LINES)}",
        )
    return _LINES[line]


def _spark_home() -> Path:
    from pyspark.find_spark_home import _find_spark_home  # noqa: PLC0415 - pyspark is an extra

    return Path(_find_spark_home())  # type: ignore[no-untyped-call]


def _short(path: Path) -> str:
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - HOME may be unset
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _tell(line: str) -> None:
    """Write a line to standard error, in the place of the step that a terminal may show."""
    sys.stderr.write(("\r\x1b[2K" if sys.stderr.isatty() else "") + line + "\n")
    sys.stderr.flush()
