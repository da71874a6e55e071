"""Settings that a Delta statement takes only from its session."""

from __future__ import annotations

import threading
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import SparkSession

_PREFIX = "spark.databricks.delta."
_TRANSACTION = f"{_PREFIX}write.txnAppId"
_BATCH = f"{_PREFIX}write.txnVersion"
_METADATA = f"{_PREFIX}commitInfo.userMetadata"
_EVOLVES = f"{_PREFIX}schema.autoMerge.enabled"
_MATERIALIZES = f"{_PREFIX}merge.materializeSource"

# A session's settings are seen by all its threads, so one statement at a time may rely on them.
_locks: weakref.WeakKeyDictionary[SparkSession, threading.RLock] = weakref.WeakKeyDictionary()
_new_lock = threading.Lock()


@contextmanager
def statement(
    session: SparkSession, transaction: tuple[str, int], facts: str, *, evolves: bool = False, is_staged: bool = False
) -> Iterator[None]:
    """Run the statement within as the transaction, alone among tidegate's threads; put the settings back after.

    MERGE, UPDATE and RESTORE take their token and metadata only from the session. Writers in other threads wait: of two
    publishes in one session one merges at a time. Statements that other code runs in the same session meanwhile are not
    kept out; use a session of their own for them.

    Args:
        session: The session.
        transaction: Application id and version of the token.
        facts: The commit's metadata.
        evolves: Whether new columns of the source are added to the table, in the same commit.
        is_staged: Whether the source gives the same rows however often it is read, so that Delta need not copy it
            first.
    """
    settings = {_TRANSACTION: transaction[0], _BATCH: str(transaction[1]), _METADATA: facts}
    if evolves:
        settings[_EVOLVES] = "true"
    with _lock(session), _set(session, settings), tuned(session, {_MATERIALIZES: "none"} if is_staged else {}):
        yield


@contextmanager
def without_token(session: SparkSession) -> Iterator[None]:
    """Run the statement within while no other thread's token is set in the session."""
    with _lock(session):
        yield


def _lock(session: SparkSession) -> threading.RLock:
    with _new_lock:
        return _locks.setdefault(session, threading.RLock())


@contextmanager
def _set(session: SparkSession, settings: Mapping[str, str]) -> Iterator[None]:
    before = {key: session.conf.get(key, None) for key in settings}
    try:
        for key, value in settings.items():
            session.conf.set(key, value)
        yield
    finally:
        _put_back(session, before)


@contextmanager
def tuned(session: SparkSession, settings: Mapping[str, str]) -> Iterator[None]:
    """Set what only makes a statement faster; a platform that forbids a setting goes without it."""
    before = {key: session.conf.get(key, None) for key in settings}
    with suppress(PySparkException):
        for key, value in settings.items():
            session.conf.set(key, value)
    try:
        yield
    finally:
        with suppress(PySparkException):
            _put_back(session, before)


def _put_back(session: SparkSession, before: Mapping[str, str | None]) -> None:
    for key, value in before.items():
        if value is None:
            session.conf.unset(key)
        else:
            session.conf.set(key, value)
