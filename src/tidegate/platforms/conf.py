"""Spark settings that tidegate needs or recommends, and the check of a session that exists already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import PlatformError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import SessionRequest

DELTA_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"
ICEBERG_EXTENSION = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
DELTA_CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog"
EXTENSIONS = "spark.sql.extensions"

_STATIC: Mapping[str, Mapping[str, str]] = {
    "delta": {EXTENSIONS: DELTA_EXTENSION, "spark.sql.catalog.spark_catalog": DELTA_CATALOG},
    "iceberg": {EXTENSIONS: ICEBERG_EXTENSION},  # its catalogs may be set at any time; the tables do that
}
_EVERYWHERE = {
    "spark.sql.session.timeZone": "UTC",
}
_HIDDEN = "<the secret>"


@dataclass(frozen=True)
class Advice:
    """How a platform is told what a session lacks.

    Attributes:
        settings: Returns the exact parameter that sets these settings from the start.
        jars: Returns what brings a format, given its name and its Maven coordinates.
    """

    settings: Callable[[Mapping[str, str]], str]
    jars: Callable[[str, str], str]


def submit_settings(missing: Mapping[str, str]) -> str:
    """Return the options of spark-submit that set the settings."""
    return "start it with " + " ".join(f'--conf "{key}={value}"' for key, value in missing.items())


SUBMIT = Advice(
    submit_settings,
    lambda name, package: f"add --packages {package}, or the platform's own {name.capitalize()} jars",
)


def static_conf(request: SessionRequest) -> dict[str, str]:
    """Return the static settings that the request's formats need; they only take effect when a session is made."""
    conf: dict[str, str] = {}
    for name in sorted(request.formats):
        for key, value in _STATIC.get(name, {}).items():
            conf[key] = f"{conf[key]},{value}" if key in conf and value not in conf[key] else value
    extensions = request.conf.get(EXTENSIONS)
    if extensions and EXTENSIONS in conf:
        conf[EXTENSIONS] = _merged(extensions, conf[EXTENSIONS])
    return conf


def runtime_conf() -> dict[str, str]:
    """Return the settings that may be set on any session at any time."""
    return dict(_EVERYWHERE)


def missing_settings(session: SparkSession, request: SessionRequest) -> dict[str, str]:
    """Return the static settings that a session lacks, with the values to start it with."""
    missing = {}
    for key, value in static_conf(request).items():
        present = session.conf.get(key, "") or ""
        if any(part not in present.split(",") for part in value.split(",")):
            missing[key] = _merged(present, value) if key == EXTENSIONS else value
    return missing


def check_session(session: SparkSession, request: SessionRequest, advice: Advice = SUBMIT) -> None:
    """Refuse a session that lacks a static setting, because Spark would ignore it silently if it were set now.

    Raises:
        PlatformError: With the platform's parameter for all that is missing.
    """
    refuse_missing(session, missing_settings(session, request), request, advice)


def refuse_missing(session: SparkSession, missing: Mapping[str, str], request: SessionRequest, advice: Advice) -> None:
    """Say which settings a session should have been started with, if any; secrets are not repeated.

    Raises:
        PlatformError: With the platform's parameter for all that is missing.
    """
    if not missing:
        return
    shown = {key: _HIDDEN if key in request.secret_keys else value for key, value in missing.items()}
    raise PlatformError(
        "the Spark session was started without settings that can no longer be set",
        where=f"the session that exists already, application {session.conf.get('spark.app.name', '?')}",
        hint=advice.settings(shown),
    )


def check_formats(
    session: SparkSession, request: SessionRequest, *, packages: Mapping[str, str], advice: Advice = SUBMIT
) -> None:
    """Refuse a session whose class path lacks a table format.

    Args:
        session: The session.
        request: What the run needs.
        packages: Per format, its Maven coordinates.
        advice: How the platform is given jars.

    Raises:
        PlatformError: The format's classes are not there.
    """
    for name in sorted(request.formats & packages.keys()):
        try:
            # A client of Spark Connect asks nothing until somebody wants to know.
            _ = session.read.format(name).load("/tidegate/probe/of/the/class/path").schema
        except Exception as error:
            text = f"{type(error).__name__} {error}"
            if "DATA_SOURCE_NOT_FOUND" in text or "Failed to find" in text or "ClassNotFound" in text:
                raise PlatformError(
                    f"this Spark session does not know the {name.capitalize()} format",
                    where="the class path of the driver",
                    hint=advice.jars(name, packages[name]),
                ) from error


def _merged(present: str, wanted: str) -> str:
    parts = [part for part in present.split(",") if part]
    return ",".join([*parts, *(part for part in wanted.split(",") if part not in parts)])
