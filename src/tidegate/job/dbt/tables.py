"""The tables of gold before and after a build, as their logs tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import TableError, TidegateError
from tidegate.job.dbt.catalog import forget
from tidegate.job.dbt.result import DbtModel
from tidegate.tables.delta_log import DeltaLog
from tidegate.tables.delta_writes import Target, commit_alone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import SparkSession

    from tidegate.job.dbt.nodes import ModelNode, Outcome
    from tidegate.job.dbt.result import ModelStatus
    from tidegate.model.commits import Commit, Token
    from tidegate.model.names import TableName
    from tidegate.tables.delta import DeltaStore

_INSERTED, _UPDATED, _WRITTEN = "numTargetRowsInserted", "numTargetRowsUpdated", "numOutputRows"


class GoldTables:
    """The tables of the models, as the last complete build left them and as they are now."""

    def __init__(self, store: DeltaStore, models: Sequence[ModelNode], token: Token) -> None:
        """Note the version that each table had before this build, and before one of the same batch that was killed.

        Args:
            store: Where the tables are.
            models: Models that have a table.
            token: What the commits of the build go by.
        """
        self._store = store
        self._models = tuple(models)
        self._before = {model.table: _version_before(store, model.table, token) for model in models}
        self._rows: dict[TableName, int] = {}

    def version(self, table: TableName) -> int | None:
        """Return the version of a table now; None where it does not exist."""
        return self._store.version(table)

    def rows(self, table: TableName) -> int:
        """Return how many rows a table has; 0 where it does not exist or its log does not tell."""
        if table not in self._rows:
            exists = self._store.version(table) is not None
            self._rows[table] = (self._store.pending(table, None).rows or 0) if exists else 0
        return self._rows[table]

    def describe(self, model: ModelNode, outcome: Outcome | None) -> DbtModel:
        """Return what a build did to the table of a model."""
        location, before = self._store.location(model.table), self._before[model.table]
        after = self._store.version(model.table)
        made = () if after is None else range(0 if before is None else before + 1, after + 1)
        entries = [entry for entry in DeltaLog(location).entries(made) if not entry.is_restore]
        added = [file for entry in entries for file in entry.added if file.is_change]
        counts = [
            (entry.metric(_INSERTED) or 0, entry.metric(_UPDATED) or 0)
            if entry.operation == "MERGE"
            else (entry.metric(_WRITTEN) or 0, 0)
            for entry in entries
        ]
        return DbtModel(
            name=model.name,
            table=model.table,
            location=location,
            status=_status(outcome),
            seconds=outcome.seconds if outcome else 0.0,
            inserted=sum(inserted for inserted, _ in counts) if counts else None,
            updated=sum(updated for _, updated in counts) if counts else None,
            version_before=before,
            version_after=after,
            files=len(added) if entries else None,
            bytes=sum(file.bytes for file in added) if entries else None,
            columns=model.columns,
            sql=outcome.sql if outcome else "",
        )

    def seal(self, session: SparkSession, table: TableName, commit: Commit) -> None:
        """Say in a commit of one table, which changes no row, that the build is done and its tests have passed."""
        location, application = self._store.location(table), commit.token.application
        position = DeltaLog(location).position(application)
        commit_alone(
            Target(
                session=session,
                location=location,
                schema=self._store.read(table).schema,
                transaction=position.transaction if position else application,
                number=commit.token.batch,
                facts=commit.to_json(),
            )
        )

    def restore(self, session: SparkSession) -> None:
        """Make every table what it was; one that did not exist goes.

        Raises:
            TableError: A table could not be restored; the others have been.
        """
        failed: dict[TableName, TidegateError] = {}
        for model in self._models:
            before = self._before[model.table]
            if self._store.version(model.table) == before:
                continue
            try:
                if before is None:
                    forget(session, model.table)
                self._store.restore(model.table, before)
            except TidegateError as error:
                failed[model.table] = error
        if failed:
            table, cause = next(iter(failed.items()))
            raise TableError(
                f"the build failed, and {', '.join(map(str, failed))} could not be made what it was: {cause.what}",
                where=self._store.location(table),
                hint="restore it by hand (RESTORE TABLE), or run again: a build that succeeds makes it right",
            ) from cause


def _version_before(store: DeltaStore, table: TableName, token: Token) -> int | None:
    log = DeltaLog(store.location(table))
    for version in reversed(log.versions()):
        commit = log.entry(version).commit
        if commit is None or commit.token != token:
            return version
    return None


def _status(outcome: Outcome | None) -> ModelStatus:
    if outcome is None or outcome.status == "skipped":
        return "skipped"
    return "built" if outcome.status == "success" else "failed"
