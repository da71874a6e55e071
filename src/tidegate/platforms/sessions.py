"""A second session beside the one that the platform gave."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

from tidegate.platforms.connect_server import check_server
from tidegate.platforms.gateway import clone

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_log = logging.getLogger("tidegate.platforms")

_SETTINGS = ("spark.sql.", "spark.databricks.")
_POOL = "spark.scheduler.pool"


def session_beside(session: SparkSession) -> SparkSession:
    """Return a session for the calling thread: same catalog, cache and settings; what is set in it stays in it.

    Its jobs take turns with those of other threads where Spark schedules fairly (`spark.scheduler.mode=FAIR`). Where
    the platform gives no second session (Spark Connect), it is the same one, if its server still answers.

    Raises:
        PlatformError: It does not.
    """
    beside = clone(session)
    if beside is None:
        try:
            beside = _copied(session)
        except (PySparkException, NotImplementedError, AttributeError) as error:
            _log.debug("no session of its own for this thread: %s", type(error).__name__)
            check_server(os.environ)
            beside = session
            with suppress(PySparkException, NotImplementedError, AttributeError):
                beside.addTag(_group(threading.get_ident()))  # which is of this thread alone, as a job group is
            return beside
    with suppress(PySparkException, NotImplementedError, AttributeError):
        beside.sparkContext.setLocalProperty(_POOL, threading.current_thread().name)
        beside.sparkContext.setJobGroup(
            _group(threading.get_ident()), threading.current_thread().name, interruptOnCancel=True
        )
    return beside


def cancel(session: SparkSession, thread: int) -> None:
    """Cancel what a thread with a session of its own has Spark do now, where the platform can.

    Args:
        session: Any session of the same Spark.
        thread: Number of the thread.
    """
    try:
        session.sparkContext.cancelJobGroup(_group(thread))
    except (PySparkException, NotImplementedError, AttributeError):  # a client of Spark Connect has tags instead
        with suppress(PySparkException, NotImplementedError, AttributeError):
            session.interruptTag(_group(thread))


def _group(thread: int) -> str:
    return f"tidegate-{thread}"


def _copied(session: SparkSession) -> SparkSession:
    beside = session.newSession()
    for key, value in _changed(session, beside).items():
        beside.conf.set(key, value)
    return beside


def _changed(session: SparkSession, beside: SparkSession) -> dict[str, str]:
    """Return the settings that were made in a session since it began and that another one lacks."""
    there = _settings(beside)
    return {
        key: value
        for key, value in _settings(session).items()
        if key.startswith(_SETTINGS) and there.get(key) != value and beside.conf.isModifiable(key)
    }


def _settings(session: SparkSession) -> dict[str, str]:
    return {row["key"]: row["value"] for row in session.sql("SET").collect()}
