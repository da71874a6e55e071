"""The lake that tidegate's jobs run in, and how its history comes into it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.late.data import LAST_DAY
from bench.late.jobs import contracts
from tidegate import Append, Arguments, Lakehouse
from tidegate.job.context import new_run_id
from tidegate.job.publishing import default_clustering
from tidegate.model.commits import Commit, Token
from tidegate.model.modes import late_window
from tidegate.model.names import TableName
from tidegate.tables.port import Batch

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tidegate import RunReport, SparkJob
    from tidegate.job.context import RunContext

REPOSITORY = Path(__file__).parents[2]


def opened(root: Path, layer_format: str) -> RunContext:
    """Return what jobs run in: the reference configuration over a lake of that format."""
    overrides = (f"storage.root={root}", f"storage.layers.silver.format={layer_format}")
    lakehouse = Lakehouse.open(Arguments(config=str(REPOSITORY / "config"), env="local", overrides=overrides))
    return replace(lakehouse.context, contracts=contracts())


def run(job: SparkJob, context: RunContext) -> RunReport:
    """Run a job on what is new, let its lineage be delivered, and return its record.

    Raises:
        RuntimeError: The run failed, or published nothing.
    """
    report = job.execute(context)
    context.observers.close()
    if report.exit_code or not report.counts.published:
        raise RuntimeError(report.to_json())
    return report


def arrive(context: RunContext, table: str, rows: DataFrame) -> None:
    """Add a batch to a table of bronze, as a job that loads files does."""
    name = TableName.parse(table)
    store = context.tables.store(name)
    version = store.version(name) or 0
    batch = Batch(name, Append(), rows, tuple(rows.columns), count=rows.count())
    store.publish(batch, Commit(Token(f"bench/{table}", version + 1), new_run_id()))


def begin(context: RunContext, job: type[SparkJob], rows: DataFrame, upto: int = 1) -> None:
    """Publish a history as the job's first batch, as a run would, less the gate.

    Args:
        context: What jobs run in.
        job: The job.
        rows: The history.
        upto: The version up to which the job has read its input.
    """
    name, mode = job.output.name, job.output.mode
    (driving,) = job.driving_inputs()
    columns = context.contracts.get(name).column_names
    batch = Batch(name, mode, rows.select(*columns), columns, count=rows.count(), cluster_by=default_clustering(mode))
    watermark = LAST_DAY if late_window(mode) else None
    commit = Commit(Token(job.name(), 1), new_run_id(), watermarks={driving: upto}, event_watermark=watermark)
    context.tables.store(name).publish(batch, commit)
