"""OpenLineage's agent in Spark: jar and listener where tidegate starts Spark, and what to add where it does not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tidegate.lineage.spark_agent import AGENT, PARENT, ROOT
from tidegate.platforms.jars import spark_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from tidegate.platforms.conf import Advice
    from tidegate.platforms.port import SessionRequest

LISTENER = "io.openlineage.spark.agent.OpenLineageSparkListener"
LISTENERS = "spark.extraListeners"
_REDACTED = "spark.redaction.regex"
_VERSION = "1.53.0"

_log = logging.getLogger("tidegate.platforms")


def agent_package(version: str) -> str:
    """Return the Maven coordinates of the agent for a version of Spark."""
    return f"io.openlineage:openlineage-spark_{'2.12' if version.startswith('3.') else '2.13'}:{_VERSION}"


def listening(conf: Mapping[str, str]) -> dict[str, str]:
    """Return the settings with which Spark starts the agent; the key of a receiver is on none of Spark's pages.

    Args:
        conf: The settings from the configuration, whose own listeners stay.
    """
    present = [part for part in conf.get(LISTENERS, "").split(",") if part and part != LISTENER]
    redacted = conf.get(_REDACTED, "(?i)secret|password|token|access[.]?key")
    return {LISTENERS: ",".join([*present, LISTENER]), _REDACTED: f"{redacted}|(?i)api[.]?key"}


def tell_what_is_missing(session: SparkSession, request: SessionRequest, advice: Advice) -> None:
    """Say what a session that was not started here lacks for the agent. Runs go on without it.

    Args:
        session: The session.
        request: What the run needs.
        advice: How the platform is told what is missing.
    """
    if not request.has_agent or LISTENER in (session.conf.get(LISTENERS, "") or "").split(","):
        return
    wanted = {"spark.jars.packages": agent_package(spark_version()), **listening(request.conf)}
    wanted |= {key: value for key, value in request.conf.items() if _is_of_every_run(key)}
    shown = {key: "<the secret>" if key in request.secret_keys else value for key, value in wanted.items()}
    _log.warning("lineage.spark_agent: Spark runs without the agent; %s", advice.settings(shown))


def _is_of_every_run(key: str) -> bool:
    return key.startswith(AGENT) and not key.startswith((PARENT, ROOT))
