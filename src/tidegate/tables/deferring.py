"""Tables whose late rows wait beside them: seen by every reader at once, merged together with many others later.

The rows wait in a table of the same format and layer. Which of them belong to a version of the main table is said by
that version's own commit, so they count from that commit on and never without it: a reader at a version, a restore and
a comparison need to know nothing else. What a run that died has left there is withdrawn by the next one.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from itertools import takewhile
from typing import TYPE_CHECKING, cast

from tidegate.model.commits import FOLD, Commit, Deferral
from tidegate.model.mode_traits import defers
from tidegate.model.modes import Replace, Upsert
from tidegate.tables import deferred_rows, late_rows
from tidegate.tables.change_data import visible_query
from tidegate.tables.columns import united, widened
from tidegate.tables.deferred_touched import Way, has_dropped, touched
from tidegate.tables.port import Batch, Pending
from tidegate.tables.touched_rows import differing, values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from tidegate.model.modes import WriteMode
    from tidegate.model.names import TableName
    from tidegate.tables.port import LoggedStore, Published, SqlStore, Version
    from tidegate.tables.staging import Staging


class DeferringStore:
    """A store whose tables may have rows that wait beside them. For all other tables it is the store of the format."""

    def __init__(self, tables: LoggedStore) -> None:
        """Keep the store of the format."""
        self.tables = tables

    @property
    def format(self) -> str:
        """Name of the format."""
        return self.tables.format

    def location(self, table: TableName) -> str:
        """Return the folder or address of the table."""
        return self.tables.location(table)

    def version(self, table: TableName) -> int | None:
        """Return the newest version, or None where the table does not exist."""
        return self.tables.version(table)

    def last_commit(self, table: TableName, application: str) -> Commit | None:
        """Return the newest commit of that application id, or None."""
        return self.tables.last_commit(table, application)

    def files_read(self, table: TableName, family: str) -> frozenset[str]:
        """Return every file named in the commits of the application ids that begin so."""
        return self.tables.files_read(table, family)

    def history(self, table: TableName) -> tuple[Version, ...]:
        """Return all versions that the table's log still has, oldest first."""
        return self.tables.history(table)

    def schema(self, table: TableName, version: int | None = None) -> StructType:
        """Return the table's columns as of a version; those of the rows that wait are among them."""
        return self.tables.schema(table, version)

    def held(self, schema: StructType) -> StructType:
        """Return columns with the types that the format has for theirs."""
        return self.tables.held(schema)

    def staging(self, table: TableName, mode: WriteMode) -> Staging | None:
        """Return a place where a batch can wait whose files then become part of the table; None where there is none."""
        return self.tables.staging(table, mode)

    def deferral(self, table: TableName, version: int | None = None) -> Deferral | None:
        """Return what is known of the rows that wait at a version; None where the table never deferred any. No Spark.

        The newest commit knows, together with those that came while it was made.
        """
        found: Deferral | None = None
        for past in self.tables.standing(table, version):
            if found is not None and past.number <= (-1 if found.basis is None else found.basis):
                break
            if past.commit is None:
                continue
            if past.commit.deferred is not None:
                found = found.joined(past.commit.deferred) if found else past.commit.deferred
            elif found is None:
                return None
        return found

    def rows_waiting(self, table: TableName) -> int:
        """Return how many late rows wait beside a table; of a key there may be several. No Spark."""
        known = self.deferral(table) if self.tables.version(table) is not None else None
        return known.rows if known is not None and known.is_pending else 0

    def sides(self, table: TableName) -> tuple[TableName, ...]:
        """Return the tables that belong to a table: that of its late rows, where it exists."""
        side = late_rows.side_of(table)
        return (side,) if self.tables.version(side) is not None else ()

    def pending(self, table: TableName, since: int | None, until: int | None = None) -> Pending:
        """Return what was added or changed after version `since`, up to `until` or the newest; folding changes nothing.

        Raises:
            TableError: The table does not exist, or its version is lower than `since`.
        """
        whole = self.tables.pending(table, since, until)
        known = self.deferral(table, whole.until)
        if known is None or known.version is None:
            return whole
        if since is None:
            return replace(whole, rows=None) if known.is_pending else whole
        parts = [self.tables.pending(table, *span) for span in self._spans(table, since, whole.until)]
        rows: list[int | None] = [part.rows for part in parts]
        if self._seen(table, since) != known.version:
            rows.append(None)  # how many of the rows that wait have been overtaken is not in the log
        return Pending(
            since,
            whole.until,
            rows=None if None in rows else sum(row or 0 for row in rows),
            files=sum(part.files or 0 for part in parts),
            bytes=sum(part.bytes or 0 for part in parts),
            is_reduced=any(part.is_reduced for part in parts),
        )

    def read(self, table: TableName, version: int | None = None) -> DataFrame:
        """Return the rows as of a version (None: the newest), those that wait in their places."""
        known = self.deferral(table, version)
        if known is None or not known.is_pending:
            return self.tables.read(table, version)
        version = self.tables.version(table) if version is None else version
        known = self.deferral(table, version)
        rows = self.tables.read(table, version)
        if known is None or not known.is_pending:
            return rows
        return deferred_rows.resolved(rows, self._waiting(table, known), known)

    def query(self, table: TableName, version: int) -> str:
        """Return what `read` gives as SQL, for tables in Delta and Iceberg.

        Args:
            table: The table.
            version: The version.
        """
        known, named = self.deferral(table, version), cast("SqlStore", self.tables).relation
        if known is not None and known.is_pending and known.version is not None:
            side = late_rows.side_of(table)
            schemas = (self.tables.read(table, version).schema, self.tables.read(side, known.version).schema)
            return deferred_rows.query((named(table, version), named(side, known.version)), schemas, known)
        return visible_query(named(table, version), self.tables.schema(table, version).names)

    def changes(self, table: TableName, since: int | None, until: int) -> DataFrame:
        """Return the rows as they were added or changed to after `since` up to `until`.

        A late row is among them when it begins to wait, and not again when it is folded in.
        """
        known = self.deferral(table, until)
        if since is None:
            return self.read(table, until)
        if known is None or known.version is None:
            return self.tables.changes(table, since, until)
        whole, side = self.tables.read(table, until), self._waiting(table, known)
        schema, spans = deferred_rows.together(whole.schema, side.schema), self._spans(table, since, until)
        parts = [widened(self.tables.changes(table, *span), schema) for span in spans]
        rows = reduce(united, parts, widened(whole, schema).limit(0))
        if known.is_pending:
            rows = deferred_rows.kept(rows, deferred_rows.newest(widened(side, schema), known), known)
        seen = self._seen(table, since)
        if seen >= known.version:
            return rows
        had, come = (
            deferred_rows.newest(widened(frame, schema), known)
            for frame in (
                self.tables.read(late_rows.side_of(table), seen),
                self.tables.changes(late_rows.side_of(table), seen, known.version),
            )
        )
        come = deferred_rows.winners(come, had, known)
        has_folded = spans != ((since, until),)
        return rows.unionByName(deferred_rows.winners(come, widened(whole, schema), known, wins_ties=has_folded))

    def touched(self, table: TableName, columns: Sequence[str], since: int | None, until: int) -> DataFrame:
        """Return the values of some columns in rows that came, changed or went; folding changes nothing.

        Raises:
            TableError: The table, or that version of it, does not exist, or its log has been cut off.
            PublishError: States are to be compared, and a column holds maps within another value.
        """
        if since is None:
            return values(self.read(table, until), columns)
        then, known = self.deferral(table, since), self.deferral(table, until)
        if all(one is None or one.version is None for one in (then, known)):
            return self.tables.touched(table, columns, since, until)
        past = self._between(table, since, until)
        if known is None or past is None or has_dropped(then, past):
            return values(differing(self.read(table, since), self.read(table, until)), columns)
        way = Way(since, self._spans(table, since, until), self._seen(table, since), known)
        return touched(self.tables, table, columns, way)

    def publish(self, batch: Batch, commit: Commit) -> Published:
        """Make the batch part of the table: what is late waits beside it, from the one commit on that carries `commit`.

        What waits is folded in first where the batch is to be compared otherwise than it.

        Raises:
            ConcurrentWriteError: Another writer came first.
            PublishError: The rows do not fit the table.
        """
        table = batch.table
        basis = self.tables.version(table)
        known = self.deferral(table, basis) if basis is not None else None
        if known is None and not defers(batch.mode):
            return self.tables.publish(batch, commit)
        last = self.tables.last_commit(table, commit.token.application) if basis is not None else None
        if last is not None and last.token.batch >= commit.token.batch:
            return self.tables.publish(batch, commit)
        if known is not None and late_rows.must_fold(batch, known):
            self.fold(table, commit.run_id)
            return self.publish(batch, commit)
        deferred = replace(known or late_rows.comparing(batch), basis=basis)
        if isinstance(batch.mode, Upsert) and batch.mode.late is not None:
            now = late_rows.comparing(batch)
            deferred = replace(
                deferred, keys=now.keys, sequence_by=now.sequence_by, compared=now.compared, column=now.column
            )
        if isinstance(batch.mode, Replace):
            deferred = replace(deferred, folded=deferred.version)
        elif batch.late is not None:
            deferred = late_rows.set_aside(self.tables, table, batch.late, deferred, commit)
        return self.tables.publish(replace(batch, late=None), replace(commit, deferred=deferred))

    def fold(self, table: TableName, run_id: str) -> Published | None:
        """Merge the rows that wait into the table, in one commit; return what that did, or None where none wait.

        Raises:
            ConcurrentWriteError: Another writer came first.
            PublishError: The rows do not fit the table any more.
        """
        basis = self.tables.version(table)
        known = self.deferral(table, basis) if basis is not None else None
        if known is None or not known.is_pending:
            return None
        side = self._waiting(table, known)
        schema = deferred_rows.together(self.tables.read(table, basis).schema, side.schema)
        rows = deferred_rows.newest(widened(side, schema), known)
        return late_rows.fold(self.tables, table, rows, replace(known, basis=basis), run_id)

    def restore(self, table: TableName, version: int | None) -> int | None:
        """Make the table what it was at a version, with the rows that waited then; None removes the table."""
        restored = self.tables.restore(table, version)
        side = late_rows.side_of(table)
        if restored is None and self.tables.version(side) is not None:
            self.tables.restore(side, None)
        return restored

    def _waiting(self, table: TableName, known: Deferral) -> DataFrame:
        """Return the rows that wait, any number per key; some may have been folded in already, and change nothing."""
        return self.tables.read(late_rows.side_of(table), known.version)

    def _seen(self, table: TableName, version: int) -> int:
        """Return the version of the side table that a reader at a version of the table has seen."""
        then = self.deferral(table, version)
        return (
            then.version
            if then is not None and then.version is not None
            else late_rows.first_version(self.tables, late_rows.side_of(table))
        )

    def _spans(self, table: TableName, since: int, until: int) -> tuple[tuple[int, int], ...]:
        """Return the ways from one version to another that leave out the folding, each from after to up to."""
        past = self._between(table, since, until) or ()  # where a restore lies in between, folded rows come again
        folds = [one.number for one in past if one.commit is not None and one.commit.token.scope == FOLD]
        if not folds:
            return ((since, until),)
        edges = [since, *(edge for fold in folds for edge in (fold - 1, fold)), until]
        return tuple((after, upto) for after, upto in zip(edges[::2], edges[1::2], strict=True) if after < upto)

    def _between(self, table: TableName, since: int, until: int) -> tuple[Version, ...] | None:
        """Return the versions after one up to another, oldest first; None where a restore lies in between."""
        past = tuple(takewhile(lambda one: one.number > since, self.tables.standing(table, until)))
        return past[::-1] if len(past) == until - since else None
