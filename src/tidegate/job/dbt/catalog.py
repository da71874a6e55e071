"""Silver and gold as the session's catalog shows them to dbt: pinned views, and external tables."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

from tidegate import storage
from tidegate.errors import PlatformError
from tidegate.tables.delta_session import without_token

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tidegate.job.dbt.nodes import ModelNode
    from tidegate.job.dbt.request import DbtBuild
    from tidegate.model.names import TableName
    from tidegate.tables.delta import DeltaStore

_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
_IMPLEMENTATION = "spark.sql.catalogImplementation"
_REDACTED = "redacted"
_DELTAS_OWN = frozenset({"spark.databricks.delta.lastCommitVersionInSession"})


def check_session(session: SparkSession) -> None:
    """Assert that dbt will find this session.

    dbt-spark's session method takes the process's first Spark session, whatever session it is called with.

    Raises:
        PlatformError: It would find another one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a client of Spark Connect says what it cannot set once more
        found = SparkSession.builder.getOrCreate()
    if found is not session:
        raise PlatformError(
            "dbt runs on the first Spark session of the process, and the run has another one",
            hint="run gold on the session that was started first, not on one made by newSession()",
        )


@contextmanager
def shown(session: SparkSession, request: DbtBuild, models: Sequence[ModelNode], store: DeltaStore) -> Iterator[None]:
    """Show the sources as views of their versions, and the tables of gold where they are; the views go afterwards.

    In a catalog that lasts no longer than the session, a gold table that is shown already is shown anew, since it may
    be another one; a lasting catalog keeps what it has.

    Args:
        session: The session.
        request: The build.
        models: Models that have a table.
        store: The tables of gold.
    """
    for layer in sorted({table.layer for table in request.sources} | {model.table.layer for model in models}):
        folder = storage.join(request.target_path, "databases", layer)
        session.sql(f"CREATE DATABASE IF NOT EXISTS {layer} LOCATION '{literal(folder)}'")
    is_fleeting = session.conf.get(_IMPLEMENTATION, "in-memory") == "in-memory"
    for model in models:
        if is_fleeting:
            forget(session, model.table)
        if store.version(model.table) is not None:
            place = literal(store.location(model.table))
            session.sql(f"CREATE TABLE IF NOT EXISTS {model.table} USING delta LOCATION '{place}'")
    try:
        for table, rows in request.sources.items():
            session.sql(f"CREATE OR REPLACE VIEW {table} AS {rows}")
        yield
    finally:
        for table in request.sources:
            session.sql(f"DROP VIEW IF EXISTS {table}")
        for model in models:
            session.catalog.dropTempView(f"{model.table.dataset}__dbt_tmp")


@contextmanager
def committing(session: SparkSession, user_metadata: str) -> Iterator[None]:
    """Let every commit within say who made it; put back afterwards what dbt and the build set in the session.

    Other threads' publishes wait, because a commit of theirs would say the same.
    """
    with without_token(session):
        before = _settings(session)
        session.conf.set(_METADATA, user_metadata)
        try:
            yield
        finally:
            _put_back(session, before)


def forget(session: SparkSession, table: TableName) -> None:
    """Take a table out of the catalog; its files stay, because it is external."""
    session.sql(f"DROP TABLE IF EXISTS {table}")


def literal(text: str) -> str:
    """Return a text as it stands between single quotes in Spark SQL."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _put_back(session: SparkSession, before: Mapping[str, str]) -> None:
    after = _settings(session)
    for key in after.keys() - before.keys():
        session.conf.unset(key)
    for key, value in before.items():
        if after.get(key) != value and _REDACTED not in value:
            session.conf.set(key, value)


def _settings(session: SparkSession) -> dict[str, str]:
    return {row["key"]: row["value"] for row in session.sql("SET").collect() if row["key"] not in _DELTAS_OWN}
