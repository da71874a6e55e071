"""The statements that publish a batch to a Delta table, each one commit."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import PublishError
from tidegate.tables import merging, semantics
from tidegate.tables.columns import added, arranged, quoted, widened
from tidegate.tables.delta_entries import RESHAPED
from tidegate.tables.delta_session import statement, without_token
from tidegate.tables.rewrites import check_outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from tidegate.model.modes import ApplyChanges, ReplaceWindow, Scd2, Upsert
    from tidegate.tables.port import Batch

PROPERTIES = {
    "delta.enableDeletionVectors": "true",
    "delta.enableChangeDataFeed": "true",
    "delta.logRetentionDuration": "interval 3650 days",
}


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


def append(target: Target, rows: DataFrame, batch: Batch, *, where: str | None = None, is_new: bool = False) -> None:
    """Add rows, or put them in place of those that a condition holds for; creates the table where it does not exist.

    Args:
        target: The table.
        rows: The rows, with the table's columns.
        batch: The batch they come from, for its size and order.
        where: The condition, as SQL; every row must meet it. None adds.
        is_new: Whether a table that is there by now is another writer's, and is not added to.
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
        writer = writer.mode("error" if is_new else "append")
    writer.options(**options).save(target.location)


def append_new(target: Target, rows: DataFrame, batch: Batch) -> None:
    """Add the rows whose keys the table does not have; creates the table where it does not exist.

    The table is read within the append's own transaction: what was committed before it is seen, and Delta refuses the
    commit if another one adds rows meanwhile.

    Args:
        target: The table.
        rows: The rows, with the table's columns.
        batch: The batch they come from, with its key.
    """
    if target.schema is not None:
        there = _whole(target) if batch.reach is None else _whole(target).filter(batch.reach)
        rows = merging.without_known(rows, there, batch)
    append(target, rows, batch, is_new=target.schema is None)


def reshape(target: Target, before: StructType, after: StructType) -> None:
    """Give the table other types, and let columns take nulls, in commits in which no row gets another value.

    Other types rewrite the table. Delta can widen them in its log alone, but only from version 4 on, and then a reader
    needs a feature that many lack.

    Args:
        target: The table.
        before: Its columns.
        after: The same columns as they are to be.
    """
    for old, new in zip(before.fields, after.fields, strict=True):
        if new.nullable and not old.nullable:
            with without_token(target.session):
                target.session.sql(f"ALTER TABLE {target.name} ALTER COLUMN {quoted(new.name)} DROP NOT NULL").collect()
    if all(old.dataType == new.dataType for old, new in zip(before.fields, after.fields, strict=True)):
        return
    detail = target.session.sql(f"DESCRIBE DETAIL {target.name}").select("partitionColumns").head()
    writer = widened(_whole(target), after).write.format("delta").mode("overwrite")
    writer = writer.partitionBy(*(detail[0] if detail else ()))
    with without_token(target.session):
        writer.option("overwriteSchema", "true").option("userMetadata", RESHAPED).save(target.location)


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
    append(target, rows, batch, where=merging.replaced(rows, batch, mode))


def merge_upsert(target: Target, rows: DataFrame, batch: Batch, mode: Upsert) -> None:
    """Merge the rows by key: the greater of a row and the table's own stands, in whatever order they come."""
    if target.schema is None:
        raise PublishError("a table that does not exist cannot be merged into", where=target.location)
    evolves = bool(added(rows.schema, target.schema))
    with target.token(evolves=evolves, is_staged=True), merging.named(rows) as source:
        statement = merging.upsert(target.name, source, mode, batch, merging.Schemas(rows.schema, target.schema))
        target.session.sql(statement).collect()


def merge_differences(target: Target, rows: DataFrame, batch: Batch, mode: Scd2 | ApplyChanges) -> semantics.Tally:
    """Merge what the batch changes of the rows that it concerns, and return how many of its own came to each outcome.

    What is merged is worked out within the merge's own transaction, so it cannot miss what another writer commits
    before it.
    """
    found = merging.outcomes(merging.concerned(_whole(target), rows, mode, batch), rows, mode, batch)
    told = semantics.tally(found)
    check_outcomes(told.total, batch.count)
    if not told.actions:
        commit_alone(target)
        return told
    source = merging.differences(found, mode)
    evolves = target.schema is not None and bool(added(source.schema, target.schema))
    with target.token(evolves=evolves), merging.named(source) as view:
        target.session.sql(merging.merge_differences(target.name, view, mode, batch)).collect()
    return told


def _whole(target: Target) -> DataFrame:
    """Return the table's rows, hidden ones too."""
    return target.session.read.format("delta").load(target.location)
