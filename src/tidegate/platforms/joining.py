"""Sessions that tidegate does not start alone: a driver that was submitted, or a session that the platform owns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tidegate.errors import PlatformError
from tidegate.lineage.spark_agent import AGENT
from tidegate.platforms.conf import (
    SUBMIT,
    Advice,
    check_formats,
    check_session,
    missing_settings,
    refuse_missing,
    runtime_conf,
    static_conf,
)
from tidegate.platforms.gateway import versions
from tidegate.platforms.jars import format_packages
from tidegate.platforms.spark_agent import tell_what_is_missing
from tidegate.platforms.support import check_together, check_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import SessionRequest

# What the one decides who submits; the configuration does not override it.
SUBMITTED = (
    "spark.master",
    "spark.submit",
    "spark.driver",
    "spark.executor",
    "spark.dynamicAllocation",
    "spark.yarn",
    "spark.kubernetes",
    "spark.jars",
)
# And who runs a service: it collects event logs itself.
OWNED = (*SUBMITTED, "spark.eventLog")
# Read once, when the context starts: on a session that runs they may be set, and nothing happens.
_READ_ONCE = ("spark.hadoop.", "spark.delta.logStore.", "spark.io.delta.storage.")


class SparkSource(Protocol):
    """What gives the session of this process."""

    def get(self, conf: Mapping[str, str], application: str | None = None) -> SparkSession:
        """Return the session that there is, or a new one, with these settings as far as they can be set now."""


class PySpark:
    """The session of the installed pyspark."""

    def get(self, conf: Mapping[str, str], application: str | None = None) -> SparkSession:
        """Return the session that there is, or a new one; without an application the name is left alone."""
        from pyspark.sql import SparkSession  # noqa: PLC0415 - pyspark is an extra

        builder = SparkSession.builder.appName(application) if application else SparkSession.builder
        for key, value in conf.items():
            builder = builder.config(key, value)
        return builder.getOrCreate()


def join_driver(
    request: SessionRequest, source: SparkSource, advice: Advice = SUBMIT, *, owned: tuple[str, ...] = OWNED
) -> SparkSession:
    """Return the session of a driver that was submitted for this run: with the run's settings, less what is not ours.

    Args:
        request: What the run needs.
        source: Gives the session.
        advice: How the platform is told what is missing.
        owned: What the keys of settings begin with that are not ours.

    Raises:
        PlatformError: The session lacks a setting or a format, or a version is not supported.
    """
    version = check_versions()
    wanted = {**runtime_conf(), **request.conf, **static_conf(request)}
    session = source.get(
        {key: value for key, value in wanted.items() if not key.startswith(owned)}, request.application
    )
    check_session(session, request, advice)
    tell_what_is_missing(session, request, advice)
    check_formats(session, request, packages=format_packages(version), advice=advice)
    check_together(version, versions(session))
    return session


def join_session(
    request: SessionRequest, source: SparkSource, advice: Advice, *, own_formats: frozenset[str] = frozenset()
) -> SparkSession:
    """Return a session that the platform owns: nothing is set but what may be set on a session that runs.

    Args:
        request: What the run needs.
        source: Gives the session.
        advice: How the platform is told what is missing.
        own_formats: Formats that the platform sets up itself, and of which nothing is asked.

    Raises:
        PlatformError: The session lacks a setting or a format, or a version is not supported.
    """
    version = check_versions()
    session = source.get({})
    foreign = request.formats - own_formats
    asked = type(request)(request.application, request.conf, foreign, request.secret_keys)
    missing = missing_settings(session, asked)
    for key, value in {**runtime_conf(), **request.conf}.items():
        if key not in missing and not key.startswith((*OWNED, AGENT)) and not _is_set(session, key, value):
            missing[key] = value
    refuse_missing(session, missing, request, advice)
    tell_what_is_missing(session, request, advice)
    packages = {name: package for name, package in format_packages(version).items() if name in foreign}
    check_formats(session, asked, packages=packages, advice=advice)
    check_together(version, {name: found for name, found in versions(session).items() if name not in own_formats})
    return session


def _is_set(session: SparkSession, key: str, value: str) -> bool:
    """Set a setting where that has an effect, and return whether the session has it now."""
    present = session.conf.get(key, None)
    if present == value or (key.endswith("extensions") and set(value.split(",")) <= set((present or "").split(","))):
        return True
    if key.startswith(_READ_ONCE):
        return False
    try:
        session.conf.set(key, value)
    except Exception as error:  # noqa: BLE001 - what is raised depends on Spark's line, and on Connect
        if "CONFIG" in str(error) or "modif" in str(error) or "static" in str(error):
            return False
        raise PlatformError(
            f"the session refused the setting {key}: {type(error).__name__}",
            where="spark.conf in the configuration",
            hint="leave it out, or set it where the cluster is described",
        ) from None
    return True
