"""How far the inputs of a job have come, as a stream: not their rows, which the run of a micro-batch reads itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

from pyspark.sql import functions as F

from tidegate.errors import JobDefinitionError, TableError
from tidegate.model.declarations import Files, Pulled, table_of
from tidegate.model.pins import Pins
from tidegate.model.topics import Kafka
from tidegate.sources.kafka import watch_topic
from tidegate.sources.listing import feed_folder, usual_suffix
from tidegate.tables.columns import united
from tidegate.tables.log_folders import DIGITS, log_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.model.declarations import Input
    from tidegate.model.names import TableName

_FILE = "path string, modificationTime timestamp, length bigint, content binary"
_VERSION = f"try_cast(regexp_extract(path, '/([0-9]{{{DIGITS}}})[.]json$', 1) AS bigint)"
_VERSION_FILES = "?" * DIGITS + ".json"
_PATTERN_SIGNS = frozenset("*?[]{}\\")
# Spark passes over files that are much older than the newest one; what comes late has come all the same.
_ANY_AGE = "36500d"
# Spark tells a file's time in milliseconds, cut off; the listing of a run may know it better.
_REST_OF_MILLISECOND = timedelta(microseconds=999)


@dataclass(frozen=True)
class Watched:
    """Where the news of one input shows: a folder in which a file appears with each.

    Attributes:
        name: Name that the job gives the input.
        folder: The folder, with all its sub-folders.
        files: Pattern of the names of its files.
        table: The table whose log it is; None for a feed of files.
    """

    name: str
    folder: str
    files: str
    table: str | None = None


@dataclass(frozen=True)
class WatchedTopic:
    """A topic of Kafka, whose brokers tell of news themselves.

    Attributes:
        name: Name that the job gives the input.
        connection: Name of the connection in the settings.
        topic: The topic.
    """

    name: str
    connection: str
    topic: str


AnyWatched: TypeAlias = Watched | WatchedTopic


def watched_by(job: type[SparkJob], context: RunContext) -> tuple[AnyWatched, ...]:
    """Return where the news of a job's inputs show, sorted by their names. No Spark.

    Args:
        job: The job.
        context: The context of runs.

    Raises:
        JobDefinitionError: An input is of a kind that does not show its news in a folder.
        TableError: A table does not exist yet.
    """
    driving = job.driving_inputs() or job.declared_inputs()
    topics = tuple(
        WatchedTopic(name, declared.connection, declared.topic)
        for name, declared in driving.items()
        if isinstance(declared, Kafka)
    )
    if topics and len(driving) > 1:
        raise JobDefinitionError(
            "a stream watches one topic, and nothing beside it",
            where=f"{job.name()}, inputs {', '.join(driving)}",
            hint="take each into a table by a job of its own, and let this one read the tables",
        )
    if topics:
        return topics
    found = tuple(_watched(name, declared, context) for name, declared in sorted(driving.items()))
    for one in found:
        if _PATTERN_SIGNS & set(one.folder):
            raise JobDefinitionError(
                "a stream cannot watch a folder whose name Spark takes for a pattern",
                where=f"input {one.name!r}, {one.folder}",
                hint="give it a name without * ? [ ] { } and backslashes, or run the job without --trigger",
            )
    return found


def fingerprint(watched: Sequence[AnyWatched]) -> str:
    """Return what tells this stream from one that watches something else, in 12 hexadecimal digits."""
    told = json.dumps([asdict(one) for one in watched], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def positions(context: RunContext, watched: Sequence[AnyWatched], max_files: int) -> DataFrame:
    """Return the stream of what comes. No content of a file, and no record of a topic, is read.

    Args:
        context: The context of runs.
        watched: Where the news show.
        max_files: How many files of each folder one micro-batch takes at most.

    Returns:
        One row per new file: `input` (the name), `version` (of a table; null for others) and `landed` (when the file
        was written, in milliseconds). Of a topic its records, which nobody is to read.
    """
    session = context.session()
    return reduce(
        united,
        (
            _positions(session, one, max_files)
            if isinstance(one, Watched)
            else watch_topic(session, context.kafka(one.connection), one.topic)
            for one in watched
        ),
    )


def pins_of(batch: DataFrame, watched: Sequence[AnyWatched]) -> Pins:
    """Return how far a run reads that is to take a micro-batch: the newest of what is in it, per input.

    Of a topic, it reads what is there when it runs: to look at the micro-batch would read the records once more.

    Args:
        batch: Rows of `positions`.
        watched: Where they come from.
    """
    folders = [one for one in watched if isinstance(one, Watched)]
    if not folders:
        return Pins(None)
    newest = batch.coalesce(1).groupBy("input").agg(F.max("version").alias("version"), F.max("landed").alias("landed"))
    found = {row["input"]: row for row in newest.collect()}
    versions = {one.table: found[one.name]["version"] for one in folders if one.table and one.name in found}
    landed = [found[one.name]["landed"] for one in folders if one.table is None and one.name in found]
    moment = datetime.fromtimestamp(max(landed) / 1000, tz=timezone.utc) + _REST_OF_MILLISECOND if landed else None
    return Pins(None, versions, moment)


def _watched(name: str, declared: Input, context: RunContext) -> Watched:
    if isinstance(declared, Files):
        return _watched_feed(name, declared, context)
    table = table_of(declared)
    if isinstance(declared, Pulled) or table is None:
        raise JobDefinitionError(
            "a database or an API does not tell when it has something new, so no stream can wait for it",
            where=f"input {name!r}",
            hint="run the job without --trigger, as often as it is to look",
        )
    return _watched_table(name, table, context)


def _watched_feed(name: str, declared: Files, context: RunContext) -> Watched:
    if declared.delivery:  # a marker may have a name that Spark passes over, and time may complete one
        raise JobDefinitionError(
            "a stream sees files come, and not what completes their delivery",
            where=f"input {name!r}, {declared.feed}",
            hint="leave delivery out, or run the job without --trigger, as often as it is to look",
        )
    return Watched(name, feed_folder(context.landing, declared), f"*{usual_suffix(declared)}")


def _watched_table(name: str, table: TableName, context: RunContext) -> Watched:
    store = context.tables.store(table)
    folder = log_folder(store, table)
    if folder is None:
        raise JobDefinitionError(
            f"{table} is a table in {store.format}, whose versions no stream can wait for",
            where=f"input {name!r}",
            hint="keep it in delta or parquet, or run the job without --trigger",
        )
    if store.version(table) is None:
        raise TableError(
            f"{table} does not exist yet", where=f"input {name!r}", hint=f"run the job that writes {table} first"
        )
    return Watched(name, folder, _VERSION_FILES, str(table))


def _positions(session: SparkSession, one: Watched, max_files: int) -> DataFrame:
    version = F.expr(_VERSION) if one.table else F.lit(None).cast("bigint")
    files = (
        session.readStream.format("binaryFile")
        .schema(_FILE)
        .option("pathGlobFilter", one.files)
        .option("recursiveFileLookup", "true")
        .option("maxFilesPerTrigger", max_files)
        .option("maxFileAge", _ANY_AGE)
        .option("ignoreMissingFiles", "true")
        .load(_may_be_missing(one.folder))
    )
    return files.select(
        F.lit(one.name).alias("input"), version.alias("version"), F.unix_millis("modificationTime").alias("landed")
    )


def _may_be_missing(folder: str) -> str:
    """Return a pattern that only the folder fits: Spark waits for a pattern, and refuses a folder that is not there."""
    parent, _, name = folder.rpartition("/")
    return f"{parent}/{{{name}}}"
