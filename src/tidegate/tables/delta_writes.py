"""The statements that publish a batch to a Delta table, each one commit."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import PublishError
from tidegate.tables import semantics
from tidegate.tables.columns import added, arranged, column, comparable, quoted
from tidegate.tables.days import folded, within
from tidegate.tables.delta_session import statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from tidegate.model.modes import LateWindow, ReplaceWindow, Scd2, Upsert
    from tidegate.tables.port import Batch

PROPERTIES = {
    "delta.enableDeletionVectors": "true",
    "delta.enableChangeDataFeed": "true",
    "delta.logRetentionDuration": "interval 3650 days",
}
_BROADCAST_ROWS = 500_000


@dataclass(frozen=True)
class Target:
    """The table that a statement writes to.

    Attributes:
        session: The session of the batch.
        location: Folder of the table.
        schema: Its schema; None where it does not exist.
        transaction: Id under which Delta knows the application's transactions.
        number: Number of the batch.
        facts: The commit's metadata.
    """

    session: SparkSession
    location: str
    schema: StructType | None
    transaction: str
    number: int
    facts: str

    @property
    def name(self) -> str:
        """The table as SQL names it."""
        return f"delta.{quoted(self.location)}"

    @contextmanager
    def token(self, *, evolves: bool = False, is_staged: bool = False) -> Iterator[None]:
        """Run a statement under the batch's token."""
        settings = (self.transaction, self.number)
        with statement(self.session, settings, self.facts, evolves=evolves, is_staged=is_staged):
            yield


def append(target: Target, rows: DataFrame, batch: Batch, *, where: str | None = None) -> None:
    """Add rows, or put them in place of those that a condition holds for; creates the table where it does not exist.

    Args:
        target: The table.
        rows: The rows, with the table's columns.
        batch: The batch they come from, for its size and order.
        where: The condition, as SQL; every row must meet it. None adds.
    """
    writer = arranged(rows, batch.count, batch.cluster_by).write.format("delta")
    options = {"txnAppId": target.transaction, "txnVersion": str(target.number), "userMetadata": target.facts}
    if target.schema is None:
        options |= PROPERTIES
    elif added(rows.schema, target.schema):
        options["mergeSchema"] = "true"
    if where is not None and target.schema is not None:
        options["replaceWhere"] = where
        writer = writer.mode("overwrite")
    else:
        writer = writer.mode("append")
    writer.options(**options).save(target.location)


def commit_alone(target: Target) -> None:
    """Commit the token and its facts without a change of rows."""
    if target.schema is None:
        raise PublishError("a table that does not exist takes no empty commit", where=target.location)
    name = quoted(target.schema.names[0])
    with target.token():
        target.session.sql(f"UPDATE {target.name} SET {name} = {name} WHERE false").collect()  # noqa: S608 - quoted names


def replace_window(target: Target, rows: DataFrame, batch: Batch, mode: ReplaceWindow) -> None:
    """Put the rows in place of all rows of the days that they have.

    Raises:
        PublishError: A row has no day.
    """
    days = batch.days
    if days is None:
        found = [row[0] for row in rows.select(F.to_date(column(mode.column))).distinct().collect()]
        if None in found:
            raise PublishError(
                f"rows without {mode.column} replace no window",
                where=str(batch.table),
                hint=f"give {mode.column} a not_null rule, so that such rows are quarantined",
            )
        days = tuple(found)
    kind = rows.schema[mode.column].dataType.simpleString()
    append(target, rows, batch, where=within(quoted(mode.column), kind, folded(days, limit=len(days) + 1)))


def merge_upsert(target: Target, rows: DataFrame, batch: Batch, mode: Upsert) -> None:
    """Merge the rows by key: the greater of a row and the table's own stands, in whatever order they come."""
    if target.schema is None:
        raise PublishError("a table that does not exist cannot be merged into", where=target.location)
    schema = rows.schema
    keys = " AND ".join(f"t.{quoted(key)} = s.{quoted(key)}" for key in mode.keys)
    order = (mode.sequence_by, *batch.compared)
    mine = _ranked("s", order, schema, schema)
    theirs = _ranked("t", order, schema, target.schema)
    evolves = bool(added(schema, target.schema))
    with target.token(evolves=evolves, is_staged=True), _view(rows) as source:
        target.session.sql(
            f"MERGE INTO {target.name} t USING {source} s ON {keys}{_window(schema, batch, mode.late)} "
            f"WHEN MATCHED AND {mine} > {theirs} THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        ).collect()


def merge_history(target: Target, rows: DataFrame, batch: Batch, mode: Scd2) -> semantics.Tally:
    """Rebuild the intervals of the batch's keys and merge what differs; return how many events came to each outcome.

    The rebuild reads the table within the merge's own transaction, so it cannot miss what another writer commits before
    it.
    """
    old = target.session.read.format("delta").load(target.location)
    keys = rows.select(*(column(key) for key in mode.keys)).distinct()
    if batch.count <= _BROADCAST_ROWS:
        keys = F.broadcast(keys)
    mine = old.join(keys, list(mode.keys), "left_semi")
    rebuilt = semantics.rebuilt(mine, rows, mode, batch.compared)
    told = semantics.tally(rebuilt)
    if not told.actions:
        commit_alone(target)
        return told
    changes = rebuilt.filter(semantics.has_action())
    # A null here, which no interval has, marks those that are to go: the source keeps exactly the table's columns.
    is_current = F.when(F.col(semantics.ACTION) != "delete", F.col(semantics.IS_CURRENT))
    source = changes.withColumn(semantics.IS_CURRENT, is_current).drop(semantics.ACTION, semantics.OUTCOME)
    on = " AND ".join(f"t.{quoted(key)} = s.{quoted(key)}" for key in mode.keys)
    evolves = target.schema is not None and bool(added(source.schema, target.schema))
    with target.token(evolves=evolves), _view(source) as view:
        target.session.sql(
            f"MERGE INTO {target.name} t USING {view} s ON {on} AND t.valid_from <=> s.valid_from "
            "WHEN MATCHED AND s.is_current IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET * "
            "WHEN NOT MATCHED AND s.is_current IS NOT NULL THEN INSERT *"
        ).collect()
    return told


def _ranked(side: str, names: Sequence[str], schema: StructType, present: StructType) -> str:
    """Return the SQL of a value that orders the rows of one side; columns that the side does not have yet are null."""
    known = {field.name.lower() for field in present.fields}
    parts = []
    for place, name in enumerate(dict.fromkeys(names)):
        kind = schema[name].dataType
        value = f"{side}.{quoted(name)}" if name.lower() in known else f"CAST(NULL AS {kind.simpleString()})"
        parts.append(f"'c{place}', {comparable(value, kind)}")
    return f"named_struct({', '.join(parts)})"


def _window(schema: StructType, batch: Batch, late: LateWindow | None) -> str:
    """Return the condition that keeps a merge to the files of the batch's days.

    A row without an event time may stand among any days, and files without such rows are known from their statistics.
    """
    if late is None or batch.days is None:
        return ""
    event = f"t.{quoted(late.column)}"
    return f" AND ({within(event, schema[late.column].dataType.simpleString(), folded(batch.days))} OR {event} IS NULL)"


@contextmanager
def _view(rows: DataFrame) -> Iterator[str]:
    """Give the frame a name that SQL knows it by."""
    name = f"tidegate_{uuid.uuid4().hex}"
    rows.createOrReplaceTempView(name)
    try:
        yield name
    finally:
        rows.sparkSession.catalog.dropTempView(name)
