"""Spark settings that tidegate needs or recommends, and the check of a session that exists already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import PlatformError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import SessionRequest

DELTA_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"
ICEBERG_EXTENSION = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
DELTA_CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog"

_STATIC: Mapping[str, Mapping[str, str]] = {
    "delta": {"spark.sql.extensions": DELTA_EXTENSION, "spark.sql.catalog.spark_catalog": DELTA_CATALOG},
    "iceberg": {"spark.sql.extensions": ICEBERG_EXTENSION},  # its catalogs may be set at any time; the tables do that
}
_EVERYWHERE = {
    "spark.sql.session.timeZone": "UTC",
}


def static_conf(request: SessionRequest) -> dict[str, str]:
    """Return the static settings that the request's formats need; they only take effect when a session is made."""
    conf: dict[str, str] = {}
    for name in sorted(request.formats):
        for key, value in _STATIC.get(name, {}).items():
            conf[key] = f"{conf[key]},{value}" if key in conf and value not in conf[key] else value
    extensions = request.conf.get("spark.sql.extensions")
    if extensions and "spark.sql.extensions" in conf:
        conf["spark.sql.extensions"] = _merged(extensions, conf["spark.sql.extensions"])
    return conf


def runtime_conf() -> dict[str, str]:
    """Return the settings that may be set on any session at any time."""
    return dict(_EVERYWHERE)


def check_session(session: SparkSession, request: SessionRequest) -> None:
    """Refuse a session that lacks a static setting, because Spark would ignore it silently if it were set now.

    Raises:
        PlatformError: With every `--conf` that is missing.
    """
    missing = []
    for key, value in static_conf(request).items():
        present = session.conf.get(key, "") or ""
        if any(part not in present.split(",") for part in value.split(",")):
            missing.append(f'--conf "{key}={_merged(present, value) if key == "spark.sql.extensions" else value}"')
    if missing:
        raise PlatformError(
            "the Spark session was started without settings that can no longer be set",
            where=f"the session that exists already, application {session.conf.get('spark.app.name', '?')}",
            hint="start it with " + " ".join(missing),
        )


def check_formats(session: SparkSession, request: SessionRequest, *, packages: Mapping[str, str]) -> None:
    """Refuse a session whose class path lacks a table format.

    Args:
        session: The session.
        request: What the run needs.
        packages: Per format, the Maven coordinates to recommend.

    Raises:
        PlatformError: The format's classes are not there.
    """
    for name in sorted(request.formats & packages.keys()):
        try:
            session.read.format(name).load("/tidegate/probe/of/the/class/path")
        except Exception as error:
            text = f"{type(error).__name__} {error}"
            if "DATA_SOURCE_NOT_FOUND" in text or "Failed to find" in text or "ClassNotFound" in text:
                raise PlatformError(
                    f"this Spark session does not know the {name.capitalize()} format",
                    where="the class path of the driver",
                    hint=f"add --packages {packages[name]}, or the platform's own {name.capitalize()} jars",
                ) from error


def _merged(present: str, wanted: str) -> str:
    parts = [part for part in present.split(",") if part]
    return ",".join([*parts, *(part for part in wanted.split(",") if part not in parts)])
