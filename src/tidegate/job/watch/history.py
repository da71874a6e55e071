"""The table of the numbers: one row per run, table, metric and column."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, LongType, StringType, StructField, StructType, TimestampType

from tidegate.errors import ConcurrentWriteError
from tidegate.model.commits import Commit, Token
from tidegate.model.modes import Append
from tidegate.model.watching import Point
from tidegate.tables.port import Batch

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from tidegate.job.context import RunContext
    from tidegate.model.names import TableName
    from tidegate.model.watching import WatchedTable
    from tidegate.tables.port import Published

DAYS = 90
SCHEMA = StructType(
    [
        StructField("table_name", StringType()),
        StructField("metric", StringType()),
        StructField("column_name", StringType()),
        StructField("value", DoubleType()),
        StructField("table_version", LongType()),
        StructField("run_id", StringType()),
        StructField("measured_at", TimestampType()),
    ]
)


@dataclass(frozen=True)
class Metrics:
    """The table of the numbers, as a watch uses it.

    Attributes:
        table: The table.
        job: Name of the watch.
        context: The run's surroundings.
    """

    table: TableName
    job: str
    context: RunContext

    def past(
        self, now: datetime, tables: Collection[str], columns: Collection[str] | None = None
    ) -> dict[str, list[Point]]:
        """Return the known numbers of the last 90 days by table, oldest first.

        Args:
            now: The time, in UTC.
            tables: Only of these tables.
            columns: Only of these columns, and of the table where the empty name is among them; None for all.
        """
        store = self.context.tables.store(self.table)
        if not tables or store.version(self.table) is None:
            return {}
        kept = store.read(self.table)  # starts Spark, which columns need
        wanted = F.col("table_name").isin(sorted(tables)) & F.col("value").isNotNull()
        if columns is not None:
            wanted &= F.col("column_name").isin(sorted(columns))
        rows = (
            kept.filter(wanted & (F.col("measured_at") >= F.lit(now - timedelta(days=DAYS))))
            .select("table_name", "metric", "column_name", "measured_at", "value")
            .collect()
        )
        points: dict[str, list[Point]] = {}
        for row in sorted(rows, key=lambda row: (row.measured_at, row.metric, row.column_name)):
            points.setdefault(row.table_name, []).append(Point(row.metric, row.column_name, row.measured_at, row.value))
        return points

    def keep(self, watched: Sequence[WatchedTable], run_id: str, now: datetime) -> Published:
        """Add the numbers of a run in one commit, once, whoever else writes meanwhile.

        Raises:
            ConcurrentWriteError: Other writers came first every time.
        """
        rows = [
            (table.table, measure.metric, measure.column, measure.value, table.version, run_id, now)
            for table in watched
            for measure in table.measures
        ]
        frame = self.context.session().createDataFrame(rows, SCHEMA)
        batch = Batch(self.table, Append(), frame, tuple(SCHEMA.names), len(rows))
        store, application = self.context.tables.store(self.table), Token(self.job, 0).application

        def offer() -> Published:
            is_there = store.version(self.table) is not None
            last = store.last_commit(self.table, application) if is_there else None
            done = store.publish(batch, Commit(Token(self.job, (last.token.batch if last else 0) + 1), run_id))
            if done.version_after == done.version_before:  # another watch has taken the number
                raise ConcurrentWriteError("another watch wrote its numbers first", where=str(self.table))
            return done

        return self.context.retries.publish(offer)
