"""The contenders: each makes its table once, and merges one batch into a fresh copy of it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bench.late import lakes, single_machine, spark_writers
from bench.late.data import SCENARIOS, Data
from bench.late.folders import linked
from bench.late.jobs import LINES, Lines
from tidegate.job.context import new_run_id
from tidegate.tables.catalog import deferring

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tidegate import SparkJob

PLAIN_ICEBERG = {
    "write.merge.mode": "copy-on-write",
    "write.update.mode": "copy-on-write",
    "write.wap.enabled": "false",
}
BOUNDED_ICEBERG = {"write.wap.enabled": "false"}
_ROWS_PER_FILE = 500_000


@dataclass(frozen=True)
class Case:
    """One batch to merge into one history.

    Attributes:
        data: The files.
        rows: Length of the history.
        scenario: Which batch.
    """

    data: Data
    rows: int
    scenario: str

    @property
    def batch(self) -> Path:
        """The batch's file."""
        return self.data.batch(self.rows, self.scenario)

    @property
    def history(self) -> Path:
        """The history's file."""
        return self.data.history(self.rows)


class Contender(Protocol):
    """A way to merge a batch."""

    def prepare(self, case: Case) -> None:
        """Make the table with the history, where it is not there yet."""

    def fresh(self, case: Case) -> Path:
        """Return the folder of a copy of the table that only the next merge works on."""

    def merge(self, case: Case) -> dict[str, float]:
        """Merge the batch into that copy; return the seconds of the steps, where the contender tells."""

    def rows(self) -> tuple[object, ...]:
        """Return count and sums of the copy as it is now, by which contenders are compared."""


@dataclass
class Tidegate:
    """A job of tidegate, run on what is new in bronze: found, gated, merged and committed.

    Attributes:
        spark: The session.
        format: `delta` or `iceberg`.
        job: The job.
    """

    spark: SparkSession
    format: str
    job: SparkJob

    def prepare(self, case: Case) -> None:
        """Publish the history, and let each batch arrive in a bronze of its own."""
        kept = case.data.of(case.rows) / self.format
        if not kept.exists():
            place = self._place(case)
            shutil.rmtree(place, ignore_errors=True)
            lakes.begin(lakes.opened(place, self.format), Lines, self.spark.read.parquet(str(case.history)))
            shutil.move(place / "silver", kept)
        for scenario in SCENARIOS:
            bronze = case.data.of(case.rows) / f"bronze-{scenario}"
            if bronze.exists():
                continue
            half = bronze.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            context = lakes.opened(half, self.format)
            rows = self.spark.read.parquet(str(case.data.batch(case.rows, scenario)))
            lakes.arrive(context, "bronze.lineitem", rows.limit(1))
            lakes.arrive(context, "bronze.lineitem", rows)
            shutil.move(half / "bronze", bronze)
            half.rmdir()

    def fresh(self, case: Case) -> Path:
        """Return a lake of its own; one of Iceberg has the place that its metadata names."""
        place = self._place(case)
        shutil.rmtree(place, ignore_errors=True)
        linked(case.data.of(case.rows) / self.format, place / "silver")
        linked(case.data.of(case.rows) / f"bronze-{case.scenario}", place / "bronze")
        self._context = lakes.opened(place, self.format)
        return place

    def merge(self, case: Case) -> dict[str, float]:  # noqa: ARG002 - the lake has the batch
        """Run the job."""
        return dict(lakes.run(self.job, self._context).seconds)

    def fold(self) -> None:
        """Merge the late rows that wait beside the table."""
        store = deferring(self._context.tables.store(LINES))
        if store is None:
            raise RuntimeError(self.format)
        store.fold(LINES, new_run_id())

    def rows(self) -> tuple[object, ...]:
        """Return count and sums."""
        self._context.tables.store(LINES).read(LINES).createOrReplaceTempView("result")
        return _sums(self.spark, "result")

    def _place(self, case: Case) -> Path:
        return place_of(case, self.format)


