"""The statements that write a batch to an Iceberg table, each one snapshot, and the one that publishes it."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, ByteType, IntegerType, MapType, ShortType, StructField, StructType

from tidegate.errors import PublishError
from tidegate.tables import merging, semantics
from tidegate.tables.columns import arranged, quoted, widened
from tidegate.tables.iceberg_session import alone, staged
from tidegate.tables.iceberg_snapshots import FACTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, Row, SparkSession
    from pyspark.sql.types import DataType

    from tidegate.model.modes import ApplyChanges, ReplaceWindow, Scd2, Upsert
    from tidegate.tables.port import Batch

BRANCH = "tidegate"
PROPERTIES = {
    "format-version": "2",
    "write.delete.mode": "merge-on-read",
    "write.update.mode": "merge-on-read",
    "write.merge.mode": "merge-on-read",
    "write.distribution-mode": "none",
    "write.wap.enabled": "true",
    "write.metadata.delete-after-commit.enabled": "true",
    "history.expire.max-snapshot-age-ms": str(3650 * 86_400_000),
}


@dataclass(frozen=True)
class Target:
    """The table that a statement writes to.

    Attributes:
        session: The session of the batch.
        catalog: Name of the catalog in the session.
        namespace: Namespace of the table.
        dataset: Name of the table in it.
        head: The snapshot that the batch is based on; None where nothing has been published.
        facts: What the new snapshot carries.
    """

    session: SparkSession
    catalog: str
    namespace: str
    dataset: str
    head: int | None = None
    facts: str = ""

    @property
    def name(self) -> str:
        """The table as SQL names it."""
        return ".".join(quoted(part) for part in (self.catalog, self.namespace, self.dataset))

    def relation(self, snapshot_id: int) -> str:
        """Return a snapshot as Spark SQL names it."""
        return f"{self.name} VERSION AS OF {int(snapshot_id)}"

    def at(self, snapshot_id: int) -> DataFrame:
        """Return the table's rows at a snapshot, with the columns it had then."""
        return self.session.sql(f"SELECT * FROM {self.relation(snapshot_id)}")  # noqa: S608 - quoted names

    def schema(self) -> StructType:
        """Return the columns that rows are written with; one that was withdrawn may still be among them."""
        return self.session.table(self.name).schema

    def call(self, procedure: str, **arguments: str) -> list[Row]:
        """Call one of Iceberg's procedures on the table, and return what it tells.

        Args:
            procedure: Its name.
            arguments: Its other arguments, as SQL.
        """
        given = {"table": text(self.name), **arguments}
        told = ", ".join(f"{name} => {value}" for name, value in given.items())
        return self.session.sql(f"CALL {quoted(self.catalog)}.system.{procedure}({told})").collect()


def text(value: str) -> str:
    """Return a text as a literal of SQL."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def stored(rows: DataFrame) -> DataFrame:
    """Return the rows with the types that Iceberg has: its smallest integer is an int."""
    return widened(rows, held(rows.schema))


def held(schema: StructType) -> StructType:
    """Return columns with the types that Iceberg has for theirs."""
    return StructType([StructField(f.name, _stored(f.dataType), f.nullable, f.metadata) for f in schema.fields])


def create(target: Target, schema: StructType, location: str | None) -> None:
    """Create the table, without rows and not yet visible to tidegate's readers; all columns take nulls.

    Args:
        target: The table.
        schema: Its columns. A table without snapshots that has others was left by a first batch that failed; it goes.
        location: Its folder; None where the catalog alone says where its tables are.
    """
    target.session.sql(f"CREATE NAMESPACE IF NOT EXISTS {quoted(target.catalog)}.{quoted(target.namespace)}").collect()
    place = f" LOCATION {text(location)}" if location else ""
    properties = ", ".join(f"{text(key)} = {text(value)}" for key, value in PROPERTIES.items())
    columns = f"({_columns(schema)}) USING iceberg{place} TBLPROPERTIES ({properties})"
    statement = f"CREATE TABLE IF NOT EXISTS {target.name} {columns}"
    target.session.sql(statement).collect()
    if _types(target.schema()) != _types(schema):
        target.session.sql(f"DROP TABLE {target.name} PURGE").collect()
        target.session.sql(statement).collect()


def shape(target: Target, visible: StructType, wanted: StructType) -> None:
    """Give the table the columns of a batch that it lacks, and take away those that nobody has seen.

    Columns are added before the snapshot that fills them is published, so a batch that fails, or a restore, leaves
    columns behind: no snapshot that was published has a value in them.

    Args:
        target: The table.
        visible: Columns of the snapshot that is the table.
        wanted: Columns of the one that is to be.
    """
    there, seen, asked = _types(target.schema()), _types(visible), _types(wanted)
    stale = [name for name, kind in there.items() if name not in seen and asked.get(name) != kind]
    if stale:
        target.session.sql(f"ALTER TABLE {target.name} DROP COLUMNS ({', '.join(map(quoted, stale))})").collect()
    new = [name for name in asked if name not in there or name in stale]
    if new:
        columns = _columns(StructType([wanted[name] for name in new]))
        target.session.sql(f"ALTER TABLE {target.name} ADD COLUMNS ({columns})").collect()


def reshape(target: Target, before: StructType, after: StructType) -> None:
    """Give the table wider types, and let columns take nulls; Iceberg rewrites nothing, and keeps it after a failure.

    Args:
        target: The table.
        before: Its columns.
        after: The same columns as they are to be.
    """
    for old, new in zip(before.fields, after.fields, strict=True):
        change = f"ALTER TABLE {target.name} ALTER COLUMN {quoted(new.name)}"
        if old.dataType != new.dataType:
            target.session.sql(f"{change} TYPE {new.dataType.simpleString()}").collect()
        if new.nullable and not old.nullable:
            target.session.sql(f"{change} DROP NOT NULL").collect()


def append(target: Target, rows: DataFrame, batch: Batch, *, replaces: bool = False) -> None:
    """Add rows, or put them in place of all there are.

    Args:
        target: The table.
        rows: The rows, with the table's columns.
        batch: The batch they come from, for its size and order.
        replaces: Whether all other rows go.
    """
    writer = arranged(rows, batch.count, batch.cluster_by).writeTo(target.name)
    with staged(target.session, target.facts):
        if replaces:
            writer.overwrite(F.lit(True))  # noqa: FBT003 - a condition that always holds
        else:
            writer.append()


def replace_window(target: Target, rows: DataFrame, batch: Batch, mode: ReplaceWindow) -> None:
    """Put the rows in place of all rows of the days that they have.

    Iceberg overwrites whole files only, and a file may have rows of other days. So the rows that go are struck out by
    one snapshot and the new ones added by the next, on a branch of their own; the table becomes the second at once.

    Raises:
        PublishError: A row has no day.
    """
    if target.head is None:
        append(target, rows, batch)
        return
    gone = merging.replaced(rows, batch, mode)
    branch = f"{BRANCH}_{uuid.uuid4().hex}"
    place = f"{target.name}.{quoted(f'branch_{branch}')}"
    change = f"ALTER TABLE {target.name}"
    target.session.sql(f"{change} CREATE BRANCH {quoted(branch)} AS OF VERSION {target.head}").collect()
    try:
        with alone(target.session):
            target.session.sql(f"DELETE FROM {place} WHERE {gone}").collect()  # noqa: S608 - quoted names
            writer = arranged(rows, batch.count, batch.cluster_by).writeTo(place)
            writer.option(f"snapshot-property.{FACTS}", target.facts).append()
    finally:
        target.session.sql(f"{change} DROP BRANCH {quoted(branch)}").collect()


def merge_upsert(target: Target, rows: DataFrame, batch: Batch, mode: Upsert) -> None:
    """Merge the rows by key: the greater of a row and the table's own stands, in whatever order they come."""
    schemas = merging.Schemas(rows.schema, target.schema())
    with staged(target.session, target.facts), merging.named(rows) as source:
        target.session.sql(merging.upsert(target.name, source, mode, batch, schemas)).collect()


