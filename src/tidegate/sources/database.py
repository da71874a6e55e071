"""Tables and queries of a database, over JDBC: how far they reach, and their rows as the database has them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import DateType, DecimalType, IntegralType, TimestampNTZType, TimestampType

from tidegate.errors import SourceError
from tidegate.sources.cursors import Reach, bounds, limited, literal, span_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import DataType, StructType

    from tidegate.model.connections import Connection
    from tidegate.model.cursors import CursorKind, CursorMark
    from tidegate.model.declarations import Database
    from tidegate.sources.cursors import CursorSpan, Limit

# Columns that the database adds to each row: whether its cursor had been reached before, and whether the next run will
# read it again. The database compares, because Spark need not order its values alike.
IS_OLD = "tidegate_is_old"
IS_RECENT = "tidegate_is_recent"

# Spark cannot use a driver of which it knows the class by the address alone once another session has loaded it.
_DRIVERS = {
    "jdbc:mariadb:": "org.mariadb.jdbc.Driver",
    "jdbc:mysql:": "com.mysql.cj.jdbc.Driver",
    "jdbc:oracle:": "oracle.jdbc.OracleDriver",
    "jdbc:postgresql:": "org.postgresql.Driver",
    "jdbc:redshift:": "com.amazon.redshift.Driver",
    "jdbc:sqlserver:": "com.microsoft.sqlserver.jdbc.SQLServerDriver",
}
_REASON = re.compile(r"\b(\w*(?:SQL\w*Exception|ClassNotFoundException)): ([^\n]*)")
_NO_DRIVER = ("No suitable driver", "ClassNotFoundException")
_DAY_ONE = "TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00:00'"
# Messages of databases that speak of names and networks; any other may hold data.
_PASSING = re.compile(
    r"refused|reset|timed out|timeout|starting up|shutting down|too many (clients|connections)|deadlock|attempt failed",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"does not exist|doesn't exist|unknown (?:table|column|database)|authentication|access denied|permission denied|"
    r"syntax|connection|connect |refused|timed? ?out|unreachable",
    re.IGNORECASE,
)
_SHOWN_LENGTH = 300


def find_span(
    session: SparkSession,
    connection: Connection,
    declared: Database,
    known: CursorMark | None,
    limit: Limit | None = None,
) -> CursorSpan | None:
    """Return what a run reads of a source; None where there is nothing that has not been read. A query or two.

    Args:
        session: The session, through which JDBC is spoken.
        connection: The database.
        declared: The source and its cursor.
        known: How far it has been read.
        limit: Up to where it is read at most; None for all there is.

    Raises:
        SourceError: The database cannot be asked, rows have no cursor value, or the source went backwards.
        JobDefinitionError: The overlap does not fit the cursor.
    """
    reach = limited(_reach(session, connection, declared), limit, declared.label)
    span = span_of(declared.cursor, reach, known, where=declared.label)
    if span is None or span.moves:
        return span
    return span if _has_late_rows(session, connection, declared, span) else None


def read_rows(session: SparkSession, connection: Connection, declared: Database, span: CursorSpan) -> DataFrame:
    """Return the rows of a span, in the source's own columns, and whether each is old and recent (0 or 1).

    Every use of the frame asks the database again, and may find other rows.

    Raises:
        SourceError: The database cannot be asked.
    """
    column = declared.cursor.column
    is_old = "0" if span.since is None else f"CASE WHEN {column} <= {literal(span.since, span.kind)} THEN 1 ELSE 0 END"
    is_recent = f"CASE WHEN {column} >= {literal(span.reach, span.kind)} THEN 1 ELSE 0 END"
    flagged = f"SELECT s.*, {is_old} AS {IS_OLD}, {is_recent} AS {IS_RECENT} FROM {_source(declared)}"  # noqa: S608
    oldest = None
    if span.lower is None and declared.partitions > 1:
        least = f"CAST(MIN({column}) AS DECIMAL(38))" if span.kind == "sequence" else f"MIN({column})"
        question = f"(SELECT {least} AS oldest FROM {_source(declared)}) asked"  # noqa: S608 - as above
        asked = _frame(session, connection, declared, question)
        (oldest,) = _first(asked.select(_steps("oldest", span.kind)), declared)
    parts = bounds(span, column, oldest, declared.partitions)
    return _frame(session, connection, declared, f"({flagged}) src", parts)


def read_whole(session: SparkSession, connection: Connection, declared: Database) -> DataFrame:
    """Return all rows of a source, in its own columns. Every use of the frame asks the database again.

    Raises:
        SourceError: The database cannot be asked.
    """
    return _frame(session, connection, declared, f"(SELECT s.* FROM {_source(declared)}) src")  # noqa: S608


def database_failure(error: BaseException, where: str) -> SourceError | None:
    """Return what a failure of Spark says of a database that could not be asked, or None for other failures."""
    found = _REASON.search(str(error))
    if found is None:
        return None
    if any(sign in found.group(0) for sign in _NO_DRIVER):
        return SourceError(
            "there is no JDBC driver for the database",
            where=where,
            hint="add it to spark.conf.spark.jars.packages, such as org.postgresql:postgresql:42.7.14",
        )
    reason = found.group(2).strip()[:_SHOWN_LENGTH]
    return SourceError(
        f"the database refused: {reason if _HARMLESS.search(reason) else found.group(1)}",
        where=where,
        hint="check the connection's settings, and the table, query and columns that are declared",
        retryable=_PASSING.search(reason) is not None,
    )


@contextmanager
def asking(where: str) -> Iterator[None]:
    """Turn what a database refuses within into an error that says so.

    Raises:
        SourceError: The database cannot be asked, or refuses.
    """
    try:
        yield
    except Exception as error:
        known = database_failure(error, where)
        if known is None:
            raise
        raise known from error


def _reach(session: SparkSession, connection: Connection, declared: Database) -> Reach:
    """Return what the source says of its cursor, in one short query."""
    column, source = declared.cursor.column, _source(declared)
    is_postgres = connection.url.startswith("jdbc:postgresql:")

    def ask(newest: str) -> DataFrame:
        return _frame(
            session,
            connection,
            declared,
            f"(SELECT (SELECT {newest} FROM {source}) AS newest, "  # noqa: S608 - names and text of the declaration
            f"(SELECT COUNT(*) FROM {source} WHERE {column} IS NULL) AS missing, "
            f"{_DAY_ONE if is_postgres else 0} AS day_one) asked",
        )

    asked = ask(f"MAX({column})")
    schema = asked.schema
    if _has_scale(schema):  # PostgreSQL forgets of a greatest number how many places its column has
        none_of_it = f"(SELECT {column} AS newest FROM {source} WHERE 1 = 0) asked"  # noqa: S608 - as above
        schema = _frame(session, connection, declared, none_of_it).schema
        asked = ask(f"CAST(MAX({column}) AS DECIMAL(38))")
    kind = _kind_of(schema, declared)
    day_one = _steps("day_one", "timestamp" if is_postgres else "sequence")
    newest, missing, shift = _first(
        asked.select(_steps("newest", kind), F.col("missing").cast("bigint"), day_one), declared
    )
    if shift:
        raise SourceError(
            "Spark's Java is not in UTC, so moments of the database would be shifted",
            where=declared.label,
            hint="add -Duser.timezone=UTC to spark.driver.extraJavaOptions and spark.executor.extraJavaOptions",
        )
    return Reach(kind, newest, missing or 0)


def _has_late_rows(session: SparkSession, connection: Connection, declared: Database, span: CursorSpan) -> bool:
    """Return whether the overlap holds other rows than those that have been read; they are counted, not compared."""
    if span.known is None or span.lower is None or span.since is None or span.lower > span.since:
        return False
    column = declared.cursor.column
    asked = _frame(
        session,
        connection,
        declared,
        f"(SELECT COUNT(*) AS again FROM {_source(declared)} WHERE {column} >= {literal(span.lower, span.kind)} "  # noqa: S608
        f"AND {column} <= {literal(span.since, span.kind)}) asked",
    )
    (again,) = _first(asked.select(F.col("again").cast("bigint")), declared)
    return again != len(span.known.seen)


def _frame(
    session: SparkSession, connection: Connection, declared: Database, source: str, parts: list[str] | None = None
) -> DataFrame:
    driver = next((driver for address, driver in _DRIVERS.items() if connection.url.startswith(address)), None)
    properties = {
        **({"driver": driver} if driver else {}),
        **connection.properties,
        "fetchsize": str(connection.fetch_rows),
        # A timestamp without a zone is what the database shows, whatever zone the executors are in.
        "preferTimestampNTZ": "true",
    }
    with asking(declared.label):
        return session.read.jdbc(connection.url, source, predicates=parts or ["1 = 1"], properties=properties)


def _first(asked: DataFrame, declared: Database) -> tuple[int | None, ...]:
    with asking(declared.label):
        (row,) = asked.collect()
    return tuple(None if value is None else int(value) for value in row)


def _source(declared: Database) -> str:
    return f"{declared.table} s" if declared.table is not None else f"({declared.query}) s"


def _has_scale(schema: StructType) -> bool:
    found: DataType = schema["newest"].dataType
    return isinstance(found, DecimalType) and found.scale > 0


def _kind_of(schema: StructType, declared: Database) -> CursorKind:
    found: DataType = schema["newest"].dataType
    if isinstance(found, IntegralType) or (isinstance(found, DecimalType) and not _has_scale(schema)):
        return "sequence"
    if isinstance(found, DateType):
        return "date"
    if isinstance(found, TimestampNTZType):
        return "timestamp"
    if isinstance(found, TimestampType):
        return "instant"
    raise SourceError(
        f"{declared.cursor.column} cannot be a cursor: it is {found.simpleString()}",
        where=declared.label,
        hint="a cursor is a timestamp, a date or a whole number; a query may cast it",
    )


def _steps(name: str, kind: CursorKind) -> Column:
    """Return a value in the steps of its kind, as text."""
    value = F.col(name)
    if kind == "sequence":
        value = value.cast("decimal(38,0)")
    elif kind == "date":
        value = F.unix_date(value)
    else:
        value = F.unix_micros(value.cast("timestamp"))
    return value.cast("string").alias(name)
