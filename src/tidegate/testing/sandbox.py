"""A small lakehouse in a folder of the test's own, for running whole jobs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tidegate.contracts.book import ContractBook
from tidegate.job.context import Observers, RunContext, new_run_id
from tidegate.model.commits import Commit, Token
from tidegate.model.evolution import Terms
from tidegate.model.modes import Append
from tidegate.model.names import TableName
from tidegate.platforms.topics import topic_extent
from tidegate.tables.catalog import Catalog, Place
from tidegate.tables.port import Batch
from tidegate.tables.staging import FileStaging

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.job.base import SparkJob
    from tidegate.model.connections import AnyConnection
    from tidegate.model.contracts import Contract
    from tidegate.model.events import Observer
    from tidegate.model.evolution import Policy
    from tidegate.model.reports import RunReport

_NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)


@dataclass
class Sandbox:
    """Real tables below one folder.

    Attributes:
        spark: The session.
        root: Folder of the tables.
        contracts: Contracts of the tables that the jobs write.
        formats: Per layer, `memory`, `parquet` or `delta`.
        observers: Who is told of runs.
        connections: Databases, APIs and brokers of Kafka that the jobs read, by name.
        evolution: How far tables follow their contracts when these change.
    """

    spark: SparkSession
    root: Path
    contracts: Sequence[Contract]
    formats: Mapping[str, str] = field(
        default_factory=lambda: {"bronze": "parquet", "silver": "delta", "gold": "delta"}
    )
    observers: Sequence[Observer] = ()
    connections: Mapping[str, AnyConnection] = field(default_factory=dict)
    evolution: Policy = "additive"

    def __post_init__(self) -> None:
        """Put the catalog together."""
        layers = {"quarantine": "parquet", **self.formats}
        self._catalog = Catalog(
            {name: Place(kind, f"{self.root}/{name}", evolution=self.evolution) for name, kind in layers.items()},
            lambda: self.spark,
        )

    @property
    def context(self) -> RunContext:
        """The context that jobs run in; its clock stands still at noon of 1 January 2024 (UTC)."""
        return RunContext(
            session=lambda: self.spark,
            tables=self._catalog,
            contracts=ContractBook.of(self.contracts),
            staging=FileStaging(str(self.root), lambda: self.spark),
            landing=f"{self.root}/landing",
            connection=lambda name: self.connections[name],
            topic=lambda connection, topic, since: topic_extent(self.spark, connection, topic, since),
            observers=Observers(tuple(self.observers)),
            clock=lambda: _NOON,
        )

    def arrive(self, table: str, rows: DataFrame) -> int:
        """Append rows to a table as one new version and return that version."""
        name = TableName.parse(table)
        store = self._catalog.store(name)
        job = f"arrivals/{table}"
        last = store.last_commit(name, Token(job, 0).application) if store.version(name) is not None else None
        token = Token(job, (last.token.batch if last else 0) + 1)
        terms = Terms(self.evolution)
        batch = Batch(name, Append(), rows, tuple(rows.columns), count=rows.count(), terms=terms)
        return store.publish(batch, Commit(token, new_run_id())).version_after

    def run(self, job: SparkJob, **changes: object) -> RunReport:
        """Run a job and return its report; a report that failed fails the test.

        Args:
            job: The job.
            changes: Fields of the context to replace.

        Raises:
            AssertionError: The run did not succeed.
        """
        report = job.execute(replace(self.context, **changes))  # type: ignore[arg-type]
        if report.exit_code:
            raise AssertionError(f"{report.job} {report.status}: {report.error}")
        return report

    def rows(self, table: str) -> list[tuple[object, ...]]:
        """Return all rows of a table, sorted, without tidegate's own columns (those that begin with `_`)."""
        name = TableName.parse(table)
        if self._catalog.store(name).version(name) is None:
            return []
        frame = self._catalog.store(name).read(name)
        columns = sorted(column for column in frame.columns if not column.startswith("_"))
        return sorted((tuple(row) for row in frame.select(*columns).collect()), key=repr)

    def version(self, table: str) -> int | None:
        """Return the newest version of a table, or None where it does not exist."""
        name = TableName.parse(table)
        return self._catalog.store(name).version(name)
