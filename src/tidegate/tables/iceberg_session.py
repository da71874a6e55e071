"""What Iceberg takes only from the session: its catalogs, and the facts that a statement leaves in its snapshot."""

from __future__ import annotations

import hashlib
import json
import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tidegate.errors import TableError
from tidegate.tables.iceberg_catalogs import HadoopCatalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import SparkSession

    from tidegate.tables.iceberg_catalogs import IcebergCatalog

_PREFIX = "spark.sql.catalog"
_CATALOG = "org.apache.iceberg.spark.SparkCatalog"
_FACTS = "spark.wap.id"

# A session's settings are seen by all its threads, so one statement at a time may rely on them.
_locks: weakref.WeakKeyDictionary[SparkSession, threading.RLock] = weakref.WeakKeyDictionary()
_new_lock = threading.Lock()


def registered(session: SparkSession, catalog: IcebergCatalog) -> str:
    """Return the name by which the session knows a catalog; it is made known where it is not.

    A catalog is a setting that any session takes at any time until the catalog is first used. One of the same name and
    properties that is there already, as a platform may bring it, is used as it is.

    Args:
        session: The session.
        catalog: The catalog.

    Raises:
        TableError: The session has another catalog of that name.
    """
    wanted = catalog.spark_properties()
    for name in _names(catalog, wanted):
        prefix = f"{_PREFIX}.{name}"
        if session.conf.get(prefix, None) is None:
            for key, value in {"cache-enabled": "false", **wanted}.items():
                session.conf.set(f"{prefix}.{key}", value)
            session.conf.set(prefix, _CATALOG)
            return name
        if all(session.conf.get(f"{prefix}.{key}", None) == value for key, value in wanted.items()):
            return name
    raise TableError(
        f"the Spark session has another catalog called {catalog.name}",
        where=f"{_PREFIX}.{catalog.name}",
        hint="give tidegate's another name in storage.iceberg.name, or take the settings of that name out",
    )


@contextmanager
def staged(session: SparkSession, facts: str) -> Iterator[None]:
    """Let the statement within make a snapshot that carries the facts and that no reader sees yet.

    Writers in other threads wait: of two publishes in one session one writes at a time. Statements that other code runs
    in the same session meanwhile are not kept out; use a session of their own for them.

    Args:
        session: The session.
        facts: The text that the snapshot carries.
    """
    with _lock(session):
        session.conf.set(_FACTS, facts)
        try:
            yield
        finally:
            session.conf.unset(_FACTS)


@contextmanager
def alone(session: SparkSession) -> Iterator[None]:
    """Run the statement within while no other thread's facts are set in the session."""
    with _lock(session):
        yield


def _names(catalog: IcebergCatalog, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names to try: of folders there may be several, and nothing but the session knows them by a name."""
    if not isinstance(catalog, HadoopCatalog):
        return (catalog.name,)
    told = json.dumps(dict(wanted), sort_keys=True).encode()
    return (catalog.name, f"{catalog.name}_{hashlib.sha256(told).hexdigest()[:8]}")


def _lock(session: SparkSession) -> threading.RLock:
    with _new_lock:
        return _locks.setdefault(session, threading.RLock())