def merge_differences(target: Target, rows: DataFrame, batch: Batch, mode: Scd2 | ApplyChanges) -> semantics.Tally:
    """Merge what the batch changes of the rows that it concerns, and return how many of its own came to each outcome.

    What is merged is worked out from the snapshot that the batch is based on, and only on top of that one is the merge
    published.
    """
    if target.head is None:
        raise PublishError("a table that does not exist has no rows to change", where=target.name)
    old = merging.concerned(target.at(target.head), rows, mode, batch)
    found = merging.outcomes(old, rows, mode, batch)
    told, physical = semantics.tally(found), target.schema()
    source = widened(merging.differences(found, mode), physical)
    if not told.actions:  # a snapshot without rows
        append(target, source.limit(0), batch)
        return told
    with staged(target.session, target.facts), merging.named(source) as view:
        target.session.sql(merging.merge_differences(target.name, view, mode, batch)).collect()
    return told


def publish(target: Target, snapshot_id: int) -> None:
    """Make a snapshot the table, if the table still is what that snapshot is based on.

    Iceberg moves `main` only forwards to a branch whose head descends from it. The branch is shared by all publishers:
    one that finds it moved by another has to look which snapshot became the table.
    """
    set_branch(target, snapshot_id)
    target.call("fast_forward", branch=text("main"), to=text(BRANCH))


def discard(target: Target, snapshot_ids: Sequence[int], head: int | None) -> None:
    """Remove snapshots that did not become the table, with their files; what cannot be removed does no harm.

    Args:
        target: The table.
        snapshot_ids: The snapshots.
        head: The snapshot that is the table, to which the branch goes back; None where there is none.
    """
    told = ", ".join(f"{int(snapshot_id)}L" for snapshot_id in snapshot_ids)
    with suppress(PySparkException):
        if head is not None:
            set_branch(target, head)
        target.call("expire_snapshots", snapshot_ids=f"array({told})")


def set_branch(target: Target, snapshot_id: int) -> None:
    """Let the branch that publishers share point to a snapshot."""
    target.session.sql(
        f"ALTER TABLE {target.name} CREATE OR REPLACE BRANCH {quoted(BRANCH)} AS OF VERSION {int(snapshot_id)}"
    ).collect()


def _columns(schema: StructType) -> str:
    return ", ".join(f"{quoted(field.name)} {field.dataType.simpleString()}" for field in schema.fields)


def _types(schema: StructType) -> dict[str, str]:
    return {field.name: field.dataType.simpleString() for field in schema.fields}


def _stored(kind: DataType) -> DataType:
    if isinstance(kind, ByteType | ShortType):
        return IntegerType()
    if isinstance(kind, ArrayType):
        return ArrayType(_stored(kind.elementType))
    if isinstance(kind, MapType):
        return MapType(_stored(kind.keyType), _stored(kind.valueType))
    if isinstance(kind, StructType):
        return StructType([StructField(field.name, _stored(field.dataType)) for field in kind.fields])
    return kind