@dataclass
class ByHand:
    """A MERGE statement over the very files that tidegate starts from, less its properties.

    Attributes:
        spark: The session.
        format: `delta` or `iceberg`.
        statement: Merges a batch into a table.
        properties: Properties that the copy of the table gets.
    """

    spark: SparkSession
    format: str
    statement: Callable[[SparkSession, str, Path], None]
    properties: Mapping[str, str]

    def prepare(self, case: Case) -> None:
        """Do nothing: the table is made by tidegate."""

    def fresh(self, case: Case) -> Path:
        """Return a copy with other properties."""
        place = place_of(case, self.format)
        shutil.rmtree(place, ignore_errors=True)
        linked(case.data.of(case.rows) / self.format, place / "silver")
        self._table = _named(self.spark, self.format, place)
        told = ", ".join(f"'{key}' = '{value}'" for key, value in self.properties.items())
        self.spark.sql(f"ALTER TABLE {self._table} SET TBLPROPERTIES ({told})").collect()
        return place

    def merge(self, case: Case) -> dict[str, float]:
        """Run the statement."""
        self.statement(self.spark, self._table, case.batch)
        return {}

    def rows(self) -> tuple[object, ...]:
        """Return count and sums."""
        return _sums(self.spark, self._table)


@dataclass
class PlainDelta:
    """A MERGE on the key alone into a Delta table with every property at its default, and as many files.

    Attributes:
        spark: The session.
    """

    spark: SparkSession

    def prepare(self, case: Case) -> None:
        """Write the history as it arrived: by day."""
        kept = case.data.of(case.rows) / "plain"
        if kept.exists():
            return
        half = kept.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        files = max(case.rows // _ROWS_PER_FILE, 1)
        rows = self.spark.read.parquet(str(case.history)).repartitionByRange(files, "l_shipdate")
        rows.write.format("delta").save(str(half / "lineitem"))
        shutil.move(half, kept)

    def fresh(self, case: Case) -> Path:
        """Return a copy."""
        self._place = place_of(case, "plain")
        linked(case.data.of(case.rows) / "plain", self._place)
        return self._place

    def merge(self, case: Case) -> dict[str, float]:
        """Run the statement."""
        spark_writers.merge_plain(self.spark, f"delta.`{self._place}/lineitem`", case.batch)
        return {}

    def rows(self) -> tuple[object, ...]:
        """Return count and sums."""
        return _sums(self.spark, f"delta.`{self._place}/lineitem`")


class DeltaRs:
    """delta-rs, on the table that `PlainDelta` has made: it cannot write deletion vectors."""

    def prepare(self, case: Case) -> None:
        """Do nothing: the table is there."""

    def fresh(self, case: Case) -> Path:
        """Return a copy."""
        self._place = place_of(case, "plain")
        linked(case.data.of(case.rows) / "plain", self._place)
        return self._place

    def merge(self, case: Case) -> dict[str, float]:
        """Merge within the window."""
        single_machine.merge_delta_rs(self._place / "lineitem", case.batch)
        return {}

    def rows(self) -> tuple[object, ...]:
        """Return count and sums."""
        return single_machine.sums_of_delta(self._place / "lineitem")


class DuckDb:
    """DuckDB, on a table in a file of its own."""

    def prepare(self, case: Case) -> None:
        """Load the history."""
        kept = case.data.of(case.rows) / "duckdb"
        if kept.exists():
            return
        half = kept.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        single_machine.begin_duckdb(half / "lines.duckdb", case.history)
        half.rename(kept)

    def fresh(self, case: Case) -> Path:
        """Return a copy."""
        self._place = place_of(case, "duckdb")
        linked(case.data.of(case.rows) / "duckdb", self._place)
        return self._place

    def merge(self, case: Case) -> dict[str, float]:
        """Merge within the window."""
        single_machine.merge_duckdb(self._place / "lines.duckdb", case.batch)
        return {}

    def rows(self) -> tuple[object, ...]:
        """Return count and sums."""
        return single_machine.sums_of_duckdb(self._place / "lines.duckdb")


_copies = 0


def place_of(case: Case, kind: str) -> Path:
    """Return a new place for a copy; for Iceberg always the same, because its metadata names its place."""
    global _copies  # noqa: PLW0603 - a number per process
    _copies += 1
    name = kind if kind == "iceberg" else f"{kind}-{os.getpid()}-{_copies}"
    return case.data.folder / "work" / name


def _named(spark: SparkSession, layer_format: str, place: Path) -> str:
    """Return a copy's table as SQL names it."""
    if layer_format == "delta":
        return f"delta.`{place}/silver/lineitem`"
    conf = {"": "org.apache.iceberg.spark.SparkCatalog", ".type": "hadoop", ".warehouse": str(place)}
    for key, value in {**conf, ".cache-enabled": "false"}.items():
        spark.conf.set(f"spark.sql.catalog.by_hand{key}", value)
    return "by_hand.silver.lineitem"


def _sums(spark: SparkSession, table: str) -> tuple[object, ...]:
    return tuple(map(str, spark.sql(single_machine.SUMS.format(table)).collect()[0]))
