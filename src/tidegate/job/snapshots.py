"""What changed in a source that shows all it holds: its rows compared, by key and hash, with those it had before."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import JobDefinitionError, SourceError
from tidegate.model.modes import Append
from tidegate.model.names import TableName
from tidegate.sources.fingerprints import fingerprint
from tidegate.sources.origin import ARRIVED, FILE, LINE
from tidegate.sources.shape import CORRUPT, PROBLEMS, RESCUED
from tidegate.tables.columns import united
from tidegate.transforms.change_feeds import OPERATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.model.contracts import Contract
    from tidegate.model.declarations import Snapshot
    from tidegate.tables.catalog import Catalog

_BATCH = "_batch_id"
_HASH = "_row_hash"
_ROWS = "_rows"
_UNREADABLE = "_unreadable"


def check_snapshot_table(contract: Contract, mode: object) -> None:
    """Refuse a table that cannot hold the changes of snapshots: several rows per key, all of them kept.

    Raises:
        JobDefinitionError: The table's mode or contract says otherwise.
    """
    if not isinstance(mode, Append) or contract.primary_key:
        raise JobDefinitionError(
            "the changes between snapshots are several rows per key, and the next comparison needs them all",
            where=str(contract.table),
            hint="write them by Append into a table whose contract has no primary key; the next table reduces them",
        )


def known_rows(tables: Catalog, contract: Contract, declared: Snapshot, batch: int) -> DataFrame | None:
    """Return what the source held when it was read last; None before the first time.

    Per key the newest row among those in the table and those in its quarantine; none where that is a delete. What a
    run that died has left in quarantine is of no batch yet and does not count.

    Args:
        tables: The catalog.
        contract: Contract of the table.
        declared: The keys.
        batch: Number of the batch that is to be made.

    Returns:
        The columns that are compared.
    """
    columns = compared_columns(contract)
    quarantine = TableName("quarantine", f"{contract.table.layer}_{contract.table.dataset}")
    found: list[DataFrame] = []
    for name in (contract.table, quarantine):
        store = tables.store(name)
        if store.version(name) is not None:
            rows = store.read(name).where(F.col(_BATCH) < batch)
            found.append(rows.select(*_aligned(rows, contract), _BATCH, _operation(rows)))
    if not found:
        return None
    rows = reduce(united, found)
    newest = F.max_by(F.struct(*map(_quoted, columns), OPERATION), _BATCH).alias("newest")
    last = rows.groupBy(*map(_quoted, declared.keys)).agg(newest).select("newest.*")
    return last.where(F.col(OPERATION) != "delete").select(*map(_quoted, columns))


def compared_columns(contract: Contract) -> tuple[str, ...]:
    """Return the columns by which two rows of a key are told apart."""
    return (*contract.column_names, RESCUED, CORRUPT)


def changes(before: DataFrame | None, after: DataFrame, declared: Snapshot, contract: Contract) -> DataFrame:
    """Return the rows that came, changed or went since the last pull: one row per key.

    Args:
        before: What `known_rows` returned.
        after: The pull, in the columns of `read_files`.
        declared: The keys; null keys are keys like any other.
        contract: Contract of the table.

    Returns:
        The columns of `after`, and `_operation`: `upsert` or `delete`. A row that went has the values that it had;
        `_source_line` and `_problems` are null there.
    """
    columns = compared_columns(contract)
    if before is None:
        return after.withColumn(OPERATION, F.lit("upsert"))
    origin = after.agg(F.max(FILE).alias(FILE), F.max(ARRIVED).alias(ARRIVED))
    old = before.withColumn(_HASH, fingerprint(columns)).alias("old")
    new = after.withColumn(_HASH, fingerprint(columns)).alias("new")
    is_same_key = reduce(and_, (_of("old", key).eqNullSafe(_of("new", key)) for key in declared.keys))
    came = new.join(old, is_same_key, "left").where(~_of("new", _HASH).eqNullSafe(_of("old", _HASH)))
    went = old.join(new, is_same_key, "left_anti").crossJoin(F.broadcast(origin))
    gone = went.select(*(_gone(name, kind, columns) for name, kind in after.dtypes), F.lit("delete").alias(OPERATION))
    return came.select("new.*").drop(_HASH).withColumn(OPERATION, F.lit("upsert")).unionByName(gone)


def check_pull(after: DataFrame, declared: Snapshot, where: str) -> int:
    """Return the number of rows of a pull. One pass over its keys.

    Raises:
        SourceError: A key occurs more than once, or a record cannot be read as far as its key: it would count as gone.
    """
    of_key = F.exists(PROBLEMS, lambda problem: problem["column"].isNull() | problem["column"].isin(*declared.keys))
    is_unreadable = F.coalesce(of_key, F.lit(False)).cast("int")  # noqa: FBT003 - a literal, not a flag
    keys = after.groupBy(*map(_quoted, declared.keys)).agg(
        F.count(F.lit(1)).alias(_ROWS), F.sum(is_unreadable).alias(_UNREADABLE)
    )
    (found,) = keys.agg(F.sum(_ROWS), F.sum(_UNREADABLE), F.count_if(F.col(_ROWS) > 1)).collect()
    rows, unreadable, repeated = (int(value or 0) for value in found)
    if unreadable:
        raise SourceError(
            f"{unreadable} records of the snapshot have no key that can be read, and would count as gone",
            where=where,
            hint="nothing is published; have the snapshot sent again",
        )
    if repeated:
        raise SourceError(
            f"{repeated} keys occur more than once in the snapshot",
            where=where,
            hint="declare keys that tell its rows apart: Snapshot(keys=(…))",
        )
    return rows


def check_gone(changed: DataFrame, before: DataFrame | None, rows: int, declared: Snapshot, where: str) -> int:
    """Return how many rows changed, came and went.

    Raises:
        SourceError: More of the known rows are missing than the declaration takes for deleted.
    """
    counts = {row[OPERATION]: row["count"] for row in changed.groupBy(OPERATION).count().collect()}
    gone = int(counts.get("delete", 0))
    if gone and before is not None:
        known = before.count()
        if not rows or gone > declared.most_gone * known:
            raise SourceError(
                f"the snapshot lacks {gone} of the {known} rows that the source had",
                where=where,
                hint="where they are really gone, declare Snapshot(…, most_gone=1.0) for a run; an empty one is never "
                "believed",
            )
    return sum(int(count) for count in counts.values())


def _gone(name: str, kind: str, columns: Sequence[str]) -> Column:
    if name in columns:
        return _of("old", name).alias(name)
    value = F.lit(None) if name in (LINE, PROBLEMS) else F.col(_quoted(name))
    return value.cast(kind).alias(name)


def _aligned(rows: DataFrame, contract: Contract) -> list[Column]:
    kinds = {column.name: column.type for column in contract.columns} | {RESCUED: "string", CORRUPT: "string"}
    present = set(rows.columns)
    return [
        (F.col(_quoted(name)) if name in present else F.lit(None)).cast(kind).alias(name)
        for name, kind in kinds.items()
    ]


def _operation(rows: DataFrame) -> Column:
    known = F.col(OPERATION) if OPERATION in rows.columns else F.lit(None).cast("string")
    return F.coalesce(known, F.lit("upsert")).alias(OPERATION)


def _of(side: str, name: str) -> Column:
    return F.col(f"{side}.{_quoted(name)}")


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
