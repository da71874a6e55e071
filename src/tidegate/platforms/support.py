"""Which versions go together, as data: what tidegate supports, and what each platform brings."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import PlatformError
from tidegate.platforms.jars import spark_version

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Line:
    """A release line of Spark, and what goes with it.

    Attributes:
        spark: The line, such as `3.5`.
        java: Feature releases of Java that it runs on.
        delta: Release line of Delta, as the beginning of its versions.
        iceberg: The oldest release of Iceberg.
    """

    spark: str
    java: tuple[int, ...]
    delta: str
    iceberg: str


@dataclass(frozen=True)
class Release:
    """What a release of a platform brings.

    Attributes:
        platform: Name of the platform.
        release: The release, as the platform calls it.
        spark: Version of Spark.
        python: Version of Python that a job gets, with what has to be set for it.
        java: Version of Java.
        delta: Version of Delta.
        iceberg: Version of Iceberg; empty where the platform brings none.
    """

    platform: str
    release: str
    spark: str
    python: str
    java: str
    delta: str
    iceberg: str


PYTHONS = ((3, 10), (3, 13))
LINES = (
    Line("3.5", (17,), "3.", "1.10"),
    Line("4.0", (17, 21), "4.", "1.10"),
    Line("4.1", (17, 21), "4.", "1.11"),
)
RELEASES = (
    Release("emr", "7.11 to 7.14", "3.5.6", "3.11 (`spark.pyspark.python`; else 3.9)", "17", "3.3.2", "1.10"),
    Release("emr", "emr-spark-8.1.0", "4.1.1", "3.11", "17", "4.2.0", "1.11"),
    Release("emr-serverless", "7.11 to 7.14", "3.5.6", "3.11 (archive or image; else 3.9)", "17", "3.3.2", "1.10"),
    Release("glue", "5.1", "3.5.6", "3.11", "17", "3.3.2", "1.10"),
    Release("databricks", "17.3 LTS", "4.0.0", "3.12", "17", "Databricks' own", ""),
    Release("databricks", "18", "4.1.0", "3.12", "21", "Databricks' own", ""),
)


def line_of(version: str) -> Line:
    """Return the release line of a version of Spark.

    Raises:
        PlatformError: The line is not supported.
    """
    wanted = ".".join(re.findall(r"\d+", version)[:2])
    for line in LINES:
        if line.spark == wanted:
            return line
    raise PlatformError(
        f"Spark {version} is not supported",
        where="the installed pyspark",
        hint=f"install one of {', '.join(line.spark for line in LINES)}, or take a release of the platform with one",
    )


def check_python(version: Sequence[int] | None = None) -> str:
    """Return a version of Python, this one's if none is given.

    Raises:
        PlatformError: It is not supported.
    """
    lowest, highest = PYTHONS
    version = version or sys.version_info[:3]
    shown = ".".join(map(str, version[:3]))
    if not lowest <= tuple(version[:2]) <= highest:
        raise PlatformError(
            f"Python {shown} is not supported",
            where=sys.executable,
            hint=f"use {lowest[0]}.{lowest[1]} to {highest[0]}.{highest[1]}; on EMR: "
            "--conf spark.pyspark.python=/usr/bin/python3.11",
        )
    return shown


def check_versions() -> str:
    """Return the version of Spark, after a look at it and at Python.

    Raises:
        PlatformError: One of them is not supported.
        MissingExtraError: pyspark is not installed.
    """
    check_python()
    version = spark_version()
    line_of(version)
    return version


def check_together(spark: str, found: dict[str, str]) -> None:
    """Refuse versions that do not go with a version of Spark.

    Args:
        spark: Version of Spark.
        found: Versions by `java`, `delta` and `iceberg`; what could not be learned is left out.

    Raises:
        PlatformError: One of them does not fit.
    """
    line = line_of(spark)
    java = found.get("java")
    if java and _numbers(java)[0] not in line.java:
        _refuse(spark, f"Java {java}", f"Java {' or '.join(map(str, line.java))}")
    delta = found.get("delta")
    if delta and not delta.startswith(line.delta):
        _refuse(spark, f"Delta {delta}", f"Delta {line.delta}x")
    iceberg = found.get("iceberg")
    if iceberg and _numbers(iceberg)[:2] < _numbers(line.iceberg):
        _refuse(spark, f"Iceberg {iceberg}", f"Iceberg {line.iceberg} or newer")


def _refuse(spark: str, found: str, wanted: str) -> None:
    raise PlatformError(
        f"{found} does not go with Spark {spark}", where="the class path of the driver", hint=f"use {wanted}"
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
